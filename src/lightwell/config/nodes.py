"""One `_target_` and its arguments, against the source of the class that it names."""

import importlib.util
from collections.abc import Iterator, Mapping
from typing import Any

from lightwell.config.allowed import check_home, check_target, where_allowed
from lightwell.config.annotations import Kind, choices_of, describe, fits, kinds_of
from lightwell.config.fit import made_for_a_run
from lightwell.config.mistakes import Mistake
from lightwell.config.nearest import did_you_mean, nearest
from lightwell.config.ranges import out_of_range
from lightwell.config.signatures import Signature, classes_in, signature
from lightwell.config.sources import NotThere, home_of
from lightwell.config.values import UNKNOWN

# What a run passes when it builds a part, so that no config states it.
GIVEN = {
    "task": frozenset({"model", "loss", "optimizer", "schedule", "classes", "mean", "std", "artworks"}),
    "model": frozenset({"input_shape"}),
    "loss": frozenset({"class_counts", "network"}),
    "optimizer": frozenset({"params"}),
    "hardware": frozenset({"callbacks", "logger", "default_root_dir", "max_epochs"}),
    "logger": frozenset({"save_dir"}),
}
INSTEAD = {
    "max_epochs": "Give epochs=NUMBER.",
    "default_root_dir": "Give output_folder=FOLDER.",
    "callbacks": "Give callbacks=[...].",
    "logger": "Give logger=...",
}
# What an optional part needs; each is an extra of this package.
EXTRAS = {
    "pytorch_lightning.loggers.MLFlowLogger": "mlflow",
    "pytorch_lightning.loggers.WandbLogger": "wandb",
    "lightwell.sweeps.Search": "optuna",
}
# Where our own classes are offered.
OUR_PARTS = ("callbacks", "data", "losses", "models", "tasks")


def check_node(node: Mapping[str, Any], key: str, part: str = "") -> Iterator[Mistake]:
    """The mistakes of a mapping with a `_target_`, and of those inside it.

    Args:
        node: Plain values, with UNKNOWN for what could not be resolved.
        key: Where it stands.
        part: Which part of a run it is; arguments that the run gives to that part are not to be stated.
    """
    target = node["_target_"]
    for name in node:
        if name.startswith("_") and name != "_target_":
            yield private(f"{key}.{name}", node[name])
    if target is UNKNOWN:
        return
    mistake, taken = _target(target, f"{key}._target_")
    if mistake:
        yield mistake
    arguments = {name: value for name, value in node.items() if not name.startswith("_")}
    if taken and made_for_a_run(key, target):
        yield from _arguments(arguments, taken, target, key, GIVEN.get(part, frozenset()))
    for name, value in arguments.items():
        yield from _nested(value, f"{key}.{name}")


def _nested(value: Any, key: str) -> Iterator[Mistake]:
    if isinstance(value, Mapping):
        if "_target_" in value:
            yield from check_node(value, key)
            return
        for name, inner in value.items():
            yield from _nested(inner, f"{key}.{name}")
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _nested(inner, f"{key}.{position}")


def _target(target: Any, key: str) -> tuple[Mistake | None, Signature | None]:
    """The signature of a target that a config may name, or why there is none."""
    refusal = check_target(target)
    if refusal:
        guess = nearest(str(target), [path for module in OUR_PARTS for path in classes_in(f"lightwell.{module}")])
        return Mistake(key, target, refusal, did_you_mean(guess) or where_allowed()), None
    try:
        taken = signature(target)
    except NotThere as absent:
        module = target.rpartition(".")[0]
        named = [f"{module}.{known}" for known in absent.known if not check_target(f"{module}.{known}")]
        guess = nearest(target, named)
        return Mistake(key, target, absent.problem, did_you_mean(guess) or "Check its spelling."), None
    extra = EXTRAS.get(target)
    if extra and importlib.util.find_spec(extra) is None:
        return Mistake(key, target, f"{extra} is not installed.", f"Run pip install 'lightwell[{extra}]'."), taken
    elsewhere = check_home(home_of(target), target.rpartition(".")[2])
    return (Mistake(key, target, elsewhere, where_allowed()), None) if elsewhere else (None, taken)


def _arguments(
    arguments: Mapping[str, Any], taken: Signature, owner: str, key: str, given: frozenset[str]
) -> Iterator[Mistake]:
    for name, value in arguments.items():
        if name in given:
            yield Mistake(f"{key}.{name}", value, f"The run gives {name} itself.", INSTEAD.get(name, "Leave it out."))
        elif name in taken.parameters:
            yield from check_value(name, value, kinds_of(taken.parameters[name]), f"{key}.{name}")
        elif not taken.takes_any:
            yield unknown_argument(name, value, taken, owner, key)
    for name, parameter in taken.parameters.items():
        if parameter.required and name not in arguments and name not in given and f"{key}.{name}" != "model.outputs":
            what = f"Give {key}.{name}=VALUE: {describe(kinds_of(parameter))}."
            yield Mistake(f"{key}.{name}", None, f"{owner} needs {name}.", what)


def unknown_argument(name: str, value: Any, taken: Signature, owner: str, key: str) -> Mistake:
    """The mistake of giving a class, configured at a key, an argument that it does not take."""
    if name.startswith("_"):
        return private(f"{key}.{name}", value)
    given = GIVEN.get(key.split(".")[0], frozenset())
    takes = [known for known in taken.parameters if known not in given]
    guess = nearest(name, takes)
    question = did_you_mean(f"{key}.{guess}" if guess else None)
    advice = f"It takes: {', '.join(takes)}." if takes else "It takes none."
    return Mistake(f"{key}.{name}", value, f"{owner} has no argument '{name}'.", f"{question} {advice}".strip())


def private(key: str, value: Any) -> Mistake:
    """The mistake of using a key of Hydra's `instantiate`, such as `_partial_`, which is not used here."""
    name = key.rpartition(".")[2]
    return Mistake(
        key, value, f"{name} has no meaning here.", "Of keys with an underscore in front, only _target_ has."
    )


def check_value(name: str, value: Any, kinds: list[Kind], key: str) -> Iterator[Mistake]:
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
