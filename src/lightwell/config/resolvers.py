"""Our own `${...}` functions, all registered here."""

import hashlib
import math
import os
import secrets
import sys
from datetime import datetime

from omegaconf import OmegaConf


def register_resolvers() -> None:
    """Make them known to OmegaConf; once is enough, more does no harm.

    `${run_id:}` is made once for each composed config. The jobs of a sweep share its `${sweep_id:}`, in whatever
    process they run, since Hydra hands on what has been resolved.
    """
    OmegaConf.register_new_resolver("run_id", run_id, use_cache=True, replace=True)
    OmegaConf.register_new_resolver("sweep_id", lambda: sweep_id(sys.argv[1:]), use_cache=True, replace=True)
    OmegaConf.register_new_resolver("best_is", best_is, replace=True)
    OmegaConf.register_new_resolver("epochs_for", epochs_for, replace=True)


def run_id() -> str:
    """A name for a run: when it began, and a few letters of chance.

    Processes that SLURM or torchrun have started must agree on it, so there it is the job's: a job that is queued again
    after a time limit, or restarted after a crash, then goes on with its run.
    """
    if int(os.environ.get("SLURM_NTASKS", "1")) > 1 and "SLURM_PROCID" in os.environ:
        return f"slurm-{os.environ['SLURM_JOB_ID']}-{os.environ.get('SLURM_STEP_ID', '0')}"
    if torchrun := os.environ.get("TORCHELASTIC_RUN_ID"):
        return f"torchrun-{os.getppid() if torchrun == 'none' else torchrun}"
    return f"{datetime.now():%Y-%m-%d_%H-%M-%S}-{secrets.token_hex(3)}"


# How a sweep is run, and how far, but not what it is.
NOT_OF_A_SWEEP = ("-", "launcher=", "hydra.launcher", "output_folder=", "sweep.fail_fast=", "sweep.trials=")


def sweep_id(words: list[str]) -> str:
    """A name for a sweep made of its command: given again, it leads to the same folder and goes on there."""
    words = sorted(word.lstrip("+") for word in words if not word.startswith(NOT_OF_A_SWEEP))
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:6]


def best_is(metric: str) -> str:
    """Whether the best value of a metric, such as `val/accuracy`, is its "max" or its "min"."""
    name = metric.rpartition("/")[2]
    return "min" if any(word in name for word in ("loss", "error", "false", "latency", "variation", "drift")) else "max"


def epochs_for(examples: int | None, shown: int, most: int) -> int:
    """How many epochs show so many examples in all, each again and again where there are few.

    Args:
        examples: How many there are; of an unknown number, 10 epochs are made.
        shown: How many are to be shown.
        most: The most epochs that are made of it.
    """
    return min(max(1, math.ceil(shown / examples)), most) if examples else 10
