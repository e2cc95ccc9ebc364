"""One Hydra job, alone or of a sweep, in one process or several."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import open_dict, read_write

LAUNCH_VARIABLES = ("MASTER_ADDR", "MASTER_PORT", "NODE_RANK", "LOCAL_RANK", "WORLD_SIZE")


@contextmanager
def one_job() -> Iterator[Path]:
    """Make one job of a sweep look like a run of its own to the processes that Lightning starts.

    For several processes Lightning runs the command line again. Within a sweep that would be the whole sweep again:
    each process would choose settings of its own, and processes with different settings would train together
    without an error. So the command line becomes the job's own while it runs, and afterwards the process group and
    its variables go, unless a launcher such as torchrun had set them.

    Yields:
        The job's folder.
    """
    hydra: Any = HydraConfig.get()
    arguments = sys.argv
    if hydra.mode == RunMode.MULTIRUN:
        sys.argv = [arguments[0], *hydra.overrides.task]
        with read_write(hydra), open_dict(hydra):
            hydra.run.dir = hydra.runtime.output_dir
    launched_here = "LOCAL_RANK" not in os.environ
    try:
        yield Path(hydra.runtime.output_dir)
    finally:
        sys.argv = arguments
        if launched_here:
            if torch.distributed.is_available() and torch.distributed.is_initialized():
                torch.distributed.destroy_process_group()
            for name in LAUNCH_VARIABLES:
                os.environ.pop(name, None)
