"""What a network said of each test example, as a file without code in it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Predictions:
    """A test split's predictions.

    Attributes:
        names: `(examples,)` names.
        labels: `(examples,)` class numbers, or `(examples, K)` of 0 and 1 for multi-hot labels.
        probabilities: `(examples, K)` float32.
        classes: The K class names.
    """

    names: np.ndarray
    labels: np.ndarray
    probabilities: np.ndarray
    classes: tuple[str, ...]

    @property
    def multilabel(self) -> bool:
        """Whether an example may have several classes."""
        return self.labels.ndim == 2

    def wrongness(self) -> np.ndarray:
        """`(examples,)`: how improbable the truth was to the network; with several labels, the worst of them."""
        if self.multilabel:
            return np.abs(self.labels - self.probabilities).max(1)
        return 1 - self.probabilities[np.arange(len(self.labels)), self.labels]

    def certainty(self) -> np.ndarray:
        """`(examples,)`: how far the likeliest class is ahead; with several labels, the nearest from a half."""
        if self.multilabel:
            return np.abs(self.probabilities - 0.5).min(1)
        ordered = np.sort(self.probabilities, axis=1)
        return ordered[:, -1] - ordered[:, -2]

    def right(self) -> np.ndarray:
        """`(examples,)` bool: whether every decision about the example is right."""
        if self.multilabel:
            return ((self.probabilities > 0.5) == self.labels.astype(bool)).all(1)
        return self.probabilities.argmax(1) == self.labels

    def save(self, path: Path) -> None:
        """Write an `.npz` file, whole or not at all."""
        scratch = path.with_name(f".{path.name}")
        with scratch.open("wb") as file:
            np.savez_compressed(
                file,
                names=self.names,
                labels=self.labels,
                probabilities=self.probabilities,
                classes=np.array(self.classes),
            )
        scratch.replace(path)

    @classmethod
    def load(cls, path: Path) -> "Predictions":
        """Read a file that `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(arrays["names"], arrays["labels"], arrays["probabilities"], tuple(map(str, arrays["classes"])))

    @classmethod
    def pooled(cls, parts: list["Predictions"]) -> "Predictions":
        """The predictions of several runs on parts of the same data."""
        return cls(
            np.concatenate([part.names for part in parts]),
            np.concatenate([part.labels for part in parts]),
            np.concatenate([part.probabilities for part in parts]),
            parts[0].classes,
        )
