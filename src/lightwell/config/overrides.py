"""Each word of a command line: whether what it changes exists, and what was probably meant.

Hydra stops at the first word that it cannot use. Here each is looked at on its own, so that all can be told at once,
and so that an argument which a class takes can be given without a `+`, though no YAML file mentions it.
"""

from collections.abc import Iterator
from typing import Any

from hydra.core.override_parser.types import Override
from hydra.errors import OverrideParseException
from omegaconf import DictConfig

from lightwell.config.check import ABOUT, COLLECTIONS, PARTS
from lightwell.config.compose import Composer
from lightwell.config.keys import argument, known_keys, siblings, stands
from lightwell.config.mistakes import Mistake
from lightwell.config.nearest import did_you_mean, nearest, nearest_key
from lightwell.config.nodes import unknown_argument


def parse(words: list[str], composer: Composer) -> tuple[dict[str, Override], list[Mistake]]:
    """The words that can be read and, where they choose an option, choose one that there is."""
    overrides: dict[str, Override] = {}
    mistakes: list[Mistake] = []
    for word in words:
        try:
            override = composer.parse(word)
        except OverrideParseException as error:
            mistakes.append(_unreadable(word, error))
            continue
        if not singles(override, composer):
            mistakes.append(Mistake(word, None, "This sweep is over no value.", "Give it at least one."))
            continue
        wrong = [*_choices(override, composer)] if chooses(override, composer) else []
        mistakes += wrong
        if not wrong:
            overrides[word] = override
    return overrides, mistakes


def singles(override: Override, composer: Composer) -> list[Override]:
    """The word itself, or for a sweep one of its own for each value; a range without steps has two: its ends."""
    if not override.is_sweep_override():
        return [override]
    interval: Any = override.value()
    ends = override.is_interval_sweep()
    values = [interval.start, interval.end] if ends else override.sweep_string_iterator()
    return [composer.parse(f"{override.get_key_element()}={value}") for value in values]


def chooses(override: Override, composer: Composer) -> bool:
    """Whether a word chooses an option of a group, rather than changing a value."""
    is_mapping = not override.is_sweep_override() and isinstance(override.value(), dict)
    return composer.is_group(override.key_or_group) and not is_mapping


def lone_sweep(override: Override) -> Mistake:
    """The mistake of giving several values to a single run."""
    key = override.key_or_group
    value = (override.input_line or "").partition("=")[2]
    advice = f"Add -m for one run with each, or write a list: {key}=[{value}]."
    return Mistake(key, value, "Several values are a sweep, and this is a single run.", advice)


def unusable(override: Override, config: DictConfig, composer: Composer) -> Mistake | None:
    """Why a key of a composed config cannot be changed, added or deleted; None when it can."""
    key = override.key_or_group
    value = None if override.is_delete() else override.value()
    if override.package is not None or "/" in key:
        guess = nearest(key, composer.groups())
        advice = did_you_mean(guess) or f"There are: {', '.join(composer.groups())}."
        return Mistake(key, value, f"There is no group {key}.", advice)
    if stands(config, key):
        return None
    owner = None if override.is_delete() else argument(config, key)
    if owner:
        if owner.is_taken or owner.signature is None:
            return None
        return unknown_argument(owner.name, value, owner.signature, owner.target, owner.key)
    adds = override.is_add() or override.is_force_add()
    words = key.split(".")
    if key in ABOUT or (adds and len(words) > 1 and words[0] in (*COLLECTIONS, "hydra")):
        return None
    if len(words) > 2 and words[0] in COLLECTIONS and words[1] in composer.options(words[0]):
        problem = f"{words[1]} is not among the {words[0]} of this run."
        return Mistake(key, value, problem, f"Add it: {words[0]}=[...,{words[1]}].")
    guess = nearest_key(key, [*known_keys(config), *composer.groups()])
    advice = did_you_mean(guess) or f"There are: {', '.join(siblings(config, key))}."
    return Mistake(key, value, f"There is no key {key}.", advice)


def _unreadable(word: str, error: OverrideParseException) -> Mistake:
    if "=" not in word and not word.startswith("~"):
        return Mistake(word, None, "This gives no value.", f"Write {word}=VALUE.")
    reason = str(error).splitlines()[0].rstrip(".")
    advice = "Quote what has blanks or signs in it: 'key=\"a value\"'."
    return Mistake(word, None, f"This cannot be read as key=value: {reason}.", advice)


def _choices(override: Override, composer: Composer) -> Iterator[Mistake]:
    """The options named for a group: one, a list, or a sweep over some."""
    group = override.key_or_group
    for single in () if override.is_delete() else singles(override, composer):
        value = single.value()
        if value is None:
            yield Mistake(group, "null", "No option is called null.", f"To compose none, give ~{group}.")
            continue
        names = value if isinstance(value, list) else [value]
        if group in PARTS and len(names) > 1:
            yield Mistake(
                group, value, f"A run has one {group}.", f"Give {group}={names[0]}, or a sweep: -m {group}=..."
            )
        for name in names:
            if not composer.has_option(group, str(name)):
                options = composer.options(group)
                guess = nearest(str(name), options)
                question = did_you_mean(f"{group}={guess}" if guess else None)
                advice = f"{question} Options: {', '.join(options)}.".strip()
                yield Mistake(group, name, f"There is no option {name} of {group}.", advice)
