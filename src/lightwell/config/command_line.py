"""What `train.py` does before Hydra starts: compose, check, and refuse or go on."""

import inspect
import os
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from hydra._internal.utils import get_args_parser
from omegaconf import DictConfig, OmegaConf

from lightwell.config.check import check
from lightwell.config.compose import Composer
from lightwell.config.mistakes import ConfigMistakes, Mistake
from lightwell.config.overrides import CommandLine, find_culprits, read
from lightwell.config.sweeps import first_job, jobs, swept

DEBUG = "LIGHTWELL_DEBUG"


def launch(main: Callable[[], Any]) -> NoReturn:
    """Check the command line, then let Hydra run `main`; ends the process.

    The exit status is 2 for a mistake in the configuration, told in sentences, and 1 for any other failure, told with
    its traceback. `--debug`, or LIGHTWELL_DEBUG=1, shows the traceback of the former, too.

    Args:
        main: A function decorated with `hydra.main`, beside whose file the folder `conf` stands.
    """
    if "--debug" in sys.argv:
        sys.argv.remove("--debug")
        os.environ[DEBUG] = "1"
    try:
        conf = Path(inspect.getfile(inspect.unwrap(main))).parent / "conf"
        sys.argv[1:] = preflight(sys.argv[1:], config_dir=conf)
        main()
    except ConfigMistakes as mistakes:
        if os.environ.get(DEBUG) == "1":
            raise
        print(mistakes, file=sys.stderr)
        sys.exit(2)
    run = sys.modules.get("lightwell.run")
    sys.exit(1 if getattr(run, "failures", None) else 0)


def preflight(arguments: list[str], *, config_dir: Path) -> list[str]:
    """Check a command line; returns it as Hydra is to be given it.

    Raises:
        ConfigMistakes: With all mistakes of the command line and of every config that it composes.
    """
    asked: Namespace = get_args_parser().parse_args(arguments)
    if asked.help or asked.hydra_help or asked.shell_completion or asked.experimental_rerun or _is_child(arguments):
        return arguments
    # From here on Hydra meets no mistake of the user's, and is not to shorten the traceback of ours.
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")
    folder = config_dir if asked.config_path is None else Path(asked.config_path)
    composer = Composer(folder, config_name=asked.config_name or "train", extra_dir=asked.config_dir)
    only_shown = bool(asked.cfg or asked.info)
    line, configs = examine(asked.overrides, composer, sweeping=asked.multirun)
    mistakes = [*line.mistakes]
    if not only_shown:
        mistakes += [mistake for config in configs for mistake in check(config, config_dir=composer.config_dir)]
    if mistakes:
        once = {(mistake.key, mistake.problem): mistake for mistake in mistakes}
        raise ConfigMistakes([*once.values()])
    return [line.usable.get(argument, argument) for argument in arguments]


def examine(overrides: list[str], composer: Composer, *, sweeping: bool) -> tuple[CommandLine, list[DictConfig]]:
    """Read the overrides, and compose the config or, when sweeping, those of all jobs, from what can be used."""
    line = CommandLine({word: word for word in overrides})
    try:
        config = composer.compose(overrides, sweeping=sweeping)
    except ConfigMistakes:
        ...
    return line, []


def _is_child(arguments: list[str]) -> bool:
    """Whether this process was started by Lightning to take its share of a run that has been checked."""
    return "LOCAL_RANK" in os.environ and any(word.startswith("hydra.run.dir=") for word in arguments)
