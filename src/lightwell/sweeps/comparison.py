"""Sizes of something against the most accurate of them, as far as runs and test examples can tell them apart."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lightwell.sweeps.measured import Measured

NINE_OF_TEN = 1.645  # standard errors on either side


class Loss(NamedTuple):
    """The accuracy that a size loses against the best one, with its 90 % interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """Sizes against the most accurate of them.

    Attributes:
        runs: The runs of each size, from the smallest to the largest.
        rights: Of each size, `(runs, examples)`: which test examples its runs got right.
        tolerance: The accuracy that may be lost.
        unit: What a size is a number of, such as `pixel`.
        question: What the sweep asks.
    """

    runs: dict[int, list[Measured]]
    rights: dict[int, NDArray[np.float64]]
    tolerance: float
    unit: str
    question: str

    @cached_property
    def accuracies(self) -> dict[int, float]:
        """The share of the test examples that each size's runs got right."""
        return {size: float(right.mean()) for size, right in self.rights.items()}

    @property
    def best(self) -> int:
        """The most accurate size; of equal ones the smallest."""
        return max(self.runs, key=lambda size: (self.accuracies[size], -size))

    @property
    def enough(self) -> int:
        """The smallest size that loses no more than the tolerance, but for rounding."""
        return next(size for size in self.runs if self.loss(size).mean <= self.tolerance + 1e-9)

    def loss(self, size: int) -> Loss:
        """What a size loses against the best.

        Both were tested on the same examples, and those that are easy or hard for both say nothing about the
        difference: it is taken example by example, as McNemar's test does. What runs with different seeds differ by
        comes on top.
        """
        pair = self.rights[self.best], self.rights[size]
        differences = pair[0].mean(0) - pair[1].mean(0)
        variance = differences.var() / len(differences)
        variance += sum(right.mean(1).var(ddof=1) / len(right) for right in pair if len(right) > 1)
        # Where no example tells the two apart, the next one may.
        margin = NINE_OF_TEN * max(math.sqrt(variance), 1 / len(differences))
        return Loss(float(differences.mean()), float(differences.mean() - margin), float(differences.mean() + margin))
