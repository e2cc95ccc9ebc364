"""The checkpoints of a run folder: written whole or not at all, and found again."""

import logging
import pickle
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytorch_lightning as lightning
import torch

log = logging.getLogger(__name__)
# The one before the last is kept for the day on which the last cannot be read.
RESUMABLE = ("last.ckpt", "previous.ckpt")


def save_last(trainer: lightning.Trainer, *, is_best: bool = False) -> None:
    """Write `last.ckpt`, whose predecessor becomes `previous.ckpt`, and, if it is the best, `best.ckpt`.

    Every process has to call it. A process killed at any instant leaves a checkpoint that can be resumed: a new name is
    written first, and names change hands by renaming. `best.ckpt` comes first, since a run that goes on from an older
    `last.ckpt` will only write the same one again.
    """
    folder = Path(trainer.default_root_dir) / "checkpoints"
    new = folder / ".new.ckpt"
    trainer.save_checkpoint(new)
    if trainer.is_global_zero:
        if is_best:
            shutil.copyfile(new, folder / ".best.ckpt")
            (folder / ".best.ckpt").replace(folder / "best.ckpt")
        if (folder / "last.ckpt").exists():
            (folder / "last.ckpt").replace(folder / "previous.ckpt")
        new.replace(folder / "last.ckpt")
    trainer.strategy.barrier("last.ckpt")


@dataclass(frozen=True)
class Resumable:
    """A checkpoint from which a run can go on.

    Attributes:
        file: The checkpoint.
        epoch: The epoch under way, from 0.
        step: How many optimizer steps were done.
    """

    file: Path
    epoch: int
    step: int


def resumable(run: Path) -> Resumable | None:
    """The newest checkpoint from which a run can go on; None where there is none that can be read."""
    for name in RESUMABLE:
        file = run / "checkpoints" / name
        if not file.is_file():
            continue
        checkpoint = read_checkpoint(file)
        if checkpoint is not None:
            return Resumable(file, checkpoint["epoch"], checkpoint["global_step"])
        log.warning("%s cannot be read; it is left alone.", file)
    return None


def read_checkpoint(file: Path) -> dict[str, Any] | None:
    """A checkpoint's content, as weights and plain data only; None where the file is torn."""
    try:
        checkpoint = torch.load(file, map_location="cpu", weights_only=True)
    except (OSError, EOFError, RuntimeError, ValueError, pickle.UnpicklingError):
        return None
    return checkpoint if isinstance(checkpoint, dict) else None
