"""Making what a network draws while training a function of the seed and the step."""

from typing import Any

import pytorch_lightning as lightning
import torch

from lightwell.chance import torch_seed


class StepSeed(lightning.Callback):
    """Seeds torch anew before each training step, by (seed, step, process).

    Dropout is then the same whatever drew random numbers before: an explanation, another number of workers, or the
    life of a run before it was resumed.
    """

    def __init__(self, seed: int):
        self.seed = seed

    def on_train_batch_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Seed for this step."""
        step = trainer.current_epoch * len(trainer.train_dataloader) + batch_idx  # type: ignore[arg-type]
        torch.manual_seed(torch_seed(self.seed, "step", step, trainer.global_rank))
