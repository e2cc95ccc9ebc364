"""Our own `${...}` functions, all registered here."""

import secrets

from omegaconf import OmegaConf


def register_resolvers() -> None:
    """Make them known to OmegaConf; once is enough, more does no harm.

    `${short_id:}` is drawn once for each composed config, and the jobs of a sweep share it, as they share `${now:}`.
    """
    OmegaConf.register_new_resolver("short_id", lambda: secrets.token_hex(3), use_cache=True, replace=True)
    OmegaConf.register_new_resolver("best_is", best_is, replace=True)


def best_is(metric: str) -> str:
    """Whether the best value of a metric, such as `val/accuracy`, is its "max" or its "min"."""
    name = metric.rpartition("/")[2]
    return "min" if "loss" in name or "error" in name else "max"
