"""Keeping the best weights and the last."""

from pathlib import Path

import pytorch_lightning as lightning
from pytorch_lightning.callbacks import ModelCheckpoint

from lightwell.config.resolvers import best_is


class Checkpoint(ModelCheckpoint):
    """`checkpoints/best.ckpt` by the monitored metric, and `checkpoints/last.ckpt` after every epoch.

    Args:
        monitor: The metric; of a loss or an error the smallest is best, of anything else the largest.
    """

    def __init__(self, *, monitor: str):
        super().__init__(
            monitor=monitor,
            mode=best_is(monitor),
            filename="best",
            save_last=True,
            save_top_k=1,
            enable_version_counter=False,
        )

    def setup(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, stage: str) -> None:
        """Keep them in the run folder."""
        self.dirpath = str(Path(trainer.default_root_dir) / "checkpoints")
        super().setup(trainer, pl_module, stage)
