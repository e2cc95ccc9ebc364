"""Class activation maps of networks that end in global average pooling and one linear layer."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from lightwell.explain.score import Score, Target, network_of, select, undisturbed


class ClassActivation(NamedTuple):
    """A score taken apart.

    Attributes:
        maps: `(batch, height, width)`, signed, at the feature maps' resolution; its mean plus the bias is the score.
        contributions: `(batch, feature maps)`: what each adds to the score; their sum plus the bias is the score.
        bias: `(batch,)`: what the score would be without any feature.
    """

    maps: Tensor
    contributions: Tensor
    bias: Tensor


def class_activation_map(score: Score, inputs: Tensor, *, target: Target) -> ClassActivation:
    """Where a score comes from, exactly (Zhou et al., 2016).

    A network whose last feature maps are averaged and weighed by one linear layer has a score that is a sum over
    maps and over places. The weights are read off as the score's gradient with respect to the averages, so
    whatever linear step a task puts after the network is included.

    Args:
        score: Maps inputs to `(batch, K)` scores, before softmax or sigmoid.
        inputs: `(batch, ...)`.
        target: The score asked about: one index, or one per example.

    Raises:
        ValueError: When the network has no such end.
    """
    network = network_of(score)
    with undisturbed(score), _last_feature_maps(network) as seen:
        inputs = inputs.detach().clone()
        scores = select(score(inputs), target)
        if seen.maps is None or seen.averages is None:
            raise ValueError(_refusal(network))
        averages = seen.averages
        # Some networks, such as DenseNet, rectify the last maps by a function that is no module.
        maps = next((maps for maps in (seen.maps, seen.maps.relu()) if _average_to(maps, averages)), None)
        if maps is None:
            raise ValueError(_refusal(network))
        weights = torch.autograd.grad(scores.sum(), averages)[0]
    contributions = (weights * averages).detach()
    return ClassActivation(
        maps=torch.einsum("bk,bkhw->bhw", weights, maps.detach()),
        contributions=contributions,
        bias=scores.detach() - contributions.sum(1),
    )


def _average_to(maps: Tensor, averages: Tensor) -> bool:
    mean = maps.mean((2, 3))
    return mean.shape == averages.shape and torch.allclose(mean, averages, rtol=1e-3, atol=1e-5)


@dataclass
class _Seen:
    """A network's last feature maps, and the averages that its only linear layer after them reads."""

    maps: Tensor | None = None
    averages: Tensor | None = None


@contextmanager
def _last_feature_maps(network: nn.Module) -> Iterator[_Seen]:
    """While the network runs, note its last feature maps and what its last linear layer reads.

    A second linear layer would make the score no sum of maps any more, so it clears the note.
    """
    seen = _Seen()

    def note(module: nn.Module, arguments: tuple[Tensor, ...], output: Tensor) -> None:
        if isinstance(output, Tensor) and output.ndim == 4 and output.shape[2:].numel() > 1:
            seen.maps, seen.averages = output, None

    def cut(module: nn.Module, arguments: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        if seen.averages is not None:
            seen.maps = None
        # A leaf of its own, so that the gradient is found even where every weight is frozen.
        seen.averages = arguments[0].detach().requires_grad_()
        return (seen.averages, *arguments[1:])

    handles = [module.register_forward_hook(note) for module in network.modules()]
    linear = [module for module in network.modules() if isinstance(module, nn.Linear)]
    handles += [module.register_forward_pre_hook(cut) for module in linear]
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def _refusal(network: nn.Module) -> str:
    return (
        f"{type(network).__name__} does not end in global average pooling and one linear layer, so it has no class "
        "activation map. Take model=convnet, or another explanation."
    )
