"""Integrated gradients: a change of score shared out among the input values."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from lightwell.explain.gradient import sum_of_gradients
from lightwell.explain.score import Score, Target, each_target, logits, select, undisturbed

FEWEST_STEPS = 9


class IntegratedGradients(NamedTuple):
    """What each input value adds to the score, and how far the sum can be trusted.

    Attributes:
        attributions: Signed, in the shape of the inputs; several classes stand in a dimension after the batch.
        change: `(batch,)` or `(batch, C)`: the score of the input minus that of the baseline.
        completeness_error: In the shape of `change`: the distance of the attributions' sum from it.
        steps: `(batch,)`: the gradients taken on the way.
    """

    attributions: Tensor
    change: Tensor
    completeness_error: Tensor
    steps: Tensor


def integrated_gradients(
    score: Score,
    inputs: Tensor,
    *,
    target: Target,
    baseline: float | Tensor = 0.0,
    error: float = 0.01,
    most_steps: int = 729,
    steps: int | None = None,
    at_once: int | None = None,
) -> IntegratedGradients:
    """The mean gradient on the straight way from a baseline to the input, times that way (Sundararajan et al., 2017).

    The attributions add up to the change of the score exactly, if the mean is exact. A fixed number of steps may
    miss by half of the change, so here the steps are refined for each example until the sum is right.

    Args:
        score: Maps inputs to `(batch, K)` scores, before softmax or sigmoid.
        inputs: `(batch, ...)`, any number of dimensions.
        target: The scores asked about: one class, one an example, several an example, or "all".
        baseline: An input that shows nothing: one value, or a tensor that broadcasts to `inputs`.
        error: The completeness error that is small enough, as a share of the change of score. A sum can be right by
            chance, so it must have been within three times as much at a third of the steps.
        most_steps: Where refinement ends, with whatever error is left: read `completeness_error`.
        steps: This number instead, at the points of Gauss and Legendre; `error` and `most_steps` do not count.
        at_once: Steps in a forward pass; None for what is fast and small on a CPU. The result changes by rounding.

    Raises:
        ValueError: When `most_steps` is fewer than refinement begins with.
    """
    if most_steps < FEWEST_STEPS:
        raise ValueError(
            f"most_steps={most_steps} is fewer than refinement begins with. "
            f"Give at least {FEWEST_STEPS}, or a fixed number as `steps`."
        )
    found = []
    with undisturbed(score):
        examples = inputs.detach().clone()
        starts = torch.as_tensor(baseline, dtype=inputs.dtype, device=inputs.device).detach().clone().expand_as(inputs)
        for example, start, one in zip(examples, starts, each_target(target, len(inputs)), strict=True):
            way = _Way(score, start, example, one, at_once)
            found.append(_refined(way, error, most_steps) if steps is None else _gauss_legendre(way, steps))
    return IntegratedGradients(*(torch.stack(parts) for parts in zip(*found, strict=True)))


class _Way:
    """The straight way from a baseline to one example, and the change of score along it."""

    def __init__(self, score: Score, start: Tensor, example: Tensor, target: Target, at_once: int | None) -> None:
        self.score, self.start, self.length, self.target, self.at_once = score, start, example - start, target, at_once
        with torch.no_grad():
            first, last = select(logits(score, torch.stack([start, example])), target)
        self.change = last - first
        self.rounding = torch.finfo(first.dtype).eps * torch.maximum(first.abs(), last.abs())

    def gradients(self, positions: np.ndarray, weights: np.ndarray) -> Tensor:
        """The weighted sum of the gradients at positions between 0, the baseline, and 1, the example."""
        shares = torch.from_numpy(positions).to(self.start).view(-1, *[1] * self.start.ndim)
        return sum_of_gradients(
            self.score,
            lambda numbers: self.start + shares[numbers] * self.length,
            torch.from_numpy(weights),
            like=self.start,
            target=self.target,
            at_once=self.at_once,
        )

    def explained(self, mean: Tensor, steps: int) -> IntegratedGradients:
        attributions = self.length * mean
        total = attributions.double().flatten(self.change.ndim).sum(-1).to(self.change)
        return IntegratedGradients(attributions, self.change, (total - self.change).abs(), torch.tensor(steps))

    def right(self, explained: IntegratedGradients, error: float) -> bool:
        """Whether no class misses by more than a share of its change, or than rounding; not-a-number cannot improve."""
        bound = torch.maximum(error * self.change.abs(), self.rounding)
        return not (explained.completeness_error > bound).any()


def _gauss_legendre(way: _Way, steps: int) -> IntegratedGradients:
    positions, weights = np.polynomial.legendre.leggauss(steps)
    return way.explained(way.gradients((positions + 1) / 2, weights / 2), steps)


def _refined(way: _Way, error: float, most_steps: int) -> IntegratedGradients:
    """The midpoint rule, each step cut in three until the sum is right: the middle third's gradient is known.

    A network of ReLUs has a gradient that jumps all along the way, where rules of higher order gain nothing. The
    midpoints leave out the baseline itself, where a normalisation may have a spike.
    """
    steps = FEWEST_STEPS
    middles = (np.arange(steps) + 0.5) / steps
    total = way.gradients(middles, np.ones(steps))
    before, explained = None, way.explained(total / steps, steps)
    while 3 * steps <= most_steps and not (before and way.right(before, 3 * error) and way.right(explained, error)):
        outer = np.concatenate([middles - 1 / (3 * steps), middles + 1 / (3 * steps)])
        total += way.gradients(outer, np.ones(2 * steps))
        steps, middles = 3 * steps, np.concatenate([middles, outer])
        before, explained = explained, way.explained(total / steps, steps)
    return explained
