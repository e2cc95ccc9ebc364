"""Each word of a command line: whether what it changes exists, and what was probably meant.

Hydra stops at the first word that it cannot use. Here each is looked at on its own, so that all can be told at once,
and so that an argument which a class takes can be given without a `+`, though no YAML file mentions it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hydra.core.override_parser.types import Override
from hydra.errors import OverrideParseException
from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf._utils import split_key

from lightwell.config.check import ABOUT, COLLECTIONS
from lightwell.config.compose import Composer
from lightwell.config.mistakes import ConfigMistakes, Mistake
from lightwell.config.nearest import did_you_mean, nearest, nearest_key
from lightwell.config.signatures import Signature, signature
from lightwell.config.sources import NotThere
from lightwell.config.values import keys_of


@dataclass
class CommandLine:
    """The words of a command line that can be used, and what is wrong with the others.

    Attributes:
        usable: What Hydra is given for each word that can be used: the word itself, or `++key=value` where a class
            takes an argument that stands in no YAML file.
        mistakes: One or more for each word that cannot be used.
    """

    usable: dict[str, str] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)


def read(overrides: list[str], composer: Composer, *, sweeping: bool) -> CommandLine:
    """Look at each override on its own."""
    line = CommandLine()
    composer.read_search_path(overrides)
    values: dict[str, Override] = {}
    for word in overrides:
        try:
            override = composer.parse(word)
        except OverrideParseException as error:
            line.mistakes.append(_unreadable(word, error))
            continue
        if override.is_sweep_override() and not sweeping:
            line.mistakes.append(_lone_sweep(override))
        elif composer.is_group(override.key_or_group):
            mistakes = [*_choice(override, composer)]
            line.mistakes += mistakes
            line.usable |= {} if mistakes else {word: word}
        else:
            values[word] = override
            line.usable[word] = word  # keeps its place
    base = composer.compose([word for word in line.usable if word not in values], sweeping=True)
    for word, override in values.items():
        mistake = _value(override, base, composer)
        if mistake is None:
            line.usable[word] = _added(override) if _stands(base, override.key_or_group) is None else word
        else:
            line.mistakes.append(mistake)
            del line.usable[word]
    return line


def find_culprits(line: CommandLine, composer: Composer, *, sweeping: bool) -> None:
    """Move each word on which Hydra fails all the same from the usable ones to the mistakes."""
    for word, given in [*line.usable.items()]:
        try:
            composer.compose([given], sweeping=sweeping)
        except ConfigMistakes as found:
            line.mistakes.append(Mistake(word, None, found.mistakes[0].problem))
            del line.usable[word]


def _unreadable(word: str, error: OverrideParseException) -> Mistake:
    if "=" not in word and not word.startswith("~"):
        return Mistake(word, None, "This is no override: it has no value.", f"Write {word}=VALUE.")
    reason = str(error).splitlines()[0]
    advice = "Quote what has blanks or signs in it: 'key=\"a value\"'."
    return Mistake(word, None, f"This cannot be read as key=value: {reason}.", advice)


def _lone_sweep(override: Override) -> Mistake:
    key, value = override.key_or_group, override.get_value_element_as_str()
    advice = f"Add -m for one run with each, or write a list: {key}=[{value}]."
    return Mistake(key, value, "Several values are a sweep, and this is a single run.", advice)


def _choice(override: Override, composer: Composer) -> Iterator[Mistake]:
    """The options named for a group: one, a list, or a sweep over some."""
    group = override.key_or_group
    options = composer.options(group)
    for name in () if override.is_delete() else chosen(override):
        if name is not None and name not in options:
            guess = nearest(str(name), options)
            question = did_you_mean(f"{group}={guess}" if guess else None)
            listed = f"Options: {', '.join(options)}."
            yield Mistake(group, name, f"There is no option {name} of {group}.", f"{question} {listed}".strip())


def chosen(override: Override) -> list[Any]:
    """The values that an override gives, those of a sweep one after the other."""
    if override.is_interval_sweep():
        interval: Any = override.value()
        return [interval.start, interval.end]
    if override.is_sweep_override():
        return [item for value in override.sweep_iterator() for item in _as_list(value)]
    return _as_list(override.value())


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _value(override: Override, base: DictConfig, composer: Composer) -> Mistake | None:
    """Why a key cannot be changed, added or deleted; None when it can."""
    key = override.key_or_group
    value = None if override.is_delete() else _shown(override)
    if override.package is not None or "/" in key:
        groups = composer.groups()
        question = did_you_mean(nearest(key, groups))
        return Mistake(key, value, f"There is no group {key}.", question or f"There are: {', '.join(groups)}.")
    if _stands(base, key) is not None:
        return None
    depth, owner = _owner(base, key)
    words = split_key(key)
    if not override.is_delete():
        if owner and (owner.takes_any or words[depth] in owner.parameters):
            return None
        adds = override.is_add() or override.is_force_add()
        if (words[0] in COLLECTIONS and len(words) > 1 and adds) or key in ABOUT or (words[0] == "hydra" and adds):
            return None
    if len(words) > 2 and words[0] in COLLECTIONS and words[1] in composer.options(words[0]):
        problem = f"{words[1]} is not among the {words[0]} of this run."
        return Mistake(key, value, problem, f"Add it: {words[0]}=[...,{words[1]}].")
    guess = nearest_key(key, [*_known_keys(base), *composer.groups()])
    return Mistake(key, value, f"There is no key {key}.", did_you_mean(guess) or _siblings(base, words))


def _shown(override: Override) -> Any:
    return override.get_value_element_as_str() if override.is_sweep_override() else override.value()


def _siblings(base: DictConfig, words: list[str]) -> str:
    """What there is instead, beside the first word that is not there."""
    parent: Any = base
    while words and isinstance(parent, DictConfig) and words[0] in parent:
        parent, words = parent._get_node(words[0]), words[1:]
    names = [str(name) for name in parent if name != "hydra"] if isinstance(parent, DictConfig) else []
    return f"There are: {', '.join(names)}." if names else ""


def _added(override: Override) -> str:
    return override.input_line if override.is_delete() else f"++{override.input_line.lstrip('+')}"  # type: ignore[union-attr]


def _stands(config: DictConfig, key: str) -> Any:
    """The node at a key, whatever it holds; None where there is none."""
    node: Any = config
    for word in split_key(key):
        if isinstance(node, DictConfig):
            node = node._get_node(word) if word in [str(name) for name in node] else None
        elif isinstance(node, ListConfig) and word.isdecimal() and int(word) < len(node):
            node = node._get_node(int(word))
        else:
            return None
    return node


def _owner(config: DictConfig, key: str) -> tuple[int, Signature | None]:
    """The signature of the nearest `_target_` above a key, and which word of the key names its argument."""
    words = split_key(key)
    for depth in range(len(words) - 1, 0, -1):
        node = _stands(config, ".".join(words[:depth]))
        target = OmegaConf.to_container(node).get("_target_") if isinstance(node, DictConfig) and node else None  # type: ignore[union-attr]
        if isinstance(target, str):
            return depth, _signature(target)
    return 0, None


def _signature(target: str) -> Signature | None:
    try:
        return signature(target)
    except NotThere:
        return None


def _known_keys(base: DictConfig) -> Iterator[str]:
    """Every key that stands in the config, and every argument that one of its classes takes."""
    values: Any = OmegaConf.to_container(base)
    values.pop("hydra", None)
    for key in keys_of(values):
        parent, _, name = key.rpartition(".")
        if name != "_target_":
            yield key
            continue
        target = OmegaConf.select(base, key)
        taken = _signature(target) if isinstance(target, str) else None
        yield from (f"{parent}.{argument}" for argument in (taken.parameters if taken else ()))
