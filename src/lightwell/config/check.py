"""Every key of a composed config against what it is for; all mistakes at once.

Nothing is imported: arguments, types and defaults come from source text, and so do the class attributes by which
parts say what they fit.
"""

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from lightwell.config.annotations import kinds_by_default
from lightwell.config.fit import misfits
from lightwell.config.mistakes import Mistake, once
from lightwell.config.nearest import did_you_mean, nearest
from lightwell.config.nodes import check_node, check_value
from lightwell.config.values import UNKNOWN, plain

# One _target_ each, and a mapping from names to _target_s each.
PARTS = ("task", "model", "loss", "optimizer", "scheduler", "data", "hardware", "sweep")
COLLECTIONS = ("callbacks", "logger")
# What an experiment tells of itself, for its report.
ABOUT = ("question",)


def conf_folder() -> Path:
    """The folder of configs beside `train.py`."""
    return Path(__file__).parents[3] / "conf"


def check(config: DictConfig, *, config_dir: Path | None = None) -> list[Mistake]:
    """What is wrong with a composed config; an empty list when nothing is.

    Args:
        config: As Hydra composes it, with interpolations.
        config_dir: Where it was composed from, if not from the project's own `conf`.
    """
    composed = plain(config)
    config_dir = config_dir or conf_folder()
    mistakes = [*composed.mistakes, *_top_level(composed.values, config_dir)]
    for name, value in composed.values.items():
        if name in COLLECTIONS and isinstance(value, Mapping):
            mistakes += [mistake for member in value for mistake in _part(value[member], f"{name}.{member}", name)]
        elif name in PARTS:
            mistakes += _part(value, name, name)
    mistakes += misfits(composed.values, config_dir)
    told = {mistake.key for mistake in mistakes}
    # What refers to a mistake is not another one.
    return once([mistake for mistake in mistakes if composed.references.get(mistake.key) not in told])


def _top_level(values: dict[str, Any], config_dir: Path) -> Iterator[Mistake]:
    base = config_dir / "train.yaml"
    defaults = _plain_file(base, base.stat().st_mtime_ns) if base.is_file() else {}
    groups = [folder.name for folder in config_dir.iterdir() if folder.is_dir()]
    known = {*defaults, *groups, *ABOUT, *PARTS} - {"defaults", "hydra"}
    for part in PARTS:
        if part not in values:
            yield Mistake(part, None, f"A run needs {part}=...", f"Options: {', '.join(options(config_dir, part))}.")
    for name, value in values.items():
        if name not in known:
            guess = nearest(name, known)
            plain_keys = ", ".join(sorted(known - set(groups) - set(PARTS)))
            yield Mistake(name, value, f"There is no key {name}.", did_you_mean(guess) or f"There are: {plain_keys}.")
        elif name not in groups and name not in PARTS and value is not UNKNOWN:
            yield from check_value(name, value, kinds_by_default(defaults.get(name)), name)


@functools.lru_cache(maxsize=8)
def _plain_file(path: Path, changed: int) -> dict[str, Any]:
    """A YAML file; read once for all jobs of a sweep, and again when it has changed."""
    content: Any = OmegaConf.to_container(OmegaConf.load(path), resolve=False)
    return content


def options(config_dir: Path, group: str) -> list[str]:
    """The options of a config group."""
    return sorted(file.stem for file in (config_dir / group).glob("*.yaml"))


def _part(node: Any, key: str, part: str) -> Iterator[Mistake]:
    if isinstance(node, Mapping) and "_target_" in node:
        yield from check_node(node, key, part)
    elif node is not UNKNOWN and not (node is None and part in COLLECTIONS):
        yield Mistake(key, node, f"{key} has no _target_, the class that it configures.", f"Choose one with {part}=...")
