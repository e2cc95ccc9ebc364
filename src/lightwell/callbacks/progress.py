"""Telling how far training is: a bar on a terminal, a line an epoch elsewhere."""

import logging
import sys
import time

import pytorch_lightning as lightning
from pytorch_lightning.callbacks import RichProgressBar

log = logging.getLogger(__name__)


def progress() -> lightning.Callback:
    """A bar where somebody watches a terminal, else lines that read well in a log."""
    return RichProgressBar(leave=True) if sys.stderr.isatty() else EpochLine()


class EpochLine(lightning.Callback):
    """One line an epoch: its figures, how long it took and how long the rest will take."""

    def __init__(self) -> None:
        self.started = 0.0
        self.first_epoch = 0

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Start the clock."""
        self.started = time.monotonic()
        self.first_epoch = trainer.current_epoch

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Tell of the epoch."""
        done = trainer.current_epoch + 1
        seconds = (time.monotonic() - self.started) / (done - self.first_epoch)
        shown = [f"{name} {float(value):.4f}" for name, value in trainer.callback_metrics.items() if _matters(name)]
        left = f", {duration(seconds * (trainer.max_epochs - done))} left" if trainer.max_epochs else ""
        log.info("epoch %d of %s: %s (%s%s)", done, trainer.max_epochs, ", ".join(shown), duration(seconds), left)


def _matters(name: str) -> bool:
    return name in ("train/loss", "val/loss", "val/accuracy", "val/average_precision", "val/equal_error_rate", "val/f1")


def duration(seconds: float) -> str:
    """Seconds in words, such as `4.2 s` or `3 min 20 s`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
