"""What TensorBoard shows beside the curves."""

from typing import Any

import numpy as np
import pytorch_lightning as lightning
import torch
from pytorch_lightning.loggers import TensorBoardLogger

from lightwell.callbacks.lookup import callbacks_of, tensorboard_writers
from lightwell.callbacks.predictions import PredictionTable
from lightwell.data.clips import SoundBatch
from lightwell.render.confusion import confusion_picture

SAMPLES = 32


class TensorBoardPictures(lightning.Callback):
    """Training pictures as the network sees them, hyperparameters, and at the end confusion and PR curves.

    Args:
        monitor: The metric to show with the hyperparameters.
    """

    outputs = ("binary", "multiclass", "multilabel", "embedding", "events")

    def __init__(self, *, monitor: str):
        self.monitor = monitor

    def on_fit_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Announce the hyperparameters once, with the metric's name; its values follow with the curves."""
        for logger in trainer.loggers:
            if isinstance(logger, TensorBoardLogger):
                logger.log_hyperparams(flat(pl_module.hparams["config"]), {self.monitor: float("nan")})

    def on_train_batch_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Show the first batch, augmented as it is."""
        if trainer.global_step == 0 and batch_idx == 0:
            for writer in tensorboard_writers(trainer):
                pictures = batch.sounds if isinstance(batch, SoundBatch) else batch.images
                writer.add_images("train/pictures", pictures[:SAMPLES], 0)

    def on_test_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Show the confusion matrix and each class's precision against recall."""
        (table,) = callbacks_of(trainer, PredictionTable)
        predictions = table.predictions
        if predictions is None:
            return
        truth = predictions.labels if predictions.multilabel else np.eye(len(predictions.classes))[predictions.labels]
        for writer in tensorboard_writers(trainer):
            for number, name in enumerate(predictions.classes):
                of_class = torch.from_numpy(np.ascontiguousarray(truth[:, number]))
                writer.add_pr_curve(f"test/{name}", of_class, torch.from_numpy(predictions.probabilities[:, number]))
            if not predictions.multilabel:
                picture = np.asarray(confusion_picture(predictions))
                writer.add_image("test/confusion_matrix", picture, dataformats="HWC")


def flat(config: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested mappings as one, with dotted keys."""
    rows: dict[str, Any] = {}
    for key, value in config.items():
        if isinstance(value, dict):
            rows |= flat(value, f"{prefix}{key}.")
        else:
            rows[f"{prefix}{key}"] = value if isinstance(value, int | float | str | bool) else str(value)
    return rows
