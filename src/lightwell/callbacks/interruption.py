"""Stopping a run in an orderly way: on Ctrl-C and on SIGTERM, which is how clusters take machines back."""

import logging
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytorch_lightning as lightning

from lightwell.callbacks.checkpoint import Checkpoint, at_rest
from lightwell.callbacks.lookup import callbacks_of
from lightwell.runs.checkpoints import save_last
from lightwell.runs.interrupted import Interrupted

log = logging.getLogger(__name__)
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption(lightning.Callback):
    """Ends training after the step in hand, with everything saved; a second signal leaves at once.

    Processes agree after each step whether one of them was asked to stop, since a process that stopped alone would
    leave the others waiting for it.
    """

    def __init__(self) -> None:
        self.signum: int | None = None
        self.training = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take the signals for as long as the run lasts."""
        before = {signum: signal.getsignal(signum) for signum in SIGNALS}
        self._listen()
        try:
            yield
        finally:
            for signum, handler in before.items():
                signal.signal(signum, handler)

    def _listen(self) -> None:
        for signum in SIGNALS:
            signal.signal(signum, self._note)

    def _note(self, signum: int, frame: FrameType | None) -> None:
        if self.signum is not None:
            os._exit(128 + signum)
        self.signum = signum
        if not self.training:
            raise Interrupted(signum)
        log.warning("Stopping after this step. Once more leaves at once.")

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Lightning has put a handler of its own for SIGTERM, which would end the run as if it had finished."""
        self._listen()
        self.training = True

    def on_train_batch_end(
        self,
        trainer: lightning.Trainer,
        pl_module: lightning.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Stop here if any process was asked to, and if a checkpoint can hold all that is under way."""
        if at_rest(trainer, batch_idx) and self._agreed(trainer):
            save_last(trainer)
            self._end()

    def on_train_epoch_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Stop between two epochs: what the last one left has just been saved."""
        if callbacks_of(trainer, Checkpoint) and self._agreed(trainer):
            self._end()

    def _agreed(self, trainer: lightning.Trainer) -> bool:
        stop = self.signum is not None
        return trainer.strategy.reduce_boolean_decision(stop, all=False) if trainer.world_size > 1 else stop

    def on_train_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """A signal that came during the last validation."""
        if self.signum is not None:
            self._end()
        self.training = False

    def _end(self) -> None:
        raise Interrupted(self.signum or signal.SIGINT)
