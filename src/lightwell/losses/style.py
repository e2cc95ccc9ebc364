"""The loss of an artwork: far from the photograph's content, from the painting's style, and from smoothness."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor, nn


class Terms(NamedTuple):
    """What the loss of a picture is made of, not yet weighted.

    Attributes:
        content: Of each content layer, the mean squared difference of its features from the photograph's.
        style: Of each style layer, the mean squared difference of its Gram matrix from the painting's.
        total_variation: The mean squared difference of neighbouring values.
    """

    content: Mapping[str, Tensor]
    style: Mapping[str, Tensor]
    total_variation: Tensor


class Layered(Protocol):
    """A network whose layers have names.

    Attributes:
        layers: All of them.
        content_layers: Those usually taken for the content, each with a weight.
        style_layers: Those usually taken for the style.
    """

    layers: tuple[str, ...]
    content_layers: dict[str, float]
    style_layers: dict[str, float]


class StyleLoss(nn.Module):
    """Content, style and smoothness, each with its weight (Gatys, Ecker and Bethge, 2016).

    Args:
        content_weight: Of all content layers together.
        style_weight: Of all style layers together.
        total_variation_weight: Of smoothness.
        content_layers: The layers that hold the content, each with a weight; null for the network's usual ones.
        style_layers: The layers that hold the style, likewise.
        network: Whose layers these are.

    Raises:
        ValueError: When the network has no such layer.
    """

    outputs = ("picture",)

    def __init__(
        self,
        *,
        content_weight: float = 1.0,
        style_weight: float = 3e5,
        total_variation_weight: float = 30.0,
        content_layers: dict[str, float] | None = None,
        style_layers: dict[str, float] | None = None,
        network: Layered,
    ):
        super().__init__()
        self.content_weight = content_weight
        self.style_weight = style_weight
        self.total_variation_weight = total_variation_weight
        self.content_layers = network.content_layers if content_layers is None else content_layers
        self.style_layers = network.style_layers if style_layers is None else style_layers
        for name in [*self.content_layers, *self.style_layers]:
            if name not in network.layers:
                raise ValueError(f"The network has no layer {name}. It has {', '.join(network.layers)}.")
        if not (self.content_layers and self.style_layers):
            raise ValueError("There is no layer. Give at least one for the content and one for the style.")

    def forward(self, terms: Terms) -> Tensor:
        """The weighted sum of all terms."""
        return torch.stack(list(self.weighted(terms).values())).sum()

    def weighted(self, terms: Terms) -> dict[tuple[str, str | None], Tensor]:
        """Each term's part of the loss, by what it is and its layer."""
        content, style = self.content_layers, self.style_layers
        return {
            **{("content", name): self.content_weight * content[name] * terms.content[name] for name in content},
            **{("style", name): self.style_weight * style[name] * terms.style[name] for name in style},
            ("total variation", None): self.total_variation_weight * terms.total_variation,
        }

    def content(self, terms: Terms) -> Tensor:
        """All content layers together, without `content_weight`."""
        return torch.stack([weight * terms.content[name] for name, weight in self.content_layers.items()]).sum()

    def style(self, terms: Terms) -> Tensor:
        """All style layers together, without `style_weight`."""
        return torch.stack([weight * terms.style[name] for name, weight in self.style_layers.items()]).sum()


def gram_matrix(features: Tensor) -> Tensor:
    """How often each two channels are strong at the same place: `(channels, channels)`.

    Divided by `channels * height * width`, so that layers and picture sizes compare.

    Args:
        features: `(1, channels, height, width)`.
    """
    return gram_sum(features) / features[0].numel()


def gram_sum(features: Tensor, mask: Tensor | None = None) -> Tensor:
    """A Gram matrix before it is divided, so that those of a picture's parts add up.

    Args:
        features: `(1, channels, height, width)`.
        mask: `(height, width)`, how much each place counts; None for 1.
    """
    with torch.autocast(features.device.type, enabled=False):  # sums of so many products need float32
        columns = features.float().permute(0, 2, 3, 1).reshape(-1, features.shape[1])
        return _GramSum.apply(columns, columns if mask is None else columns * mask.reshape(-1, 1))


class _GramSum(torch.autograd.Function):
    """`columns.T @ weighted`, which is symmetric: its gradient is one product, where the general one takes two."""

    @staticmethod
    def forward(context: Any, columns: Tensor, weighted: Tensor) -> Tensor:
        context.save_for_backward(weighted)
        return columns.T @ weighted

    @staticmethod
    def backward(context: Any, slope: Tensor) -> tuple[Tensor, None]:
        (weighted,) = context.saved_tensors
        return weighted @ (slope + slope.T), None


def total_variation(picture: Tensor) -> Tensor:
    """The mean squared difference of neighbours, across and down, of `(..., height, width)`."""
    across = (picture[..., :, 1:] - picture[..., :, :-1]).square().mean()
    down = (picture[..., 1:, :] - picture[..., :-1, :]).square().mean()
    return across + down
