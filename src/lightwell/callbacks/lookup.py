"""What a callback finds at its trainer."""

from typing import TypeVar

import pytorch_lightning as lightning
from pytorch_lightning.loggers import TensorBoardLogger
from torch.utils.tensorboard import SummaryWriter

Kind = TypeVar("Kind", bound=lightning.Callback)


def callbacks_of(trainer: lightning.Trainer, kind: type[Kind]) -> list[Kind]:
    """The trainer's callbacks of one kind."""
    return [callback for callback in trainer.callbacks if isinstance(callback, kind)]  # type: ignore[attr-defined]


def tensorboard_writers(trainer: lightning.Trainer) -> list[SummaryWriter]:
    """TensorBoard's writers, in the process that writes."""
    if not trainer.is_global_zero:
        return []
    return [logger.experiment for logger in trainer.loggers if isinstance(logger, TensorBoardLogger)]
