"""Error as a power law of the number of training examples, and how sure that is: error = a n^-b + c.

Learning curves follow this law over orders of magnitude once a network learns at all (Hestness et al., 2017), down to
a floor c that no more data of the kind removes. From a handful of points the three numbers are never known well, and
extrapolated intervals of a single best fit are far too narrow. So every law that the points allow is kept, weighted by
how well it fits: for each exponent and floor the height follows by weighted least squares, and with it how likely the
points are. That is a Bayesian posterior on a grid, with flat priors, and needs neither a starting point nor luck.

Three things keep the measured points from the law, and each has its place in the weights:

- the test set is finite: an error over m examples has the variance B = error (1 - error) / m;
- runs with different seeds differ by a share of their error, which is estimated from the budgets that were run more
  than once. Where they differ by less than even B, networks err on the same examples, and a mean over seeds keeps some
  of B;
- no task follows the law exactly: each budget may lie off it by a share that is estimated along with the rest, and
  the smallest budgets, where a network has not begun to learn, may lie before it altogether.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from lightwell.chance import generator

FloatArray = NDArray[np.float64]

EXPONENTS = np.geomspace(0.05, 2.5, 60)
FLOORS = np.arange(60) / 60  # as a share of the error at the largest budget
NO_FLOOR = np.where(FLOORS == 0, np.log(len(FLOORS) - 1), 0.0)  # as likely beforehand as all floors together
MISFITS = np.linspace(0, 0.4, 9)  # how far a budget's error lies off the law, as a share of it
USUAL_MISFIT = 0.1
SPREADS = np.linspace(0, 1, 101)
FEWEST = 4  # budgets, to fit three numbers
DRAWS = 4000
INSIDE = 0.9  # how often an interval is meant to hold


class Estimate(NamedTuple):
    """A value with its 90 % interval; infinite where no number of examples is enough."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class PowerLaw:
    """The laws that measured errors allow, as draws of equal weight.

    Attributes:
        budgets: `(budgets,)` numbers of examples that were measured.
        heights: `(draws,)` errors at the largest budget.
        exponents: `(draws,)` values of b.
        floors: `(draws,)` shares of the heights that are c.
        misfits: `(draws,)` how far budgets lie off the law, as a share of its error.
        starts: `(draws,)` the smallest budget that follows the law.
        best: The likeliest a, b and c.
        spread: How far runs with different seeds lie apart, as a share of their error.
        tested: The number of test examples, m.
    """

    budgets: FloatArray
    heights: FloatArray
    exponents: FloatArray
    floors: FloatArray
    misfits: FloatArray
    starts: FloatArray
    best: tuple[float, float, float]
    spread: float
    tested: int

    def curve(self, examples: float) -> Estimate:
        """The law's own error, as endless tests of many networks would find it."""
        return _estimate(self._laws(examples))

    def predict(self, examples: float) -> Estimate:
        """The error of one more run, as it would be *measured*: on as many test examples as the others.

        The interval holds what keeps a measurement from the law: the seed, the chance of a finite test set, and that
        the law itself is not exact.
        """
        chance = generator("power law", "measured", int(examples))
        off = np.hypot(self.misfits, self.spread) * chance.standard_normal(DRAWS)
        errors = np.clip(self._laws(examples) * (1 + off), 0, 1)
        return _estimate(chance.binomial(self.tested, errors) / self.tested)

    def needed(self, error: float) -> Estimate:
        """How many examples bring the law's error down to this."""
        above_floor = error / np.maximum(self.heights, 1e-12) - self.floors
        reached = np.maximum(above_floor, 1e-12) / (1 - self.floors)
        with np.errstate(over="ignore"):
            examples = self.budgets[-1] * reached ** (-1 / self.exponents)
        return _estimate(np.where(above_floor > 0, examples, np.inf))

    def _laws(self, examples: float) -> FloatArray:
        return self.heights * _shapes(examples / self.budgets[-1], self.exponents, self.floors)


def fit(examples: FloatArray, errors: FloatArray, *, tested: int) -> PowerLaw:
    """Fit the law to the runs of a sweep.

    Args:
        examples: `(runs,)` how many training examples each run had; at least four different numbers.
        errors: `(runs,)` shares of the test examples that each got wrong.
        tested: How many test examples there were, the same for all.

    Raises:
        ValueError: When there are too few budgets.
    """
    budgets, places, runs = np.unique(examples, return_inverse=True, return_counts=True)
    if len(budgets) < FEWEST:
        raise ValueError(f"A power law takes at least {FEWEST} budgets, got {len(budgets)}. Measure more of them.")
    means = np.bincount(places, errors) / runs
    squares = np.bincount(places, (errors - means[places]) ** 2).astype(np.float64)
    spread, shared = _between_seeds(means, squares, runs - 1, tested)

    shapes = _shapes((budgets / budgets[-1])[:, None, None], EXPONENTS[:, None], FLOORS).transpose(1, 2, 0)
    curve = means
    for _ in range(3):  # a weight is due to what the law expects, since a point that is low by chance is no surer
        chance_of_test = _sampling(curve, tested)
        noise = (chance_of_test + (spread * curve) ** 2) / runs
        grid = _posterior(means, shapes, curve, noise + shared * chance_of_test * (1 - 1 / runs))
        curve = np.tensordot((grid.weights * np.maximum(grid.heights, 0)).sum((0, 1)), shapes)

    chance = generator("power law", "posterior")
    chosen = chance.choice(grid.weights.size, size=DRAWS, p=grid.weights.ravel())
    start, misfit, exponent, floor = np.unravel_index(chosen, grid.weights.shape)
    heights = np.abs(grid.heights.ravel()[chosen] + grid.spreads.ravel()[chosen] * chance.standard_normal(DRAWS))
    *_, likeliest, lowest = np.unravel_index(grid.weights.argmax(), grid.weights.shape)
    height = max(float(grid.heights.ravel()[grid.weights.argmax()]), 0.0)
    b, share = float(EXPONENTS[likeliest]), float(FLOORS[lowest])
    return PowerLaw(
        budgets=budgets,
        heights=heights,
        exponents=EXPONENTS[exponent],
        floors=FLOORS[floor],
        misfits=MISFITS[misfit],
        starts=budgets[start],
        best=(height * (1 - share) * float(budgets[-1]) ** b, b, height * share),
        spread=spread,
        tested=tested,
    )


class _Grid(NamedTuple):
    """Over `(starts, misfits, exponents, floors)`: how likely each is, and its height with its standard error."""

    weights: FloatArray
    heights: FloatArray
    spreads: FloatArray


def _posterior(means: FloatArray, shapes: FloatArray, curve: FloatArray, noise: FloatArray) -> _Grid:
    """Weigh every law of the grid.

    Its height is a weighted least-squares estimate, and is integrated out, positive as it is. A budget before the
    start may have any error between 0 and 1, whose density is 1.
    """
    size = (len(means) - FEWEST + 1, len(MISFITS), *shapes.shape[:2])
    logs, heights, spreads = np.empty(size), np.empty(size), np.empty(size)
    for start in range(size[0]):
        for place, misfit in enumerate(MISFITS):
            points, shape = means[start:], shapes[..., start:]
            variance = noise[start:] + (misfit * curve[start:]) ** 2
            precision = (shape**2) @ (1 / variance)
            height = (shape @ (points / variance)) / precision
            misses = (points**2 / variance).sum() - height**2 * precision
            spread = precision**-0.5
            integral = np.log(spread) + log_ndtr(height / spread)
            prior = -0.5 * (misfit / USUAL_MISFIT) ** 2
            normal = -0.5 * np.log(2 * np.pi * variance).sum()
            logs[start, place] = prior + normal - 0.5 * misses + integral + NO_FLOOR + 0.5 * np.log(2 * np.pi)
            heights[start, place], spreads[start, place] = height, spread
    weights = np.exp(logs - logs.max())
    return _Grid(weights / weights.sum(), heights, spreads)


def _shapes(examples: float | FloatArray, exponents: FloatArray, floors: FloatArray) -> FloatArray:
    """The law where the error at the largest budget is 1; examples are a share of that budget."""
    return floors + (1 - floors) * examples**-exponents


def _sampling(errors: FloatArray, tested: int) -> FloatArray:
    """The variance of a measured error; of at least half a wrong answer, since none is no proof of never."""
    expected = np.clip(errors, 0.5 / tested, 1 - 0.5 / tested)
    return expected * (1 - expected) / tested


def _between_seeds(
    means: FloatArray, squares: FloatArray, repeats: NDArray[np.intp], tested: int
) -> tuple[float, float]:
    """The likeliest spread between seeds, and how much of the test set's chance they share.

    Args:
        means: `(budgets,)` mean errors.
        squares: `(budgets,)` summed squares of the runs' deviations from them.
        repeats: `(budgets,)` how many runs there are beyond the first.
        tested: The number of test examples.
    """
    if not repeats.any():
        return 0.0, 0.0
    expected = _sampling(means, tested) + (SPREADS[:, None] * means) ** 2
    likelihood = -0.5 * (repeats * np.log(expected) + squares / expected).sum(1)
    best = int(likelihood.argmax())
    return float(SPREADS[best]), max(0.0, 1 - float((squares / expected[best]).sum() / repeats.sum()))


def _estimate(values: FloatArray) -> Estimate:
    ordered = np.sort(values)
    low, middle, high = (
        ordered[round(share * (len(ordered) - 1))] for share in ((1 - INSIDE) / 2, 0.5, (1 + INSIDE) / 2)
    )
    return Estimate(float(middle), float(low), float(high))
