"""Composing a config with Hydra, in a script, a notebook, a test, or before `train.py` starts.

What is used of Hydra's inside stands here alone: its config loader, which its own `compose` wraps, composes without
any global state and also knows groups, options and sweeps.
"""

import re
from pathlib import Path
from typing import Any

from hydra import version
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.utils import create_config_search_path
from hydra.core.config_search_path import SearchPathQuery
from hydra.core.object_type import ObjectType
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.core.utils import JobRuntime, setup_globals
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, open_dict
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from lightwell.config.check import conf_folder
from lightwell.config.mistakes import ConfigMistakes, Mistake
from lightwell.config.resolvers import register_resolvers


class Composer:
    """Composes the configs of a folder.

    Args:
        config_dir: The folder; the project's own `conf` by default.
        config_name: The config to start from.
        extra_dir: A folder of more options, as `--config-dir` gives it.
    """

    def __init__(self, config_dir: Path | None = None, *, config_name: str = "train", extra_dir: str | None = None):
        version.setbase("1.3")
        setup_globals()
        register_resolvers()
        JobRuntime.instance().set("name", config_name)
        self.config_dir = (config_dir or conf_folder()).absolute()
        self.config_name = config_name
        search_path = create_config_search_path(str(self.config_dir))
        if extra_dir is not None:
            if not Path(extra_dir).is_dir():
                raise ConfigMistakes([Mistake("--config-dir", extra_dir, f"There is no folder {extra_dir}.")])
            schema = SearchPathQuery(provider="schema")
            search_path.prepend("command-line", f"file://{Path(extra_dir).absolute()}", anchor=schema)
        self.loader = ConfigLoaderImpl(search_path)
        self.repository: Any = self.loader.repository
        self.elsewhere: list[str] = []

    def compose(self, overrides: list[str]) -> DictConfig:
        """The config, with Hydra's own part.

        Raises:
            ConfigMistakes: When Hydra cannot compose it.
        """
        words = [*self.elsewhere, *overrides]
        try:
            return self.loader.load_configuration(self.config_name, words, run_mode=RunMode.RUN, from_shell=False)
        except (HydraException, OmegaConfBaseException, YAMLError) as error:
            raise ConfigMistakes([not_composed(" ".join(overrides) or self.config_name, error)]) from error

    def apply(self, override: Override, config: DictConfig) -> None:
        """Change one value of a composed config, as Hydra does after composing.

        Raises:
            ConfigMistakes: When the config refuses it.
        """
        try:
            self.loader._apply_overrides_to_config([override], config)
        except (HydraException, OmegaConfBaseException) as error:
            key, value = override.key_or_group, None if override.is_delete() else override.value()
            raise ConfigMistakes([Mistake(key, value, sentence(error))]) from error

    def parse(self, override: str) -> Override:
        """One word of the command line, understood."""
        return OverridesParser.create(config_loader=self.loader).parse_overrides([override])[0]

    def read_search_path(self, overrides: list[str]) -> None:
        """Take note of where else options are kept, by `hydra.searchpath` in a config or an override.

        Raises:
            ConfigMistakes: When that is no list of folders.
        """
        self.elsewhere = [override for override in overrides if override.startswith("hydra.searchpath=")]
        try:
            _, self.repository = self.loader._parse_overrides_and_create_caching_repo(self.config_name, self.elsewhere)
        except HydraException as error:
            raise ConfigMistakes([Mistake("hydra.searchpath", None, sentence(error))]) from error

    def is_group(self, name: str) -> bool:
        """Whether there is a group of options of this name."""
        return bool(name) and self.repository.group_exists(name)

    def groups(self) -> list[str]:
        """The groups of options."""
        return [name for name in self.repository.get_group_options("", ObjectType.GROUP) if name != "hydra"]

    def has_option(self, group: str, name: str) -> bool:
        """Whether a group has an option, which may stand in a folder of its own below it."""
        return self.repository.config_exists(f"{group}/{name}")

    def options(self, group: str) -> list[str]:
        """The options of a group."""
        return sorted(self.repository.get_group_options(group, ObjectType.CONFIG))


def compose(overrides: list[str], *, config_dir: Path | None = None) -> DictConfig:
    """Compose a config as `train.py` does with these overrides, unchecked.

    Raises:
        ConfigMistakes: When Hydra cannot compose it.
    """
    config = Composer(config_dir).compose(overrides)
    with open_dict(config):
        del config["hydra"]
    return config


def not_composed(words: str, error: Exception) -> Mistake:
    """What Hydra did not compose, and why; a launcher is not there if its extra is not installed."""
    missing = re.search(r"Could not find 'hydra/launcher/(joblib|submitit|ray)", str(error))
    if missing:
        extra = missing[1]
        return Mistake(words, None, f"{extra} is not installed.", f"Run pip install 'lightwell[{extra}]'.")
    return Mistake(words, None, sentence(error))


def sentence(error: Exception) -> str:
    """What Hydra or OmegaConf found wrong, without their advice for programmers."""
    cause = error.__cause__ if isinstance(error.__cause__, OmegaConfBaseException) else None
    lines = [line.strip() for each in (error, cause) if each for line in str(each).splitlines()]
    noise = (
        "full_key:",
        "object_type=",
        "reference_type=",
        "Config search path:",
        "provider=",
        "Set the environment",
        "See https",
    )
    return "\n".join(line for line in lines if line and not line.startswith(noise))
