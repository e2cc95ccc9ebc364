"""Test metrics as functions of how much each example counts, which is what a bootstrap asks for."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lightwell.render.intervals import FloatArray
from lightwell.render.report_predictions import called, present
from lightwell.runs.predictions import Predictions

NAMES = ("accuracy", "balanced_accuracy", "f1", "auroc", "average_precision")


def weighted_figures(predictions: Predictions) -> Callable[[FloatArray], FloatArray]:
    """A function from the weights of the examples, whole numbers of shape `(examples,)`, to the figures of `NAMES`.

    All but accuracy are means over the classes, also where there are two. A figure is NaN where the weights leave
    it undefined.
    """
    there, said = present(predictions), called(predictions)
    ranking = _ranking(there, predictions.probabilities.astype(np.float64))
    tables = np.stack([there & said, there, said]).astype(np.float64).transpose(0, 2, 1).copy()

    def figures(weights: FloatArray) -> FloatArray:
        hits, presences, calls = tables @ weights
        total = weights.sum()
        agreements = total - presences - calls + 2 * hits
        with np.errstate(invalid="ignore", divide="ignore"):
            recall = hits / presences
            specificity = (agreements - hits) / (total - presences)
            f1 = 2 * hits / (presences + calls)
        if predictions.multilabel:
            accuracy, balanced_accuracy = agreements.mean() / total, _mean((recall + specificity) / 2)
        else:
            accuracy, balanced_accuracy = hits.sum() / total, _mean(recall)
        auroc, average_precision = ranking(weights)
        return np.array([accuracy, balanced_accuracy, _mean(f1), _mean(auroc), _mean(average_precision)])

    return figures


def _ranking(there: NDArray[np.bool_], scores: FloatArray) -> Callable[[FloatArray], tuple[FloatArray, FloatArray]]:
    """AUROC and average precision of each class, `(classes,)`, from the weights of the examples.

    Sorting, and finding which scores are equal and so pass a threshold together, is done here, once. What is
    left for each set of weights is two running sums: over all examples, and over those that have the class. Both
    figures are means over the latter. The classes stand one after the other in flat arrays.
    """
    examples, classes = scores.shape
    order = np.argsort(-scores, axis=0, kind="stable").T
    ranked = np.take_along_axis(scores.T, order, axis=1)
    new = np.diff(ranked, axis=1, prepend=np.inf) != 0
    flat_new = np.append(np.flatnonzero(new), classes * examples)
    group = np.cumsum(new.ravel()) - 1
    positive = np.take_along_axis(there.T, order, axis=1).ravel()
    positives_before = np.concatenate([[0], np.cumsum(positive)])
    order, having = order.ravel(), order.ravel()[positive]
    start, end = flat_new[group[positive]], flat_new[group[positive] + 1]
    hit_start, hit_end = positives_before[start], positives_before[end]
    owner = np.flatnonzero(positive) // examples
    first_hit = positives_before[owner * examples]

    def ranking(weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        total, weight = weights.sum(), weights[having]
        running = np.concatenate([[0.0], np.cumsum(weights[order])])
        running_hits = np.concatenate([[0.0], np.cumsum(weight)])
        passed, passed_before = running[end] - owner * total, running[start] - owner * total
        hits, hits_before = running_hits[hit_end], running_hits[hit_start]
        base = running_hits[first_hit]
        false_alarms = (passed - hits + passed_before - hits_before) / 2 + base
        positives = np.bincount(owner, weight, classes)
        negatives = total - positives
        area = np.bincount(owner, weight * (negatives[owner] - false_alarms), classes)
        precision = np.bincount(owner, weight * (hits - base) / np.maximum(passed, 1), classes)
        with np.errstate(invalid="ignore", divide="ignore"):
            return area / (positives * negatives), precision / positives

    return ranking


def _mean(values: FloatArray) -> float:
    """The mean over the classes for which a figure is defined."""
    defined = values[np.isfinite(values)]
    return float(defined.mean()) if defined.size else float("nan")
