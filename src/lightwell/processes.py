"""What the processes of a run know of each other."""

import os
from typing import Any

import pytorch_lightning as lightning
import torch

from lightwell.config.mistakes import ConfigMistakes, Mistake


def process_rank() -> int:
    """This process's number among those of a run, before Lightning is asked."""
    return int(next((os.environ[name] for name in ("RANK", "SLURM_PROCID", "LOCAL_RANK") if name in os.environ), 0))


def check_processes(hardware: dict[str, Any]) -> None:
    """Hold the processes that SLURM or torchrun have started against those that the hardware config expects.

    Where they differ, some processes would wait for others that never come.

    Raises:
        ConfigMistakes: When they do not agree.
    """
    started = {
        "devices": os.environ.get("LOCAL_WORLD_SIZE") or os.environ.get("SLURM_NTASKS_PER_NODE"),
        "num_nodes": os.environ.get("GROUP_WORLD_SIZE") or os.environ.get("SLURM_NNODES"),
    }
    if int(os.environ.get("WORLD_SIZE") or os.environ.get("SLURM_NTASKS") or 1) == 1:
        return
    mistakes = []
    for key, count in started.items():
        asked = hardware.get(key, 1)
        asked = len(asked) if isinstance(asked, list) else asked
        if count and count.isdecimal() and isinstance(asked, int) and asked not in (-1, int(count)):
            each = "processes a node" if key == "devices" else "nodes"
            problem = f"{count} {each} were started."
            mistakes.append(
                Mistake(f"hardware.{key}", asked, problem, f"Give hardware.{key}={count}, or start {asked}.")
            )
    if mistakes:
        raise ConfigMistakes(mistakes)


def gathered(trainer: lightning.Trainer, share: Any) -> list[Any]:
    """Every process's share, in the order of the processes."""
    if trainer.world_size == 1:
        return [share]
    shares: list[Any] = [None] * trainer.world_size
    torch.distributed.all_gather_object(shares, share)
    return shares


def added_up(trainer: lightning.Trainer, values: torch.Tensor) -> torch.Tensor:
    """The sum of all processes' values; in each of them the same."""
    if trainer.world_size > 1:
        torch.distributed.all_reduce(values)
    return values
