"""From a map to a mask of the object."""

from typing import Literal

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from lightwell.explain.faithfulness import enlarged

BACKGROUND_PERCENTILE = 30
LEVELS = 256
GRAB_CUT_ROUNDS = 5
COLOUR_MODEL = 65  # numbers: OpenCV's mixture of five Gaussians, each a weight, three means and nine covariances


def segmentation(
    maps: Tensor,
    *,
    method: Literal["percentile", "otsu", "grab_cut"] = "percentile",
    percentile: float = 95,
    pictures: Tensor | None = None,
) -> Tensor:
    """Cut out what the maps' largest values lie on.

    - `percentile`: the values from that percentile on, if they are positive and not the map's smallest.
    - `otsu`: the positive part's upper class, at the threshold that parts it best into two (Otsu, 1979).
    - `grab_cut`: what has the colours of the `percentile` mask rather than those of the 30 % smallest values
      (Simonyan, Vedaldi and Zisserman, 2014, by OpenCV's GrabCut: Rother et al., 2004). It grows from the saliency to
      the object's edges. OpenCV's own random state is set, so that the same map has the same mask.

    Args:
        maps: `(batch, h, w)`; negative values do not speak for the class.
        method: How to find the mask.
        percentile: Of all values of a map, where the foreground begins.
        pictures: `(batch, 1 or 3, height, width)` in [0, 1], to whose resolution maps are brought bilinearly; GrabCut
            needs them.

    Returns:
        `(batch, h, w)` bool, or `(batch, height, width)` with pictures. Empty for a map that says nothing of where: it
        has no positive value, is constant, or holds a NaN or an infinity.

    Raises:
        ValueError: When the method is unknown, or GrabCut has no pictures.
        ModuleNotFoundError: When GrabCut has no OpenCV.
    """
    if method not in ("percentile", "otsu", "grab_cut"):
        raise ValueError(f"No method of segmentation is called {method!r}. Take percentile, otsu or grab_cut.")
    if method == "grab_cut" and pictures is None:
        raise ValueError("GrabCut goes by the colours of the pictures. Give `pictures`, or take percentile or otsu.")
    maps = maps.detach().double()
    says = _says_where(maps)
    if pictures is not None:
        maps = enlarged(maps, pictures)
        says &= _says_where(maps)
    masks = np.zeros(maps.shape, dtype=bool)
    for number in says.nonzero()[:, 0].tolist():
        heat = maps[number].cpu().numpy()
        if method == "percentile":
            masks[number] = _largest(heat, percentile)
        elif method == "otsu":
            masks[number] = _upper_class(heat.clip(0))
        elif pictures is not None:
            masks[number] = _grab_cut(heat, _as_colours(pictures[number]), percentile)
    return torch.from_numpy(masks).to(maps.device)


def largest_component(masks: Tensor) -> Tensor:
    """Each mask's largest connected part, by pixels that share a side; the first of equally large ones.

    Args:
        masks: `(batch, height, width)` bool.

    Returns:
        In the same shape; an empty mask stays empty.
    """
    kept = np.zeros(masks.shape, dtype=bool)
    for number, mask in enumerate(masks.cpu().numpy()):
        parts, count = ndimage.label(mask)
        if count:
            kept[number] = parts == 1 + np.bincount(parts.ravel())[1:].argmax()
    return torch.from_numpy(kept).to(masks.device)


def _says_where(maps: Tensor) -> Tensor:
    return maps.isfinite().all(2).all(1) & (maps.amax((1, 2)) > maps.amin((1, 2)).clamp_min(0))


def _largest(heat: np.ndarray, percentile: float) -> np.ndarray:
    """The values from a percentile on; an object smaller than that must not bring the even ground with it."""
    return (heat >= np.percentile(heat, percentile)) & (heat > max(heat.min(), 0))


def _upper_class(heat: np.ndarray) -> np.ndarray:
    """The values above the threshold that makes the variance between the two classes largest."""
    # From 0 to 1 first: levels of a range too narrow for floating point could not be told apart.
    heat = (heat - heat.min()) / (heat.max() - heat.min())
    levels = np.minimum((heat * LEVELS).astype(int), LEVELS - 1)
    counts = np.bincount(levels.ravel(), minlength=LEVELS)
    sums = counts * np.arange(LEVELS)
    below, sum_below = counts.cumsum()[:-1], sums.cumsum()[:-1]
    above, sum_above = heat.size - below, sums.sum() - sum_below
    variance = below * above * (sum_above / above - sum_below / below) ** 2
    return levels > variance.argmax()


def _grab_cut(heat: np.ndarray, colours: np.ndarray, percentile: float) -> np.ndarray:
    try:
        import cv2
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("GrabCut needs OpenCV: pip install 'lightwell[segmentation]'.") from error
    labels = np.full(heat.shape, cv2.GC_PR_BGD, dtype=np.uint8)
    labels[heat < np.percentile(heat, BACKGROUND_PERCENTILE)] = cv2.GC_BGD
    labels[_largest(heat, percentile)] = cv2.GC_FGD
    cv2.setRNGSeed(0)
    background, foreground = np.zeros((2, 1, COLOUR_MODEL))
    cv2.grabCut(colours, labels, (0, 0, 0, 0), background, foreground, GRAB_CUT_ROUNDS, cv2.GC_INIT_WITH_MASK)
    return (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)


def _as_colours(picture: Tensor) -> np.ndarray:
    """A picture `(1 or 3, height, width)` in [0, 1] as `(height, width, 3)` uint8."""
    return np.ascontiguousarray(
        (picture.detach().clamp(0, 1) * 255).round().byte().expand(3, -1, -1).movedim(0, 2).cpu()
    )
