"""Class activation maps of any convolutional network, weighted by gradients: Grad-CAM, Grad-CAM++ and Layer-CAM.

All three take a layer's feature maps and the gradient of a score with respect to them, and return a signed map at the
layer's resolution. The papers rectify it, for display: `maps.clamp_min(0)`. Left signed, it also shows what speaks
against the class, and a map that is negative everywhere is not mistaken for an empty one.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from lightwell.explain.layers import feature_maps, last_layer
from lightwell.explain.score import Score, Target, logits, network_of, select, undisturbed


def grad_cam(score: Score, inputs: Tensor, *, target: Target, layer: str | None = None) -> Tensor:
    """Feature maps, each weighted by the mean gradient of a score over its places (Selvaraju et al., 2017).

    In a network that ends in global average pooling and one linear layer, at its last feature maps, this is the class
    activation map divided by the number of places.

    Args:
        score: Maps inputs to `(batch, K)` scores, before softmax or sigmoid, with one module behind it.
        inputs: `(batch, ...)`, any number of dimensions.
        target: The scores asked about: one class, one an example, several an example, or "all".
        layer: The name of a module, as in `named_modules()`, that gives `(batch, channels, *spatial)`. None for the
            last with more than one place, which takes a forward of one example to find (see `last_layer`). Of a layer
            that runs several times, the last time counts.

    Returns:
        Signed, at the layer's resolution: `(batch, *spatial)`; for several classes `(batch, C, *spatial)`, from one
        forward. Not-a-number where the score is not a number.

    Raises:
        ValueError: When there is no such layer, it gives no feature maps, or the score does not depend on it.
    """

    def weighted(maps: Tensor, gradient: Tensor) -> Tensor:
        return torch.einsum("bk,bk...->b...", gradient.flatten(2).mean(2), maps)

    return _maps(score, inputs, target, layer, weighted)


def grad_cam_plus_plus(score: Score, inputs: Tensor, *, target: Target, layer: str | None = None) -> Tensor:
    """Feature maps, each weighted by a weighted sum of its positive gradients (Chattopadhyay et al., 2018).

    A place's gradient g counts as g / (2 + S g), with S the sum of its feature map: many places with little gradient
    count for more beside few with much than in Grad-CAM. The paper's weights have a further factor exp(score), the
    same for all feature maps, which is left out; and it takes rectified feature maps, so of others only what is
    positive counts in S.

    Takes, returns and raises what `grad_cam` does.
    """

    def weighted(maps: Tensor, gradient: Tensor) -> Tensor:
        positive = gradient.flatten(2).clamp_min(0)
        sums = maps.flatten(2).clamp_min(0).sum(2, keepdim=True)
        return torch.einsum("bk,bk...->b...", (positive / (2 + sums * positive)).sum(2), maps)

    return _maps(score, inputs, target, layer, weighted)


def layer_cam(score: Score, inputs: Tensor, *, target: Target, layer: str | None = None) -> Tensor:
    """Feature maps, each place weighted by its own gradient where that is positive (Jiang et al., 2021).

    Sharp at early layers too, where the mean over all places says little.

    Takes, returns and raises what `grad_cam` does.
    """

    def weighted(maps: Tensor, gradient: Tensor) -> Tensor:
        return (gradient.clamp_min(0) * maps).sum(1)

    return _maps(score, inputs, target, layer, weighted)


def _maps(
    score: Score, inputs: Tensor, target: Target, layer: str | None, weighted: Callable[[Tensor, Tensor], Tensor]
) -> Tensor:
    """The map that `weighted` makes of the layer's feature maps and each class's gradient with respect to them."""
    layer = last_layer(score, inputs) if layer is None else layer
    with undisturbed(score), feature_maps(network_of(score), layer) as caught:
        scores = select(logits(score, inputs.detach().clone()), target)
        # One example's score does not depend on another's input, so the sum has each example's own gradient.
        columns = scores.unbind(1) if scores.ndim == 2 else [scores]
        found = [weighted(caught.maps, caught.gradient(column)) for column in columns]
    maps = torch.stack(found, dim=1) if scores.ndim == 2 else found[0]
    return maps.masked_fill(scores.isnan().view(*scores.shape, *[1] * (maps.ndim - scores.ndim)), torch.nan)
