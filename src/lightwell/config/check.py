"""Every key of a composed config against what it is for; all mistakes at once.

Nothing is imported: arguments, types and defaults come from source text, and so do the class attributes by which
parts say what they fit.
"""

import importlib.util
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from lightwell.config.allowed import check_home, check_target, where_allowed
from lightwell.config.annotations import choices_of, describe, fits, kinds_by_default, kinds_of
from lightwell.config.fit import made_for_a_run, misfits
from lightwell.config.mistakes import Mistake
from lightwell.config.nearest import did_you_mean, nearest
from lightwell.config.ranges import out_of_range
from lightwell.config.signatures import Signature, signature
from lightwell.config.sources import NotThere
from lightwell.config.values import UNKNOWN, plain

# One _target_ each, and a mapping from names to _target_s each.
PARTS = ("task", "model", "loss", "optimizer", "scheduler", "data", "hardware")
COLLECTIONS = ("callbacks", "logger")
# What a run passes when it builds a part, so that no config states it.
GIVEN = {
    "task": {"model", "loss", "optimizer", "schedule", "classes", "mean", "std"},
    "model": {"input_shape"},
    "loss": {"class_counts"},
    "optimizer": {"params"},
    "hardware": {"callbacks", "logger", "default_root_dir", "max_epochs"},
    "logger": {"save_dir"},
}
INSTEAD = {
    "max_epochs": "Give epochs=NUMBER.",
    "default_root_dir": "Give output_folder=FOLDER.",
    "callbacks": "Give callbacks=[...].",
    "logger": "Give logger=...",
}
# Mappings that become a class's arguments.
ARGUMENTS_OF = {"data.augmentation": "lightwell.data.augmentation.Augmentation"}
# What an optional part needs; each is an extra of this package.
EXTRAS = {"pytorch_lightning.loggers.MLFlowLogger": "mlflow", "pytorch_lightning.loggers.WandbLogger": "wandb"}
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
    # What refers to a mistake is not another one, and neither is what two checks found.
    once = {(mistake.key, mistake.problem): mistake for mistake in mistakes}
    return [mistake for mistake in once.values() if composed.references.get(mistake.key) not in told]


def _top_level(values: dict[str, Any], config_dir: Path) -> Iterator[Mistake]:
    defaults: Any = OmegaConf.to_container(OmegaConf.load(config_dir / "train.yaml"), resolve=False)
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
            yield from _value(name, value, kinds_by_default(defaults.get(name)), name)


def options(config_dir: Path, group: str) -> list[str]:
    """The options of a config group."""
    return sorted(file.stem for file in (config_dir / group).glob("*.yaml"))


def _part(node: Any, key: str, part: str) -> Iterator[Mistake]:
    if isinstance(node, Mapping) and "_target_" in node:
        yield from _node(node, key, GIVEN.get(part, set()))
    elif node is not UNKNOWN and not (node is None and part in COLLECTIONS):
        yield Mistake(key, node, f"{key} has no _target_, the class that it configures.", f"Choose one with {part}=...")


def _node(node: Mapping[str, Any], key: str, given: set[str] = frozenset()) -> Iterator[Mistake]:  # type: ignore[assignment]
    """The mistakes of a mapping with a `_target_`, and of those inside it."""
    target = node["_target_"]
    for name in node:
        if name.startswith("_") and name != "_target_":
            yield Mistake(f"{key}.{name}", node[name], f"{name} has no meaning here.", "Of such keys only _target_ has.")
    if target is UNKNOWN:
        return
    mistake, taken = _target(target, f"{key}._target_")
    if mistake:
        yield mistake
    arguments = {name: value for name, value in node.items() if not name.startswith("_")}
    if taken and made_for_a_run(key, target):
        yield from _arguments(arguments, taken, target, key, given)
    for name, value in arguments.items():
        yield from _nested(value, f"{key}.{name}")


def _nested(value: Any, key: str) -> Iterator[Mistake]:
    if isinstance(value, Mapping):
        if "_target_" in value:
            yield from _node(value, key)
            return
        if key in ARGUMENTS_OF:
            taken = signature(ARGUMENTS_OF[key])
            yield from _arguments(value, taken, key, key) if taken else ()
        for name, inner in value.items():
            yield from _nested(inner, f"{key}.{name}")
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _nested(inner, f"{key}.{position}")


def _target(target: Any, key: str) -> tuple[Mistake | None, Signature | None]:
    """The signature of a target that a config may name, or why there is none."""
    refusal = check_target(target)
    if refusal:
        return Mistake(key, target, refusal, where_allowed()), None
    try:
        taken = signature(target)
    except NotThere as absent:
        module, _, name = target.rpartition(".")
        named = [f"{module}.{known}" for known in absent.known if not check_target(f"{module}.{known}")]
        guess = nearest(target, named)
        return Mistake(key, target, absent.problem, did_you_mean(guess) or "Check its spelling."), None
    extra = EXTRAS.get(target)
    if extra and importlib.util.find_spec(extra) is None:
        return Mistake(key, target, f"{extra} is not installed.", f"Run pip install 'lightwell[{extra}]'."), taken
    if taken is None:
        return None, None
    elsewhere = check_home(taken.definition.module.name, taken.definition.name)
    return (Mistake(key, target, elsewhere, where_allowed()), None) if elsewhere else (None, taken)


def _arguments(
    arguments: Mapping[str, Any], taken: Signature, owner: str, key: str, given: set[str] = frozenset()  # type: ignore[assignment]
) -> Iterator[Mistake]:
    takes = [name for name in taken.parameters if name not in given]
    for name, value in arguments.items():
        if name in given:
            yield Mistake(f"{key}.{name}", value, f"The run gives {name} itself.", INSTEAD.get(name, "Leave it out."))
        elif name in taken.parameters:
            yield from _value(name, value, kinds_of(taken.parameters[name]), f"{key}.{name}")
        elif not taken.takes_any:
            guess = nearest(name, takes)
            advice = f"It takes: {', '.join(takes)}." if takes else "It takes none."
            question = did_you_mean(f"{key}.{guess}" if guess else None)
            yield Mistake(f"{key}.{name}", value, f"{owner} has no argument '{name}'.", f"{question} {advice}".strip())
    for name, parameter in taken.parameters.items():
        if parameter.required and name not in arguments and name not in given and f"{key}.{name}" != "model.outputs":
            what = f"Give {key}.{name}=VALUE: {describe(kinds_of(parameter))}."
            yield Mistake(f"{key}.{name}", None, f"{owner} needs {name}.", what)


def _value(name: str, value: Any, kinds: list[Any], key: str) -> Iterator[Mistake]:
    """A value's type, then its range."""
    if value is UNKNOWN or (isinstance(value, list) and UNKNOWN in value):
        return
    if not fits(value, kinds):
        choices = choices_of(kinds)
        guess = nearest(value, choices) if isinstance(value, str) else None
        yield Mistake(key, "null" if value is None else value, f"{name} takes {describe(kinds)}.", did_you_mean(guess))
        return
    range_problem = out_of_range(name, value)
    if range_problem:
        yield Mistake(key, value, range_problem)
