"""Score-CAM: class activation maps of any convolutional network without gradients."""

import torch
from torch import Tensor
from torch.nn import functional as F

from lightwell.explain.layers import feature_maps, last_layer
from lightwell.explain.score import Score, Target, each_target, logits, network_of, select, undisturbed

# Four pictures of 224 pixels, or sixteen small ones: more take memory and gain nothing on a CPU.
VALUES_AT_ONCE, MOST_AT_ONCE = 5 * 2**17, 16


def score_cam(score: Score, inputs: Tensor, *, target: Target, layer: str | None = None) -> Tensor:
    """Feature maps, each weighted by the score of the input seen through it (Wang et al., 2020).

    Each feature map is brought to [0, 1] by its least and largest value, enlarged linearly to the input's size - in
    this order, so that enlarging is left to the end - and multiplied with the input. The weights are the softmax,
    over the feature maps, of the scores of these masked inputs. The paper takes the scores' increase over that of a
    baseline, which is the same: softmax does not see a number that is taken from all. A constant feature map hides
    everything.

    It takes a forward for every feature map of the layer, for all classes together, a few at a time.

    Args:
        score: Maps inputs to `(batch, K)` scores, before softmax or sigmoid, with one module behind it.
        inputs: `(batch, channels, *spatial)`, with one, two or three spatial dimensions.
        target: The scores asked about: one class, one an example, several an example, or "all".
        layer: As in `grad_cam`: the name of a module, or None for the last with more than one place.

    Returns:
        Signed, at the layer's resolution: `(batch, *spatial)`; for several classes `(batch, C, *spatial)`. Negative
        where feature maps are; the paper rectifies it.

    Raises:
        ValueError: When there is no such layer, or its maps have another number of dimensions than the inputs.
    """
    layer = last_layer(score, inputs) if layer is None else layer
    inputs = inputs.detach().clone()
    at_once = max(1, min(MOST_AT_ONCE, VALUES_AT_ONCE // max(1, inputs[:1].numel())))
    with undisturbed(score), torch.no_grad():
        with feature_maps(network_of(score), layer) as caught:
            score(inputs.clone())
        maps = caught.maps
        if maps.ndim != inputs.ndim:
            raise ValueError(
                f"Feature maps of shape {tuple(maps.shape)} do not fit over inputs of shape {tuple(inputs.shape)}. "
                "Take a layer whose maps have the inputs' dimensions."
            )
        found = []
        for example, features, one in zip(inputs.split(1), maps, each_target(target, len(inputs)), strict=True):
            masks = _between_0_and_1(features)[:, None].split(at_once)
            scores = [select(logits(score, example * _enlarged(part, inputs.shape[2:])), one) for part in masks]
            found.append(torch.tensordot(torch.cat(scores).softmax(0), features, dims=([0], [0])))
    return torch.stack(found)


def _between_0_and_1(features: Tensor) -> Tensor:
    """Each of an example's feature maps by its least and largest value; 0 where it is constant."""
    places = tuple(range(1, features.ndim))
    least, largest = features.amin(places, keepdim=True), features.amax(places, keepdim=True)
    return (features - least) / torch.where(largest > least, largest - least, 1)


def _enlarged(masks: Tensor, size: torch.Size) -> Tensor:
    mode = {1: "linear", 2: "bilinear", 3: "trilinear"}[len(size)]
    return F.interpolate(masks, size, mode=mode, align_corners=False)
