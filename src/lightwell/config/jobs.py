"""The configs that a command line stands for: one, or those of all jobs of a sweep.

Of a sweep, each value is tried once, with the first value of everything else: that finds a mistake in any value
without composing every combination.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hydra.core.override_parser.types import Override
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from lightwell.config.compose import Composer
from lightwell.config.keys import stands
from lightwell.config.mistakes import ConfigMistakes, Mistake
from lightwell.config.overrides import chooses, lone_sweep, parse, singles, unusable


@dataclass
class CommandLine:
    """What a command line composes.

    Attributes:
        configs: One for a single run; for a sweep, one for each value in it.
        given: For each word what Hydra has to be given: the word itself, or with `++` before it where it gives an
            argument that a class takes and that stands in no YAML file.
        mistakes: What is wrong with words that could not be used; the configs were composed without these.
        sweep: The folder of a sweep; None for a single run.
    """

    configs: list[DictConfig] = field(default_factory=list)
    given: dict[str, str] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    sweep: Path | None = None


def read(words: list[str], composer: Composer, *, multirun: bool) -> CommandLine:
    """Compose all that a command line stands for, as far as it can be used."""
    composer.read_search_path(words)
    overrides, mistakes = parse(words, composer)
    line = CommandLine(given={word: word for word in words}, mistakes=mistakes)
    first = _job(_first(overrides, composer), composer, line)
    if first is None:
        return line
    line.configs.append(first)
    sweeping = multirun or first.hydra.mode == RunMode.MULTIRUN
    line.mistakes += _folder(first, "hydra.sweep.dir" if sweeping else "hydra.run.dir")
    if not sweeping:
        line.mistakes += [lone_sweep(override) for override in overrides.values() if override.is_sweep_override()]
        return line
    line.sweep = None if line.mistakes else Path(first.hydra.sweep.dir)
    params, mistakes = parse(_sweeper_params(first), composer)
    line.mistakes += mistakes
    if params:
        overrides = {**params, **overrides}
        first = _job(_first(overrides, composer), composer, line) or first
        line.configs.append(first)
    line.configs += _other_jobs(overrides, first, composer, line)
    return line


def _folder(config: DictConfig, key: str) -> list[Mistake]:
    """The run's folder can be named."""
    try:
        OmegaConf.select(config, key)
    except OmegaConfBaseException as error:
        problem = f"The folder of the run cannot be named: {str(error).splitlines()[0]}."
        return [Mistake(key, None, problem, f"Choose what it refers to, or give {key}=FOLDER.")]
    return []


def _sweeper_params(config: DictConfig) -> list[str]:
    """What a `sweep` config gives to Hydra's sweeper, as words."""
    params: Any = OmegaConf.select(config, "hydra.sweeper.params")
    if not isinstance(params, DictConfig):
        return []
    return [f"{key!s}={value}" for key, value in params.items()]


def _first(overrides: dict[str, Override], composer: Composer) -> dict[str, Override]:
    return {word: singles(override, composer)[0] for word, override in overrides.items()}


def _other_jobs(
    overrides: dict[str, Override], first: DictConfig, composer: Composer, line: CommandLine
) -> Iterator[DictConfig]:
    for word, override in overrides.items():
        for single in singles(override, composer)[1:]:
            if chooses(override, composer):
                config = _job(_first(overrides, composer) | {word: single}, composer, line)
            else:
                config = copy.deepcopy(first)
                _apply(word, single, config, composer, line)
            if config is not None:
                yield config


def _job(overrides: dict[str, Override], composer: Composer, line: CommandLine) -> DictConfig | None:
    """The config of one job; None when there is no composing it."""
    choices = [word for word, override in overrides.items() if chooses(override, composer)]
    config = _composed([overrides[word].input_line or word for word in choices], composer, line)
    for word, override in overrides.items():
        if config is not None and word not in choices:
            _apply(word, override, config, composer, line)
    return config


def _composed(choices: list[str], composer: Composer, line: CommandLine) -> DictConfig | None:
    """A config of options; those on which Hydra fails are told and left out."""
    try:
        return composer.compose(choices)
    except ConfigMistakes as together:
        usable = []
        for choice in choices:
            try:
                composer.compose([choice])
                usable.append(choice)
            except ConfigMistakes as alone:
                line.mistakes += alone.mistakes
        if len(usable) < len(choices):
            return _composed(usable, composer, line)
        line.mistakes += together.mistakes
        return None


def _apply(word: str, override: Override, config: DictConfig, composer: Composer, line: CommandLine) -> None:
    """Change a value, or tell why it cannot be changed."""
    mistake = unusable(override, config, composer)
    if mistake is not None:
        line.mistakes.append(mistake)
        return
    key = override.key_or_group
    if not override.is_delete() and stands(config, key) == override.is_add():
        # A class takes it though no file mentions it, or the other way round: with two plus signs both are well.
        override = composer.parse(f"++{(override.input_line or '').lstrip('+')}")
        if word in line.given:
            line.given[word] = f"++{word.lstrip('+')}"
        else:
            advice = f"Write ++{key} in the sweep's params."
            line.mistakes.append(Mistake(f"hydra.sweeper.params.{key}", None, f"No file mentions {key}.", advice))
    try:
        composer.apply(override, config)
    except ConfigMistakes as found:
        line.mistakes += found.mistakes
