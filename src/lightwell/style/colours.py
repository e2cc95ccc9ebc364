"""Whose colours an artwork has: the painting's, or the photograph's (Gatys et al., 2017)."""

import numpy as np
import torch
from torch import Tensor

LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601, as JPEG has it


def luminance(picture: Tensor) -> Tensor:
    """How bright each place is: `(1, height, width)` of `(3, height, width)`, all in [0, 1]."""
    return torch.tensordot(picture.new_tensor(LUMA), picture, dims=1)[None]


def with_colours_of(brightness: Tensor, photograph: Tensor) -> Tensor:
    """A luminance `(1, height, width)` in the colours of a photograph `(3, height, width)`, within [0, 1]."""
    return (brightness + photograph - luminance(photograph)).clamp(0, 1)


def matched_colours(painting: Tensor, photograph: Tensor) -> Tensor:
    """The painting in the photograph's colours: their mean, and how strongly which colours go together.

    The linear map that leaves as much as it can in place: of all that give the right covariance, the symmetric one
    (Gatys et al., 2017, "Controlling perceptual factors").

    Args:
        painting: `(3, height, width)` in [0, 1].
        photograph: `(3, height, width)` in [0, 1], of another size perhaps.

    Returns:
        `(3, height, width)` in [0, 1].
    """
    source, target = painting.flatten(1).double().numpy(), photograph.flatten(1).double().numpy()
    mapping = _root(np.cov(target)) @ np.linalg.inv(_root(np.cov(source) + 1e-5 * np.eye(3)))
    matched = mapping @ (source - source.mean(1, keepdims=True)) + target.mean(1, keepdims=True)
    return torch.from_numpy(matched).to(painting.dtype).reshape(painting.shape).clamp(0, 1)


def _root(covariance: np.ndarray) -> np.ndarray:
    """The symmetric square root."""
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.sqrt(values.clip(0))) @ vectors.T
