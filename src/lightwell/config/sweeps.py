"""Every job of a sweep, before the first one starts.

Each value is tried once, with the first value of everything else: that finds a mistake in any value without composing
every combination.
"""

from collections.abc import Iterator
from typing import Any

from hydra.core.override_parser.types import Override
from omegaconf import DictConfig, OmegaConf

from lightwell.config.compose import Composer


def first_job(overrides: list[Override]) -> list[str]:
    """The overrides of the job that has the first value of everything."""
    return [_words(override)[0] for override in overrides]


def jobs(overrides: list[Override], composer: Composer, first: DictConfig) -> Iterator[DictConfig]:
    """The configs of a sweep, one value of one key changed at a time; the first job is not among them."""
    for position, override in enumerate(overrides):
        for word in _words(override)[1:]:
            if composer.is_group(override.key_or_group):
                words = first_job(overrides)
                yield composer.compose([*words[:position], word, *words[position + 1 :]])
            else:
                yield _changed(first, composer.parse(word))


def swept(config: DictConfig) -> list[str]:
    """What a `sweep` config or the command line gives to Hydra's sweeper as `hydra.sweeper.params`."""
    params: Any = OmegaConf.select(config, "hydra.sweeper.params")
    return [f"{key}={value}" for key, value in params.items()] if isinstance(params, DictConfig) else []


def _words(override: Override) -> list[str]:
    """An override for each value that it gives."""
    key = override.get_key_element()
    if override.is_interval_sweep():
        interval: Any = override.value()
        return [f"{key}={interval.start}", f"{key}={interval.end}"]
    if override.is_sweep_override():
        return [f"{key}={value}" for value in override.sweep_string_iterator()]
    return [override.input_line or ""]


def _changed(config: DictConfig, override: Override) -> DictConfig:
    """A copy with one value changed: what Hydra does last, without composing anew."""
    changed = config.copy()
    OmegaConf.update(changed, override.key_or_group, override.value(), merge=True, force_add=True)
    return changed
