"""What `train.py` does before Hydra starts: compose, check, and refuse or go on."""

import inspect
import os
import sys
import traceback
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from hydra._internal.utils import get_args_parser

from lightwell.config.check import check
from lightwell.config.compose import Composer
from lightwell.config.jobs import read
from lightwell.config.mistakes import ConfigMistakes, Mistake, once
from lightwell.runs.record import NoRun, job_folders, read_record

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
    # Hydra meets no mistake of the user's any more, and is not to shorten the traceback of ours.
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")
    try:
        if resumed(sys.argv[1:]):
            sys.exit(0)
        conf = Path(inspect.getfile(inspect.unwrap(main))).parent / "conf"
        checked = preflight(sys.argv[1:], config_dir=conf)
        sys.argv[1:] = checked.arguments
        main()
    except NoRun as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except ConfigMistakes as mistakes:
        print(traceback.format_exc() if os.environ.get(DEBUG) == "1" else mistakes, file=sys.stderr)
        sys.exit(2)
    sys.exit(sweep_status(checked.sweep) if checked.sweep else 0)


def sweep_status(sweep: Path) -> int:
    """Say where a sweep is; returns the exit status: 1 if a job of it failed, in whatever process."""
    statuses = [read_record(folder).status for folder in job_folders(sweep)]
    if statuses:
        print(f"sweep: {sweep} ({', '.join(f'{statuses.count(each)} {each}' for each in dict.fromkeys(statuses))})")
    return 1 if "failed" in statuses else 0


@dataclass(frozen=True)
class Checked:
    """A command line that may be run: as Hydra is to be given it, and the folder of the sweep that it asks for."""

    arguments: list[str]
    sweep: Path | None = None


def resumed(arguments: list[str]) -> bool:
    """Go on with a run, if that is what the command line asks for: `resume=RUN`, with overrides that extend it.

    Raises:
        ConfigMistakes: When it asks for more than that.
    """
    runs = [word.removeprefix("resume=") for word in arguments if word.startswith("resume=")]
    if not runs:
        return False
    words = [word for word in arguments if not word.startswith("resume=")]
    if len(runs) > 1 or any(word.startswith("-") for word in words):
        problem = "A single run can be resumed, with nothing but overrides beside it."
        raise ConfigMistakes([Mistake("resume", runs, problem, "Give resume=RUN, and epochs=... or hardware=...")])
    from lightwell.resume import resume

    resume(runs[0], words)
    return True


def preflight(arguments: list[str], *, config_dir: Path) -> Checked:
    """Check a command line.

    Raises:
        ConfigMistakes: With all mistakes of the command line and of every config that it composes.
    """
    asked: Namespace = get_args_parser().parse_args(arguments)
    if asked.hydra_help or asked.shell_completion or asked.experimental_rerun or _is_child(arguments):
        return Checked(arguments)
    folder = config_dir.parent / (asked.config_path or config_dir.name)
    composer = Composer(folder, config_name=asked.config_name or "train", extra_dir=asked.config_dir)
    line = read(asked.overrides, composer, multirun=asked.multirun)
    mistakes = line.mistakes
    shown_only = asked.cfg or asked.info or asked.help  # what was composed, right or wrong
    if not shown_only:
        mistakes += [mistake for config in line.configs for mistake in check(config, config_dir=composer.config_dir)]
    if mistakes:
        raise ConfigMistakes(once(mistakes))
    given = [line.given.get(argument, argument) for argument in arguments]
    return Checked(given, None if shown_only else line.sweep)


def _is_child(arguments: list[str]) -> bool:
    """Whether this process was started by Lightning to take its share of a run that has been checked."""
    return "LOCAL_RANK" in os.environ and any(word.startswith("hydra.run.dir=") for word in arguments)
