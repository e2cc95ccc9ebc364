"""Going on with a run where it stopped."""

import logging
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from lightwell.config.allowed import places_outside
from lightwell.config.check import check
from lightwell.config.compose import Composer
from lightwell.config.mistakes import ConfigMistakes, Mistake
from lightwell.config.overrides import parse, unusable
from lightwell.runs.record import EXTENSIONS, NoRun, RunRecord, extends, is_running, read_record

log = logging.getLogger(__name__)


def resume(path: str, words: list[str]) -> None:
    """Go on with a run in its folder, mid-epoch if that is where it stopped.

    Args:
        path: A run folder, or `latest` for the newest below `outputs` that has not finished.
        words: Overrides that extend the run, such as `epochs=20` or `hardware=ddp_cpu`.

    Raises:
        NoRun: When there is nothing to go on with.
        ConfigMistakes: When an override would make it another run.
        SystemExit: As `lightwell.run.run_alone` does.
    """
    run = latest(Path("outputs")) if path == "latest" else Path(path)
    if (run / "sweep.csv").is_file():
        raise NoRun(f"{run} is a sweep. Give its command again: what is finished is skipped, what broke is resumed.")
    record = read_record(run)
    settings, choices = extended(record, words)
    if record.status == "finished" and settings["epochs"] <= record.config["epochs"]:
        raise NoRun(f"{run} has finished. To train it further give more epochs: epochs={2 * settings['epochs']}.")
    # These import torch, which no mistake has to wait for.
    from lightwell.processes import process_rank
    from lightwell.run import run_alone
    from lightwell.runs.folder import RunFolder
    from lightwell.runs.origin import Origin

    folder = RunFolder(run.absolute(), writes=process_rank() == 0)
    run_alone(folder, settings, Origin(choices, [*record.overrides, *words], {}))
    if (run.parent / "sweep.csv").is_file() and folder.writes:
        from lightwell.sweeps.write import write_sweep

        write_sweep(run.parent)


def latest(folder: Path) -> Path:
    """The newest run below a folder that has not finished and that nobody runs.

    Raises:
        NoRun: When there is none.
    """
    records = []
    for config in folder.rglob("config.yaml"):
        if config.parent.parent.name in ("folds", "attempts") or is_running(config.parent):
            continue
        record = read_record(config.parent)
        if record.status != "finished":
            records.append(record)
    if not records:
        raise NoRun(f"No run below {folder} is unfinished. `lightwell list` shows the runs.")
    newest = max(records, key=lambda record: record.provenance.get("started", ""))
    print(f"The latest unfinished run is {newest.path}.")
    return newest.path


def extended(record: RunRecord, words: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A run's settings and choices with overrides that do not make it another run.

    Raises:
        ConfigMistakes: With all overrides that would, and all values that are wrong.
    """
    composer = Composer()
    overrides, mistakes = parse(words, composer)
    config: DictConfig = OmegaConf.create(record.config)
    choices = dict(record.choices)
    for word, override in overrides.items():
        key = override.key_or_group
        if not extends(key):
            advice = f"Start a new run, or extend this one by {', '.join(EXTENSIONS[:3])}."
            mistakes.append(Mistake(key, override.value(), "This would make it another run.", advice))
        elif key == "hardware":
            choices["hardware"] = override.value()
            config.hardware = OmegaConf.to_container(composer.compose([word]).hardware, resolve=True)
        elif refusal := unusable(override, config, composer):
            mistakes.append(refusal)
        else:
            composer.apply(composer.parse(f"++{word.lstrip('+')}"), config)
    begun = len(record.curves)
    if config.epochs < begun:
        problem = f"{begun} epochs are done."
        mistakes.append(Mistake("epochs", config.epochs, problem, f"Give {begun} or more."))
    mistakes += check_recorded(config)
    if mistakes:
        raise ConfigMistakes(mistakes)
    if config.epochs != record.config["epochs"] and record.choices.get("scheduler") not in (None, "none", "plateau"):
        schedule = record.choices["scheduler"]
        log.warning(
            "scheduler=%s goes by the share of all epochs: from here on as in a run of %s.", schedule, config.epochs
        )
    settings: dict[str, Any] = OmegaConf.to_container(config)  # type: ignore[assignment]
    return settings, choices


def check_recorded(config: DictConfig) -> list[Mistake]:
    """What is wrong with the config of a run folder, which may come from a stranger."""
    settings: Any = OmegaConf.to_container(config)
    problem = "The config of a run folder may not choose where else something is written."
    outside = [Mistake(key, None, problem, f"Take {key} out of its config.yaml.") for key in places_outside(settings)]
    return [*check(config), *outside]
