"""Validating and testing the average of the weights."""

from typing import Any

import pytorch_lightning as lightning
from pytorch_lightning.callbacks import EMAWeightAveraging


class WeightAveraging(EMAWeightAveraging):
    """An exponential moving average of the weights, by which a run is validated, kept and tested.

    Lightning's own (2.6) puts the *latest* weights back when a checkpoint is loaded for testing after training, so
    that what is tested is not what was chosen.

    Args:
        decay: How much of the average is kept at each step.
    """

    outputs = ("binary", "multiclass", "multilabel", "embedding", "events")

    def __init__(self, *, decay: float = 0.99):
        super().__init__(decay=decay)

    def on_load_checkpoint(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Go back to the latest weights only to train on from them."""
        if trainer.state.fn == "fit":
            super().on_load_checkpoint(trainer, pl_module, checkpoint)
