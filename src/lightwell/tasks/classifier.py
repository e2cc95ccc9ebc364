"""Classification: one sigmoid, a softmax over classes, or a sigmoid for each."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from lightwell.data.batches import PictureBatch
from lightwell.tasks.classification_metrics import Output, classification_metrics
from lightwell.tasks.task import Task


class Classifier(Task):
    """Says which class a picture is of, or which classes.

    The model gives `(batch, 1)` logits for binary output, else `(batch, K)`; `lightwell.losses` has the shapes.

    Args:
        classes: The names of the classes; of a binary output, the second is the one that scores high.
        output: `binary`, `multiclass` (one-hot) or `multilabel` (multi-hot).
        task_options: The arguments of `Task`.
    """

    outputs = ("binary", "multiclass", "multilabel")

    def __init__(self, *, classes: tuple[str, ...], output: Output, **task_options: Any):
        super().__init__(classes=classes, **task_options)
        self.output = output
        self.val_metrics = classification_metrics(output, len(classes)).clone(prefix="val/")
        self.test_metrics = classification_metrics(output, len(classes)).clone(prefix="test/")

    def scores(self, images: Tensor) -> Tensor:
        """One score a class, `(batch, K)`, before softmax or sigmoid."""
        return self.class_scores(self(images))

    def class_scores(self, logits: Tensor) -> Tensor:
        """Logits as one score a class: a binary network's only logit z speaks with -z for the first class."""
        return torch.cat([-logits, logits], dim=1) if self.output == "binary" else logits

    def probabilities(self, scores: Tensor) -> Tensor:
        """The probability of each class, `(batch, K)`."""
        return scores.softmax(1) if self.output == "multiclass" else scores.sigmoid()

    def decisions(self, probabilities: Tensor) -> Tensor:
        """What is decided for: the likeliest class `(batch,)`, or each that is likelier than not `(batch, K)`."""
        return probabilities > 0.5 if self.output == "multilabel" else probabilities.argmax(1)

    def names_of(self, label: np.ndarray) -> list[str]:
        """The names of an example's class, or of its classes."""
        if np.ndim(label) == 0:
            return [self.classes[int(label)]]
        return [name for name, present in zip(self.classes, label, strict=True) if present]

    def training_step(self, batch: PictureBatch, batch_idx: int) -> Tensor:
        """The loss of a batch."""
        loss = self.loss(self(batch.images), batch.labels)
        self.log("train/loss", loss, on_step=False, on_epoch=True, batch_size=len(batch.labels), sync_dist=True)
        return loss

    def validation_step(self, batch: PictureBatch, batch_idx: int) -> None:
        """Measure a batch of the validation split."""
        self._measure(batch, "val", self.val_metrics)

    def test_step(self, batch: PictureBatch, batch_idx: int) -> Tensor:
        """Measure a batch of the test split; returns the probabilities."""
        return self._measure(batch, "test", self.test_metrics)

    def _measure(self, batch: PictureBatch, split: str, metrics: Any) -> Tensor:
        logits = self(batch.images)
        probabilities = self.probabilities(self.class_scores(logits))
        metrics.update(probabilities, batch.labels.long())
        loss = self.loss(logits, batch.labels)
        self.log(f"{split}/loss", loss, on_epoch=True, batch_size=len(batch.labels), sync_dist=True)
        self.log_dict(metrics, on_epoch=True)
        return probabilities
