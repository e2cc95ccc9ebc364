"""What the answers on the test examples tell: confusion, calibration, mistakes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lightwell.render.intervals import FloatArray
from lightwell.render.report_files import RunFiles


@dataclass(frozen=True)
class Predictions:
    """The answers of `predictions.npz`; a binary task has two classes and two columns."""

    names: list[str]
    classes: list[str]
    labels: NDArray[np.int64]
    """`(examples,)`, or `(examples, classes)` of zeros and ones where an example may have several labels."""
    probabilities: FloatArray
    """`(examples, classes)`"""

    @property
    def multilabel(self) -> bool:
        """Whether an example may have several labels."""
        return self.labels.ndim == 2

    @property
    def present(self) -> NDArray[np.bool_]:
        """`(examples, classes)`: which label each example has."""
        return self.labels == 1 if self.multilabel else self.labels[:, None] == np.arange(len(self.classes))

    @property
    def decided(self) -> NDArray[np.int64]:
        """What the network calls each example, in the shape of the labels."""
        if self.multilabel:
            return (self.probabilities > 0.5).astype(np.int64)
        return self.probabilities.argmax(axis=1)

    @property
    def called(self) -> NDArray[np.bool_]:
        """`(examples, classes)`: which labels the network gives each example."""
        return self.decided == 1 if self.multilabel else self.decided[:, None] == np.arange(len(self.classes))

    def confusion(self) -> NDArray[np.int64]:
        """`(classes, classes)` counts: a row a label, a column an answer."""
        counts = np.zeros((len(self.classes), len(self.classes)), dtype=np.int64)
        np.add.at(counts, (self.labels, self.decided), 1)
        return counts

    def confidences(self) -> tuple[FloatArray, NDArray[np.bool_]]:
        """How sure each answer is and whether it holds: of the class it names, or of every label it may give."""
        if self.multilabel:
            return self.probabilities.ravel(), self.present.ravel()
        return self.probabilities.max(axis=1), self.decided == self.labels


@dataclass(frozen=True)
class WrongAnswer:
    """One test example, or one label of it, that the network got wrong."""

    name: str
    label: str
    predicted: str
    probability: float
    """Of what it predicted."""


@dataclass(frozen=True)
class ClassRow:
    """How one label of a multi-hot task fares; None where nothing defines the figure."""

    name: str
    support: int
    average_precision: float | None
    precision: float | None
    recall: float | None


def read_predictions(files: RunFiles) -> Predictions | None:
    """The predictions of a run folder, if there are any and their shapes agree."""
    arrays = files.arrays("predictions.npz")
    if not arrays:
        return None
    try:
        probabilities = np.asarray(arrays["probabilities"], dtype=np.float64)
        labels = np.asarray(arrays["labels"]).astype(np.int64)
        names, classes = arrays["names"].astype(str).tolist(), arrays["classes"].astype(str).tolist()
        fits = probabilities.shape == (len(names), len(classes)) and np.isfinite(probabilities).all()
        known = labels.min() >= 0 and labels.max() < len(classes)
        if not (names and fits and known and labels.shape in {(len(names),), probabilities.shape}):
            raise ValueError("its labels, probabilities, names and classes do not go together.")
    except (KeyError, ValueError, TypeError) as error:
        files.note(f"predictions.npz cannot be used: {error}")
        return None
    return Predictions(names, classes, labels, probabilities)


def wrong_answers(predictions: Predictions) -> list[WrongAnswer]:
    """Every wrong answer, the one furthest from its label first."""
    classes, probabilities = predictions.classes, predictions.probabilities
    if predictions.multilabel:
        rows, columns = np.nonzero(predictions.decided != predictions.labels)
        sure = np.abs(probabilities[rows, columns] - 0.5) + 0.5
        found = [
            WrongAnswer(predictions.names[row], classes[column], "present" if said else "absent", float(probability))
            for row, column, said, probability in zip(
                rows, columns, predictions.decided[rows, columns], sure, strict=True
            )
        ]
        return sorted(found, key=lambda answer: -answer.probability)
    decided = predictions.decided
    rows = np.nonzero(decided != predictions.labels)[0]
    rows = rows[np.argsort(probabilities[rows, predictions.labels[rows]], kind="stable")]
    return [
        WrongAnswer(
            predictions.names[row],
            classes[predictions.labels[row]],
            classes[decided[row]],
            float(probabilities[row, decided[row]]),
        )
        for row in rows
    ]


def class_rows(predictions: Predictions) -> list[ClassRow]:
    """One row a label of a multi-hot task."""
    from sklearn.metrics import average_precision_score

    rows = []
    for column, name in enumerate(predictions.classes):
        present, said = predictions.present[:, column], predictions.decided[:, column] == 1
        support = int(present.sum())
        hits = int((present & said).sum())
        ranked: Any = average_precision_score(present, predictions.probabilities[:, column]) if support else None
        precision = hits / int(said.sum()) if said.any() else None
        rows.append(ClassRow(name, support, ranked, precision, hits / support if support else None))
    return rows


def confusions(predictions: Predictions, most: int = 10) -> list[tuple[str, str, int]]:
    """The commonest mix-ups: label, answer, how often."""
    counts = predictions.confusion()
    np.fill_diagonal(counts, 0)
    order = np.argsort(-counts, axis=None, kind="stable")[:most]
    pairs = [divmod(int(place), len(predictions.classes)) for place in order]
    return [
        (predictions.classes[label], predictions.classes[answer], int(counts[label, answer]))
        for label, answer in pairs
        if counts[label, answer]
    ]
