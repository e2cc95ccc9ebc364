"""Our own `${...}` functions, all registered here."""

import hashlib
import math
import secrets
import sys

from omegaconf import OmegaConf


def register_resolvers() -> None:
    """Make them known to OmegaConf; once is enough, more does no harm.

    `${short_id:}` is drawn once for each composed config. The jobs of a sweep share its `${sweep_id:}`, in whatever
    process they run, since Hydra hands on what has been resolved.
    """
    OmegaConf.register_new_resolver("short_id", lambda: secrets.token_hex(3), use_cache=True, replace=True)
    OmegaConf.register_new_resolver("sweep_id", lambda: sweep_id(sys.argv[1:]), use_cache=True, replace=True)
    OmegaConf.register_new_resolver("best_is", best_is, replace=True)
    OmegaConf.register_new_resolver("epochs_for", epochs_for, replace=True)


# How a sweep is run, and how far, but not what it is.
NOT_OF_A_SWEEP = ("-", "launcher=", "hydra.launcher", "output_folder=", "sweep.fail_fast=", "sweep.trials=")


def sweep_id(words: list[str]) -> str:
    """A name for a sweep made of its command: given again, it leads to the same folder and goes on there."""
    words = sorted(word.lstrip("+") for word in words if not word.startswith(NOT_OF_A_SWEEP))
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:6]


def best_is(metric: str) -> str:
    """Whether the best value of a metric, such as `val/accuracy`, is its "max" or its "min"."""
    name = metric.rpartition("/")[2]
    return "min" if "loss" in name or "error" in name else "max"


def epochs_for(examples: int | None, shown: int, most: int) -> int:
    """How many epochs show so many examples in all, each again and again where there are few.

    Args:
        examples: How many there are; of an unknown number, 10 epochs are made.
        shown: How many are to be shown.
        most: The most epochs that are made of it.
    """
    return min(max(1, math.ceil(shown / examples)), most) if examples else 10
