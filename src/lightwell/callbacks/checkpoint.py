"""Keeping the best weights and the last."""

import time
from typing import Any

import pytorch_lightning as lightning

from lightwell.config.resolvers import best_is
from lightwell.runs.checkpoints import save_last


class Checkpoint(lightning.callbacks.Checkpoint):
    """`checkpoints/last.ckpt` every epoch and every so many minutes, and `best.ckpt` by the monitored metric.

    All are there whole or not at all, and the checkpoint before the last is kept as `previous.ckpt`. A run that goes on
    from any of them ends in the same weights, bit for bit on a CPU, as if it had never been stopped. Lightning's own
    `ModelCheckpoint` leaves an older `last.ckpt` in place when an epoch was not the best.

    Args:
        monitor: The metric; of a loss or an error the smallest is best, of anything else the largest.
        every_minutes: The longest time that a killed run can lose.
    """

    def __init__(self, *, monitor: str, every_minutes: float = 10.0):
        self.monitor = monitor
        self.every_minutes = every_minutes
        self.saved_at = time.monotonic()
        self.best_score: float | None = None
        self.best_epoch = 0

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Start the clock, and see to it that the loader goes on where it was.

        Lightning hands the loader its state when it makes it, which is too early where a schedule has asked for the
        number of steps: the checkpoint has not been read then.
        """
        self.saved_at = time.monotonic()
        trainer.fit_loop._load_combined_loader_states()

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Save between two epochs' ends, if it is time."""
        due = time.monotonic() - self.saved_at > 60 * self.every_minutes
        if trainer.world_size > 1:  # clocks differ
            due = trainer.strategy.broadcast(due)
        if due and at_rest(trainer, batch_idx):
            save_last(trainer)
            self.saved_at = time.monotonic()

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Save the epoch's weights; Lightning calls checkpoint callbacks after all others."""
        score = float(trainer.callback_metrics[self.monitor])
        is_best = self._improves(score)
        if is_best:
            self.best_score, self.best_epoch = score, trainer.current_epoch
        save_last(trainer, is_best=is_best)
        self.saved_at = time.monotonic()

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

    def on_save_checkpoint(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Keep whether training has been ended early."""
        checkpoint["should_stop"] = trainer.should_stop

    def on_load_checkpoint(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Train no further what had been ended early."""
        if trainer.state.fn == "fit":
            trainer.should_stop = checkpoint.get("should_stop", False)


def at_rest(trainer: lightning.Trainer, batch_idx: int) -> bool:
    """Whether nothing is under way after a batch that a checkpoint would not hold.

    Accumulated gradients are not in it, nor is the validation that follows an epoch's last batch.
    """
    batches = batch_idx + 1
    return batches % trainer.accumulate_grad_batches == 0 and batches < trainer.num_training_batches
