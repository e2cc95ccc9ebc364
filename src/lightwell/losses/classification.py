"""Losses for binary, one-hot and multi-hot classification, each with class weights."""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

ClassWeights = list[float] | Literal["balanced"] | None


class ClassificationLoss(nn.Module):
    """A weighted mean of one term an example, or of one an example and label.

    Args:
        class_weights: One weight a class, or "balanced": as much weight on each class, however rare. Under
            multi-hot labels they weigh the terms in which a class is present, and balanced weighs presence as
            much as absence.
        class_counts: How many training examples have each class, and how many there are; a run passes them.
    """

    weights: Tensor | None

    def __init__(self, *, class_weights: ClassWeights = None, class_counts: tuple[list[int], int] | None = None):
        super().__init__()
        weights = None
        if class_weights == "balanced":
            if class_counts is None:
                raise ValueError("Balanced class weights need to know the classes' counts.")
            counts, examples = torch.tensor(class_counts[0]).clamp_min(1), class_counts[1]
            multilabel = int(sum(class_counts[0])) != examples
            weights = (examples - counts).clamp_min(1) / counts if multilabel else examples / (len(counts) * counts)
        elif class_weights is not None:
            weights = torch.tensor(class_weights)
        self.register_buffer("weights", weights, persistent=False)

    def terms(self, logits: Tensor, labels: Tensor) -> Tensor:
        """The unweighted terms: `(batch,)`, or `(batch, K)` for multi-hot labels."""
        raise NotImplementedError

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        """The weighted mean of the terms."""
        terms = self.terms(logits, labels)
        if self.weights is None:
            return terms.mean()
        weights = torch.where(labels > 0, self.weights, 1.0) if labels.ndim == 2 else self.weights[labels]
        return (weights * terms).sum() / weights.sum()


class Logistic(ClassificationLoss):
    """Negative log likelihood of a sigmoid for each score: logistic regression's loss."""

    outputs = ("binary", "multilabel", "events")

    def terms(self, logits: Tensor, labels: Tensor) -> Tensor:
        """-log sigmoid(z) where the label is 1, -log sigmoid(-z) where it is 0."""
        return F.softplus(-_signed(labels) * _alone(logits, labels))


class CrossEntropy(ClassificationLoss):
    """Negative log likelihood of a softmax over the classes."""

    outputs = ("multiclass",)

    def __init__(
        self,
        *,
        label_smoothing: float = 0.0,
        class_weights: ClassWeights = None,
        class_counts: tuple[list[int], int] | None = None,
    ):
        super().__init__(class_weights=class_weights, class_counts=class_counts)
        self.label_smoothing = label_smoothing

    def terms(self, logits: Tensor, labels: Tensor) -> Tensor:
        """-log softmax(z) of the true class."""
        return F.cross_entropy(logits, labels, label_smoothing=self.label_smoothing, reduction="none")


class MeanSquaredError(ClassificationLoss):
    """Squared error of the probabilities (Brier, 1950), summed over the classes of a softmax."""

    outputs = ("binary", "multiclass", "multilabel")

    def terms(self, logits: Tensor, labels: Tensor) -> Tensor:
        """(probability - label) squared."""
        if labels.ndim == 1 and logits.shape[1] > 1:
            return (logits.softmax(1) - F.one_hot(labels, logits.shape[1])).square().sum(1)
        return (_alone(logits, labels).sigmoid() - labels).square()


class Hinge(ClassificationLoss):
    """Zero once the right side is won by a margin of 1; over several classes, Crammer and Singer's form (2001)."""

    outputs = ("binary", "multiclass", "multilabel")

    def terms(self, logits: Tensor, labels: Tensor) -> Tensor:
        """How much of the margin is missing."""
        if labels.ndim == 1 and logits.shape[1] > 1:
            true = logits.gather(1, labels[:, None])
            rival = logits.scatter(1, labels[:, None], -torch.inf).amax(1, keepdim=True)
            return (1 - true + rival).clamp_min(0).squeeze(1)
        return (1 - _signed(labels) * _alone(logits, labels)).clamp_min(0)


class Focal(ClassificationLoss):
    """The likelihood loss, with easy examples weighed down by (1 - p)^gamma (Lin et al., 2017)."""

    outputs = ("binary", "multiclass", "multilabel", "events")

    def __init__(
        self,
        *,
        gamma: float = 2.0,
        class_weights: ClassWeights = None,
        class_counts: tuple[list[int], int] | None = None,
    ):
        super().__init__(class_weights=class_weights, class_counts=class_counts)
        self.gamma = gamma

    def terms(self, logits: Tensor, labels: Tensor) -> Tensor:
        """-(1 - p)^gamma log p, with p the probability given to the truth."""
        if labels.ndim == 1 and logits.shape[1] > 1:
            log_probability = -F.cross_entropy(logits, labels, reduction="none")
        else:
            log_probability = F.logsigmoid(_signed(labels) * _alone(logits, labels))
        return -(-torch.expm1(log_probability)).clamp_min(0).pow(self.gamma) * log_probability


def _signed(labels: Tensor) -> Tensor:
    """Labels 0 and 1 as -1 and +1."""
    return 2.0 * labels - 1.0


def _alone(logits: Tensor, labels: Tensor) -> Tensor:
    """A binary network's only score in the shape of its labels; several scores as they are."""
    return logits.squeeze(1) if labels.ndim == 1 else logits
