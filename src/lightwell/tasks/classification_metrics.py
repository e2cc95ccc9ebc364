"""What a classifier is measured by, for each kind of output."""

from typing import Literal

from torch import Tensor
from torchmetrics import MetricCollection
from torchmetrics.classification import (
    BinaryCalibrationError,
    MulticlassAccuracy,
    MulticlassAUROC,
    MulticlassAveragePrecision,
    MulticlassCalibrationError,
    MulticlassF1Score,
    MultilabelAccuracy,
    MultilabelAUROC,
    MultilabelAveragePrecision,
    MultilabelF1Score,
)

Output = Literal["binary", "multiclass", "multilabel"]


class FlattenedCalibrationError(BinaryCalibrationError):
    """Calibration error over all decisions of a multi-hot output."""

    def update(self, preds: Tensor, target: Tensor) -> None:
        """Take each label of each example as a decision of its own."""
        super().update(preds.flatten(), target.flatten())


def classification_metrics(output: Output, classes: int) -> MetricCollection:
    """Metrics of probabilities `(batch, classes)` against labels; averages over classes are unweighted (macro).

    Binary output is measured as two classes, so that both count alike.
    """
    if output == "multilabel":
        return MetricCollection(
            {
                "accuracy": MultilabelAccuracy(classes, average="micro"),
                "f1": MultilabelF1Score(classes),
                "auroc": MultilabelAUROC(classes),
                "average_precision": MultilabelAveragePrecision(classes),
                "calibration_error": FlattenedCalibrationError(),
            }
        )
    return MetricCollection(
        {
            "accuracy": MulticlassAccuracy(classes, average="micro"),
            "balanced_accuracy": MulticlassAccuracy(classes, average="macro"),
            "f1": MulticlassF1Score(classes),
            "auroc": MulticlassAUROC(classes),
            "average_precision": MulticlassAveragePrecision(classes),
            "calibration_error": MulticlassCalibrationError(classes),
        }
    )
