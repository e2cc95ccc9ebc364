"""Verification: do two pictures show the same person? Distances of pairs, and what a threshold on them gets right."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch

from lightwell.chance import generator
from lightwell.losses.distances import DISTANCES, Distance

FALSE_ACCEPTS = (0.1, 0.01, 0.001)
MOST_PAIRS = 2_000_000
RESAMPLES = 200
FOLDS = 10


class Curve(NamedTuple):
    """What every threshold gets: the shares of the same and of different people's pairs that it accepts."""

    thresholds: np.ndarray
    true_accepts: np.ndarray
    false_accepts: np.ndarray


@dataclass(frozen=True)
class Pairs:
    """Pairs of pictures.

    Attributes:
        distances: `(pairs,)`.
        first: `(pairs,)`: a picture's number.
        second: `(pairs,)`: the other's.
        people: `(pictures,)`: whom each picture shows.
    """

    distances: np.ndarray
    first: np.ndarray
    second: np.ndarray
    people: np.ndarray

    @cached_property
    def same(self) -> np.ndarray:
        """`(pairs,)` bool."""
        return self.people[self.first] == self.people[self.second]

    @cached_property
    def _order(self) -> tuple[np.ndarray, np.ndarray]:
        """The pairs by distance, and the last of each distance."""
        order = np.argsort(self.distances, kind="stable")
        return order, np.flatnonzero(np.diff(self.distances[order], append=np.inf))

    def curve(self, weights: np.ndarray | None = None) -> Curve:
        """The ROC curve, in which a pair may count more than once; it begins with a threshold that accepts nothing."""
        order, last = self._order
        counted = np.ones(len(order)) if weights is None else weights[order]
        same = self.same[order]
        true, false = np.cumsum(counted * same)[last], np.cumsum(counted * ~same)[last]
        return Curve(
            np.concatenate([[-np.inf], self.distances[order][last]]),
            np.concatenate([[0.0], true / true[-1] if true[-1] else np.full(len(true), np.nan)]),
            np.concatenate([[0.0], false / false[-1] if false[-1] else np.full(len(false), np.nan)]),
        )


def all_pairs(embeddings: np.ndarray, people: np.ndarray, distance: Distance) -> Pairs:
    """Every pair of pictures; of very many, all of the same person and some of different people."""
    rows = torch.from_numpy(np.asarray(embeddings, dtype=np.float32))
    first, second = np.triu_indices(len(rows), 1)
    if len(first) > MOST_PAIRS:
        same = people[first] == people[second]
        drawn = generator("pairs").random(len(first)) < MOST_PAIRS / len(first)
        first, second = first[same | drawn], second[same | drawn]
    between = DISTANCES[distance](rows, rows).numpy()
    return Pairs(between[first, second].astype(np.float64), first, second, np.asarray(people))


def verification_figures(curve: Curve) -> dict[str, float]:
    """Area under the curve, equal error rate, and the share of true accepts at each rate of false ones."""
    figures = {
        "auroc": float(np.trapezoid(curve.true_accepts, curve.false_accepts)),
        "equal_error_rate": equal_error(curve)[0],
    }
    for rate in FALSE_ACCEPTS:
        place = np.searchsorted(curve.false_accepts, rate, side="right") - 1
        figures[f"tar_at_far_{rate:g}"] = float(curve.true_accepts[place])
    return figures


def equal_error(curve: Curve) -> tuple[float, float]:
    """The rate at which as many of the same are refused as of the different accepted, and the threshold for it."""
    refused = 1 - curve.true_accepts
    place = int(np.argmax(curve.false_accepts >= refused))
    if place == 0:
        return float("nan"), float("nan")
    before, after = (curve.false_accepts[at] - refused[at] for at in (place - 1, place))
    share = -before / (after - before)
    error = curve.false_accepts[place - 1] + share * (curve.false_accepts[place] - curve.false_accepts[place - 1])
    low = curve.thresholds[place - 1] if place > 1 else curve.thresholds[place]
    return float(error), float(low + share * (curve.thresholds[place] - low))


def intervals(pairs: Pairs) -> dict[str, tuple[float, float]]:
    """95 % intervals of the figures, by a bootstrap over *people*: pairs of one person are not independent."""
    people = np.unique(pairs.people)
    chance = generator("people bootstrap")
    places = np.searchsorted(people, pairs.people)
    found: dict[str, list[float]] = {}
    for _ in range(RESAMPLES):
        times = np.bincount(chance.integers(len(people), size=len(people)), minlength=len(people))[places]
        weights = np.where(pairs.same, times[pairs.first], times[pairs.first] * times[pairs.second])
        for name, value in verification_figures(pairs.curve(weights.astype(np.float64))).items():
            found.setdefault(name, []).append(value)
    return {name: tuple(np.nanquantile(values, [0.025, 0.975]).tolist()) for name, values in found.items()}


def ten_fold_accuracy(pairs: Pairs, folds: np.ndarray) -> tuple[float, float]:
    """Mean accuracy and its standard error: each fold judged with the threshold that is best on the others.

    Args:
        pairs: As many of the same person as of different ones, in each fold.
        folds: `(pairs,)`: the fold of each, or -1 for those left out.
    """
    accuracies = []
    for fold in range(folds.max() + 1):
        rest, here = (folds >= 0) & (folds != fold), folds == fold
        order = np.argsort(pairs.distances[rest], kind="stable")
        gained = np.cumsum(np.where(pairs.same[rest][order], 1, -1))
        threshold = pairs.distances[rest][order][int(np.argmax(gained))]
        accuracies.append(float(((pairs.distances[here] <= threshold) == pairs.same[here]).mean()))
    return float(np.mean(accuracies)), float(np.std(accuracies, ddof=1) / np.sqrt(len(accuracies)))


def folds_of_people(pairs: Pairs) -> np.ndarray:
    """Folds in the manner of Labelled Faces in the Wild: whole people, half of the pairs of the same."""
    chance = generator("verification folds")
    people = np.unique(pairs.people)
    of = chance.permutation(np.arange(len(people)) % FOLDS)[np.searchsorted(people, pairs.people)]
    folds = np.where(of[pairs.first] == of[pairs.second], of[pairs.first], -1)
    for fold in range(FOLDS):
        same, different = (np.flatnonzero((folds == fold) & kind) for kind in (pairs.same, ~pairs.same))
        for members in (same, different):
            folds[chance.permutation(members)[min(len(same), len(different)) :]] = -1
    if (np.bincount(folds[folds >= 0], minlength=FOLDS) == 0).any():
        return np.full(len(folds), -1)
    return folds
