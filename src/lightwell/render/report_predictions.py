"""What the answers on the test examples tell: confusion, calibration, mistakes."""

import zipfile
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lightwell.render.intervals import FloatArray
from lightwell.render.report_files import RunFiles
from lightwell.runs.predictions import Predictions


@dataclass(frozen=True)
class WrongAnswer:
    """One test example, or one label of it, that the network got wrong; the probability is of what it predicted."""

    name: str
    label: str
    predicted: str
    probability: float


@dataclass(frozen=True)
class ClassRow:
    """How one label of a multi-hot task fares; None where nothing defines the figure."""

    name: str
    support: int
    average_precision: float | None
    precision: float | None
    recall: float | None


def read_predictions(files: RunFiles) -> Predictions | None:
    """The predictions of a run folder, if there are any and they go together."""
    path = files.find("predictions.npz")
    if not path:
        return None
    try:
        predictions = Predictions.load(path)
        _check(predictions)
    except (OSError, EOFError, ValueError, TypeError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        files.note(f"predictions.npz cannot be used: {error}")
        return None
    return predictions


def _check(predictions: Predictions) -> None:
    labels, shape = predictions.labels, (len(predictions.names), len(predictions.classes))
    if not shape[0] or predictions.probabilities.shape != shape or labels.shape not in {shape[:1], shape}:
        raise ValueError("its names, labels, probabilities and classes differ in number.")
    if not np.isfinite(predictions.probabilities).all():
        raise ValueError("some of its probabilities are no numbers.")
    whole = np.issubdtype(labels.dtype, np.integer) or predictions.multilabel
    if not whole or labels.min() < 0 or labels.max() >= (2 if predictions.multilabel else shape[1]):
        raise ValueError("some of its labels are no classes.")


def present(predictions: Predictions) -> NDArray[np.bool_]:
    """`(examples, classes)`: which labels each example has."""
    labels = predictions.labels
    return labels == 1 if predictions.multilabel else labels[:, None] == np.arange(len(predictions.classes))


def called(predictions: Predictions) -> NDArray[np.bool_]:
    """`(examples, classes)`: which labels the network gives each example."""
    probabilities = predictions.probabilities
    if predictions.multilabel:
        return probabilities > 0.5
    return probabilities.argmax(axis=1)[:, None] == np.arange(len(predictions.classes))


def confusion(predictions: Predictions) -> NDArray[np.int64]:
    """`(classes, classes)` counts: a row a label, a column an answer."""
    counts = np.zeros((len(predictions.classes), len(predictions.classes)), dtype=np.int64)
    np.add.at(counts, (predictions.labels, predictions.probabilities.argmax(axis=1)), 1)
    return counts


def mix_ups(counts: NDArray[np.int64], classes: tuple[str, ...], most: int = 10) -> list[tuple[str, str, int]]:
    """The commonest mistakes of a confusion matrix: label, answer, how often."""
    wrong = counts * (1 - np.eye(len(counts), dtype=np.int64))
    pairs = np.transpose(np.unravel_index(np.argsort(-wrong, axis=None, kind="stable")[:most], wrong.shape))
    return [
        (classes[label], classes[answer], int(wrong[label, answer])) for label, answer in pairs if wrong[label, answer]
    ]


def confidences(predictions: Predictions) -> tuple[FloatArray, NDArray[np.bool_]]:
    """How sure each answer is and whether it holds: of the class it names, or of every label it may give."""
    probabilities = predictions.probabilities.astype(np.float64)
    if predictions.multilabel:
        return probabilities.ravel(), present(predictions).ravel()
    return probabilities.max(axis=1), predictions.right()


def wrong_answers(predictions: Predictions) -> list[WrongAnswer]:
    """Every wrong answer, the one furthest from its label first."""
    names, classes, probabilities = predictions.names, predictions.classes, predictions.probabilities
    if predictions.multilabel:
        said = called(predictions)
        rows, columns = np.nonzero(said != present(predictions))
        order = np.argsort(-np.abs(probabilities[rows, columns] - 0.5), kind="stable")
        wrong = []
        for row, column in zip(rows[order], columns[order], strict=True):
            probability, there = float(probabilities[row, column]), bool(said[row, column])
            answer = ("present", probability) if there else ("absent", 1 - probability)
            wrong.append(WrongAnswer(str(names[row]), classes[column], *answer))
        return wrong
    decided = probabilities.argmax(axis=1)
    order = np.argsort(-predictions.wrongness(), kind="stable")
    return [
        WrongAnswer(
            str(names[row]),
            classes[predictions.labels[row]],
            classes[decided[row]],
            float(probabilities[row, decided[row]]),
        )
        for row in order
        if decided[row] != predictions.labels[row]
    ]


def class_rows(predictions: Predictions) -> list[ClassRow]:
    """One row a label of a multi-hot task."""
    from sklearn.metrics import average_precision_score

    rows = []
    for name, there, said, scores in zip(
        predictions.classes, present(predictions).T, called(predictions).T, predictions.probabilities.T, strict=True
    ):
        support, calls, hits = int(there.sum()), int(said.sum()), int((there & said).sum())
        ranked = float(average_precision_score(there, scores)) if support else None
        rows.append(
            ClassRow(name, support, ranked, hits / calls if calls else None, hits / support if support else None)
        )
    return rows
