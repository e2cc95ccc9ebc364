"""Class activation maps of networks that end in global average pooling."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lightwell.explain.layers import frozen, has_places
from lightwell.explain.score import Score, Target, logits, network_of, select, undisturbed

Linear = nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d  # convolutions, where they read averages


class ClassActivation(NamedTuple):
    """A score taken apart; for several classes, each tensor has them in a dimension after the batch.

    Attributes:
        maps: `(batch, *spatial)`, signed, at the feature maps' resolution; its mean plus the bias is the score.
        contributions: `(batch, feature maps)`: what each adds to the score; their sum plus the bias is the score.
        bias: `(batch,)`: what the score would be without any feature.
    """

    maps: Tensor
    contributions: Tensor
    bias: Tensor


def class_activation_map(score: Score, inputs: Tensor, *, target: Target) -> ClassActivation:
    """Where scores come from, exactly (Zhou et al., 2016).

    A network whose last feature maps are averaged and weighed by one linear layer has scores that are sums over maps
    and over places. That layer may be a 1 x 1 convolution of the averages; or there is none, as where a convolution
    before the pooling gives each class a feature map of its own. Whatever linear step a task puts after the network is
    included.

    All classes come from one forward, and take little more.

    Args:
        score: Maps inputs to `(batch, K)` scores, before softmax or sigmoid, with one module behind it.
        inputs: `(batch, ...)`, any number of dimensions.
        target: The scores asked about: one class, one an example, several an example, or "all".

    Raises:
        ValueError: When the network has no such end.
    """
    network = network_of(score)
    with undisturbed(score), frozen(network), _last_feature_maps(network) as seen:
        scores = logits(score, inputs.detach().clone())
        end = _end_of(seen, scores)
        if end is None:
            raise ValueError(
                f"{type(network).__name__} does not end in global average pooling and at most one linear layer, so it "
                "has no class activation map. Take model=convnet, or another explanation."
            )
        weights = _weights(end, scores, target)
        scores, averages = select(scores.detach(), target), end.averages
        contributions = weights * (averages[:, None] if scores.ndim == 2 else averages)
        return ClassActivation(
            maps=torch.einsum("b...k,bkp->b...p", weights, end.maps.flatten(2)).unflatten(-1, end.maps.shape[2:]),
            contributions=contributions,
            bias=scores - contributions.sum(-1),
        )


@dataclass
class _Seen:
    """A network's last feature maps, and the only linear layer after them: what it read, and gave as a leaf."""

    maps: Tensor | None = None
    linear: Linear | None = None
    averages: Tensor | None = None
    given: Tensor | None = None


@contextmanager
def _last_feature_maps(network: nn.Module) -> Iterator[_Seen]:
    """While the network runs, note its last feature maps and the linear layer after them.

    A second linear layer would make the score no sum of maps any more, so it clears the note.
    """
    seen = _Seen()

    def note(module: nn.Module, arguments: Any, output: Any) -> Tensor | None:
        if has_places(output):
            seen.maps, seen.linear = output, None
        elif isinstance(module, Linear) and seen.maps is not None:
            if seen.linear is not None:
                seen.maps = None
                return None
            seen.linear, seen.averages = module, arguments[0].flatten(1)
            # A score function may run the network twice on the same inputs: both count, as one.
            if seen.given is None or not torch.equal(seen.given, output):
                seen.given = output.detach().requires_grad_()
            return seen.given.clone()  # which what follows may overwrite
        return None

    handles = [module.register_forward_hook(note) for module in network.modules()]
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


class _End(NamedTuple):
    """Feature maps, their averages, the weights `(outputs, feature maps)`, and what comes of them `(batch, outputs)`.

    That may have dimensions of length 1 after it.
    """

    maps: Tensor
    averages: Tensor
    weight: Tensor
    given: Tensor


def _end_of(seen: _Seen, scores: Tensor) -> _End | None:
    """The network's end, where it is one that has class activation maps."""
    if seen.maps is None:
        return None
    if seen.linear is None or seen.averages is None or seen.given is None:
        # No linear layer: the scores themselves are the averages.
        averages = given = scores.detach()
        weight = torch.eye(scores.shape[1], dtype=scores.dtype, device=scores.device)
    else:
        averages, given, weight = seen.averages, seen.given, seen.linear.weight.detach().flatten(1)
        # A layer derived from the linear one may do something else.
        if weight.shape[1] != averages.shape[1] or not _equal(
            F.linear(averages, weight, seen.linear.bias), given.flatten(1)
        ):
            return None
    # Some networks, such as DenseNet, rectify the last maps by a function that is no module.
    for passed_on in (Tensor.detach, Tensor.relu):
        maps = passed_on(seen.maps)
        if _equal(maps.flatten(2).mean(2), averages):
            return _End(maps, averages, weight, given)
    return None


def _equal(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape and torch.allclose(one, other, rtol=1e-3, atol=1e-5, equal_nan=True)


def _weights(end: _End, scores: Tensor, target: Target) -> Tensor:
    """How much of each average is in the scores asked about: `(batch, feature maps)`, or with classes between."""
    if torch.equal(scores, end.given.flatten(1)):  # nothing follows
        every = torch.arange(scores.shape[1], device=scores.device)
        return end.weight[select(every.expand_as(scores), target)]
    asked = select(scores, target)
    columns = [asked[:, number] for number in range(asked.shape[1])] if asked.ndim == 2 else [asked]
    rows = [torch.autograd.grad(each.sum(), end.given, retain_graph=True)[0].flatten(1) for each in columns]
    return (torch.stack(rows, dim=1) if asked.ndim == 2 else rows[0]) @ end.weight
