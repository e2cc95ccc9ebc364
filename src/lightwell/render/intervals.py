"""Confidence intervals: how far a figure may lie from what an endless test set would say."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lightwell.chance import generator

FloatArray = NDArray[np.float64]


class Interval(NamedTuple):
    """The two ends of a 95 % confidence interval."""

    lower: float
    upper: float


def wilson(successes: int, trials: int) -> Interval:
    """The interval of a share, here of right answers among test examples (Wilson, 1927).

    Unlike the usual `share +- 1.96 standard errors`, it stays inside [0, 1] and keeps a width when every answer
    is right, which is where good classifiers end up.

    Raises:
        ValueError: When there are no trials, or more successes than trials.
    """
    from scipy.stats import binomtest  # half a second to import: only a report with predictions pays it

    if trials < 1:
        raise ValueError(f"A share needs at least one trial, got {trials}.")
    interval = binomtest(successes, trials).proportion_ci(confidence_level=0.95, method="wilson")
    return Interval(float(interval.low), float(interval.high))


def bootstrap(
    figures: Callable[[FloatArray], FloatArray], examples: int, *, resamples: int = 1000, seed: int = 0
) -> list[Interval | None]:
    """Percentile bootstrap over test examples (Efron, 1979), of many figures at once.

    A resample is told by how often it drew each example: a figure that can weigh its examples then needs no
    copy of them, and whatever sorting it does is done once.

    Args:
        figures: From the weights of the examples, `(examples,)`, to the figures, `(figures,)`; NaN where a
            resample leaves a figure undefined, as when it drew no example of a class.
        examples: How many there are.
        resamples: How many test sets are drawn.
        seed: The same seed draws the same resamples.

    Returns:
        An interval for each figure; None where no resample defined it.
    """
    draws = generator(seed, "bootstrap")
    values = np.stack(
        [
            figures(np.bincount(draws.integers(examples, size=examples), minlength=examples).astype(np.float64))
            for _ in range(resamples)
        ]
    )
    return [_percentiles(column[np.isfinite(column)]) for column in values.T]


def _percentiles(values: FloatArray) -> Interval | None:
    if not values.size:
        return None
    lower, upper = np.percentile(values, [2.5, 97.5])
    return Interval(float(lower), float(upper))
