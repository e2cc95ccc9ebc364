"""Turning a config node into the object that it names."""

import functools
import importlib
import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pytorch_lightning.utilities.exceptions import MisconfigurationException

from lightwell.config.allowed import check_home, check_target
from lightwell.config.mistakes import ConfigMistakes, Mistake


def build(node: Any, *, key: str = "", **given: Any) -> Any:
    """Build what a config node describes, nested nodes first.

    A mapping with a `_target_` becomes that class called with the other entries as keyword arguments; other
    mappings, lists and plain values are returned as they are. `key` is where the node stands, for messages.

    Args:
        node: Plain data, as `OmegaConf.to_container` returns it.
        key: The node's place in the config.
        given: Arguments that the run passes and no config states, such as a model's `input_shape`; a target
            that does not take one is not given it, and a collection passes them on to its members.

    Raises:
        ConfigMistakes: When the target is not allowed, does not exist, or refuses its arguments.
    """
    if isinstance(node, list):
        return [build(item, key=f"{key}.{position}", **given) for position, item in enumerate(node)]
    if not isinstance(node, Mapping):
        return node
    if "_target_" not in node:
        return {name: build(value, key=f"{key}.{name}", **given) for name, value in node.items()}
    arguments = {name: build(value, key=f"{key}.{name}") for name, value in node.items() if name != "_target_"}
    target = locate(node["_target_"], key=key)
    takes = inspect.signature(target).parameters
    welcome = {name: value for name, value in given.items() if name in takes or _takes_anything(takes)}
    with mistaken(key, arguments):
        return target(**{**welcome, **arguments})


@contextmanager
def mistaken(key: str, value: Any) -> Iterator[None]:
    """Tell of what a part refuses as of a mistake in its config."""
    try:
        yield
    except (TypeError, ValueError, RuntimeError, MisconfigurationException) as error:
        raise ConfigMistakes([Mistake(key, value, str(error), f"Look at the values below {key}.")]) from error


def _takes_anything(parameters: Mapping[str, inspect.Parameter]) -> bool:
    return any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters.values())


def later(node: Mapping[str, Any], *, key: str) -> functools.partial[Any]:
    """Prepare a node whose first argument is known only later, as an optimizer's parameters are."""
    arguments = {name: build(value, key=f"{key}.{name}") for name, value in node.items() if name != "_target_"}
    return functools.partial(locate(node["_target_"], key=key), **arguments)


def locate(path: str, *, key: str) -> Any:
    """Import the class or function of a dotted path, if it is one that a config may name.

    The path is checked twice: by its words, before anything is imported, and by where the object found was
    really defined, so that no module's own imports can be used as a way out.
    """
    refusal = check_target(path)
    if refusal:
        raise ConfigMistakes([Mistake(f"{key}._target_", path, refusal, "")])
    module_name, _, name = path.rpartition(".")
    try:
        target = getattr(importlib.import_module(module_name), name)
    except (ImportError, AttributeError) as error:
        raise ConfigMistakes([Mistake(f"{key}._target_", path, f"{path} cannot be imported: {error}.", "")]) from error
    made = inspect.isclass(target) or inspect.isfunction(target)
    refusal = check_home(target.__module__, target.__name__) if made else f"{path} is neither a class nor a function."
    if refusal:
        raise ConfigMistakes([Mistake(f"{key}._target_", path, refusal, "")])
    return target
