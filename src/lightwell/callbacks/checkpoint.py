"""Keeping the best weights and the last."""

import shutil
from pathlib import Path
from typing import Any

import pytorch_lightning as lightning

from lightwell.config.resolvers import best_is


class Checkpoint(lightning.callbacks.Checkpoint):
    """`checkpoints/last.ckpt` after every epoch, and `checkpoints/best.ckpt` by the monitored metric.

    Both are there whole or not at all. Lightning's own `ModelCheckpoint` leaves an older `last.ckpt` in place when an
    epoch was not the best.

    Args:
        monitor: The metric; of a loss or an error the smallest is best, of anything else the largest.
    """

    def __init__(self, *, monitor: str):
        self.monitor = monitor
        self.best_score: float | None = None
        self.best_epoch = 0
        self.best_path: Path | None = None

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Save the epoch's weights; Lightning calls checkpoint callbacks after all others."""
        folder = Path(trainer.default_root_dir) / "checkpoints"
        score = float(trainer.callback_metrics[self.monitor])
        is_best = self._improves(score)
        if is_best:
            self.best_score, self.best_epoch, self.best_path = score, trainer.current_epoch, folder / "best.ckpt"
        trainer.save_checkpoint(folder / "last.ckpt")
        if is_best and trainer.is_global_zero:
            shutil.copyfile(folder / "last.ckpt", folder / ".best.ckpt")
            (folder / ".best.ckpt").replace(folder / "best.ckpt")
        trainer.strategy.barrier("best.ckpt")

    def _improves(self, score: float) -> bool:
        if self.best_score is None:
            return True
        return score < self.best_score if best_is(self.monitor) == "min" else score > self.best_score

    def state_dict(self) -> dict[str, Any]:
        """What a resumed run must know; plain data."""
        return {"best_score": self.best_score, "best_epoch": self.best_epoch}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take it up again."""
        self.best_score, self.best_epoch = state_dict["best_score"], state_dict["best_epoch"]
