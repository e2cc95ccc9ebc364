"""What a task offers to those who ask what it looks at."""

from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor


class Explainable(Protocol):
    """A task with scores.

    Attributes:
        classes: The names of what is scored, in the scores' order.
        trained_epoch: The epoch whose weights are in place.
        model: The network, which can be exchanged for one with random weights.
    """

    classes: tuple[str, ...]
    trained_epoch: int
    model: Any

    @property
    def device(self) -> torch.device:
        """Where the weights are."""

    def scores(self, inputs: Tensor) -> Tensor:
        """`(batch, K)`, before softmax or sigmoid: the numbers that explanations ask about."""

    def probabilities(self, scores: Tensor) -> Tensor:
        """The scores as probabilities, `(batch, K)`."""

    def decisions(self, probabilities: Tensor) -> Tensor:
        """What is decided for, in the form of a batch of labels."""

    def names_of(self, label: np.ndarray) -> list[str]:
        """A label in words."""

    def weights_changed(self) -> None:
        """Told when the network was exchanged, for what was worked out with the one before."""
