"""Classification: one sigmoid, a softmax over classes, or a sigmoid for each."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytorch_lightning as lightning
import torch
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from lightwell.config.resolvers import best_is
from lightwell.data.batches import PictureBatch
from lightwell.tasks.classification_metrics import Output, classification_metrics


class Classifier(lightning.LightningModule):
    """Says which class a picture is of, or which classes.

    Args:
        model: From normalised inputs to `(batch, 1)` logits for binary output, else `(batch, K)`.
        loss: From logits and labels to a number; see `lightwell.losses` for the shapes.
        optimizer: From parameters to an optimizer.
        schedule: From training progress in [0, 1] to a factor on the learning rate.
        classes: The names of the classes; of a binary output, the second is the one that scores high.
        mean: Each channel's mean over the training pictures.
        std: Each channel's standard deviation over the training pictures.
        output: `binary`, `multiclass` (one-hot) or `multilabel` (multi-hot).
        monitor: The metric that a schedule observes.
    """

    inputs = "images"

    def __init__(
        self,
        *,
        model: nn.Module,
        loss: nn.Module,
        optimizer: Callable[..., Optimizer],
        schedule: Callable[[float], float],
        classes: tuple[str, ...],
        mean: list[float],
        std: list[float],
        output: Output,
        monitor: str,
    ):
        super().__init__()
        self.model = model
        self.loss = loss
        self.optimizer = optimizer
        self.schedule = schedule
        self.classes = classes
        self.output = output
        self.monitor = monitor
        self.mean: Tensor
        self.std: Tensor
        self.trained_epoch = 0  # the epoch whose weights are in place
        self.register_buffer("mean", torch.tensor(mean)[:, None, None])
        self.register_buffer("std", torch.tensor(std)[:, None, None])
        self.val_metrics = classification_metrics(output, len(classes)).clone(prefix="val/")
        self.test_metrics = classification_metrics(output, len(classes)).clone(prefix="test/")

    def forward(self, images: Tensor) -> Tensor:
        """Logits of pictures `(batch, channels, height, width)` in [0, 1]."""
        return self.model((images - self.mean) / self.std)

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

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """The optimizer, with the schedule stepped after each of its steps."""
        optimizer = self.optimizer(self.parameters())
        steps = max(1, int(self.trainer.estimated_stepping_batches))
        scheduler = LambdaLR(optimizer, lambda step: self.schedule(step / steps))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    def on_validation_epoch_end(self) -> None:
        """Let a schedule that observes see the epoch's metric."""
        observe = getattr(self.schedule, "observe", None)
        metric = self.trainer.callback_metrics.get(self.monitor)
        if observe and metric is not None and not self.trainer.sanity_checking:
            observe(float(metric), best_is=best_is(self.monitor))

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the schedule's state, which is plain: one that observes has some."""
        checkpoint["schedule"] = dict(vars(self.schedule))

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Restore the schedule's state, and note which epoch's weights these are."""
        vars(self.schedule).update(checkpoint["schedule"])
        self.trained_epoch = checkpoint["epoch"]

    def on_train_epoch_end(self) -> None:
        """Note which epoch's weights these are."""
        self.trained_epoch = self.current_epoch
