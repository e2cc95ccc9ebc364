"""Measuring explanations: against known evidence, and against a network that has learned nothing."""

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def mass_inside(maps: Tensor, evidence: Tensor) -> Tensor:
    """The share of each map's positive mass that lies on the evidence, `(batch,)`; NaN where there is none.

    Args:
        maps: `(batch, h, w)`; negative values do not speak for the class and are left out.
        evidence: `(batch, height, width)` bool, which is taken to the map's resolution.
    """
    positive = maps.clamp_min(0)
    return (positive * at_resolution_of(maps, evidence)).sum((1, 2)) / positive.sum((1, 2))


def at_resolution_of(maps: Tensor, evidence: Tensor) -> Tensor:
    """Evidence `(batch, height, width)` on the grid of maps `(batch, h, w)`, bool.

    A coarse map can point to a cell and not within it, so a cell counts as evidence if any of its pixels does.
    """
    return F.adaptive_max_pool2d(evidence[:, None].float(), maps.shape[1:])[:, 0] > 0


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
