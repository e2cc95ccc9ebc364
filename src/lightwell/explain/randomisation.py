"""Whether an explanation shows what a network has learned: if so, new weights change it (Adebayo et al., 2018)."""

import copy
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from lightwell.chance import torch_seed


def randomised(network: nn.Module, *, seed: int) -> nn.Module:
    """A copy of the network with new random weights: what its explanations show is no fruit of learning.

    Modules whose parameters lie outside any `reset_parameters` keep theirs.
    """
    # A copy made in inference mode could take no part in any gradient.
    with torch.inference_mode(False), torch.no_grad(), torch.random.fork_rng():
        network = copy.deepcopy(network)
        torch.manual_seed(seed)
        for module in network.modules():
            reset = getattr(module, "reset_parameters", None)
            if callable(reset):
                reset()
    return network


def cascade(network: nn.Module, *, seed: int = 0) -> Iterator[tuple[str, nn.Module]]:
    """Networks that have unlearned one layer more each, from the output down.

    Layers are the modules with `reset_parameters`, taken in the order in which the network defines them, last first.
    A layer's new weights depend on the seed and its name alone.

    Yields:
        The layer's name, and a copy of the network in which it and all above it have new random weights.

    Raises:
        ValueError: When the network has no such layer.
    """
    names = [name for name, module in network.named_modules() if callable(getattr(module, "reset_parameters", None))]
    if not names:
        raise ValueError(
            f"{type(network).__name__} has no layer with new weights to give. "
            "Add a method reset_parameters to the modules that hold its parameters."
        )
    for name in reversed(names):
        network = _without(network, name, seed)
        yield name, network


def _without(network: nn.Module, name: str, seed: int) -> nn.Module:
    """A copy of the network with new random weights in one layer."""
    with torch.inference_mode(False), torch.no_grad(), torch.random.fork_rng():
        network = copy.deepcopy(network)
        torch.manual_seed(torch_seed(seed, name))
        network.get_submodule(name).reset_parameters()  # type: ignore[operator]
    return network


def sanity_check(
    explain: Callable[[nn.Module], Tensor], network: nn.Module, *, seed: int = 0
) -> list[tuple[str, float]]:
    """How alike an explanation's maps stay while the network unlearns, layer by layer from the output.

    An explanation of what was learned falls to about 0; one that keeps near 1 shows the picture, not the network.

    Args:
        explain: Maps a network to maps `(batch, ...)` of fixed inputs and targets, for instance
            `lambda network: saliency(network, inputs, target=target)`.
        network: As trained; it is copied, never changed.
        seed: Of the random weights.

    Returns:
        For each layer of `cascade`, its name and the mean over examples of `rank_correlation` with the network's own
        maps, leaving out maps without any; NaN where no map has one.
    """
    maps = explain(network)
    return [
        (name, rank_correlation(maps, explain(random)).nanmean().item()) for name, random in cascade(network, seed=seed)
    ]


def rank_correlation(maps: Tensor, others: Tensor) -> Tensor:
    """Spearman's rank correlation of each map with its other, `(batch,)`.

    Values count with their signs, so opposite maps have -1. Absolute gradients are less telling: at the border they are
    smaller in any network, so that even two random ones agree. NaN where either map is constant or holds a NaN.

    Args:
        maps: `(batch, ...)`.
        others: In the same shape.
    """
    one, other = _ranks(maps.flatten(1)), _ranks(others.flatten(1))
    return (one * other).sum(1) / (one.square().sum(1) * other.square().sum(1)).sqrt()


def _ranks(values: Tensor) -> Tensor:
    """The places of `(batch, n)` values in their order, up to a factor, centred; equal values share the middle one."""
    ordered = values.sort(1).values
    ranks = (torch.searchsorted(ordered, values) + torch.searchsorted(ordered, values, right=True)).double()
    return (ranks - ranks.mean(1, keepdim=True)).masked_fill(values.isnan().any(1, keepdim=True), torch.nan)
