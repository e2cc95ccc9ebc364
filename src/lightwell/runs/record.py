"""What a run folder records, read without torch."""

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from filelock import FileLock, Timeout

from lightwell.runs.files import read_json

# What may change between two attempts at a run without making it another one.
EXTENSIONS = ("epochs", "hardware", "data.num_workers", "callbacks.checkpoint.every_minutes", "output_folder", "sweep")


def extends(key: str) -> bool:
    """Whether a key may change between two attempts at a run."""
    return key in EXTENSIONS or key.startswith(tuple(f"{name}." for name in EXTENSIONS))


class NoRun(Exception):
    """A path that is no run folder, or one without weights; the message says what to do."""


@dataclass(frozen=True)
class RunRecord:
    """The records of one run, finished or not.

    Attributes:
        path: The folder.
        config: The composed config, plain.
        choices: The option of each group, such as `{"model": "convnet"}`; `callbacks` is a list.
        overrides: The words of the command line, in a sweep those of the job, such as `optimizer.lr=0.1`.
        status: running, finished, failed or interrupted.
        reason: Why, if it did not end well.
        metrics: The final figures; empty unless it finished.
        curves: A row an epoch, as in `metrics.csv`, its empty cells left out.
        provenance: As in `provenance.json`.
    """

    path: Path
    config: dict[str, Any]
    choices: dict[str, Any] = field(default_factory=dict)
    overrides: list[str] = field(default_factory=list)
    status: str = "running"
    reason: str | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    curves: list[dict[str, float]] = field(default_factory=list)
    provenance: dict[str, Any] = field(default_factory=dict)


def read_record(path: str | Path) -> RunRecord:
    """Read a run folder; what a run that ended early did not come to write is empty.

    Raises:
        NoRun: When it is no run folder, or one whose records cannot be read.
    """
    path = Path(path)
    if not (path / "config.yaml").is_file():
        raise NoRun(f"{path} is no run folder: it has no config.yaml. `lightwell list` shows the runs.")
    try:
        config = yaml.safe_load((path / "config.yaml").read_text(encoding="utf-8"))
        status = _json(path / "status.json")
        provenance = _json(path / "provenance.json")
        overrides = path / "overrides.yaml"
        return RunRecord(
            path=path,
            config=dict(config),
            choices=provenance.get("choices", {}),
            overrides=yaml.safe_load(overrides.read_text(encoding="utf-8")) or [] if overrides.is_file() else [],
            status=status.get("status", "running"),
            reason=status.get("reason"),
            metrics=_json(path / "metrics.json"),
            curves=_curves(path / "metrics.csv"),
            provenance=provenance,
        )
    except (OSError, ValueError, TypeError, AttributeError, yaml.YAMLError) as error:
        raise NoRun(
            f"{path} holds a record that cannot be read ({error}). Restore the file or leave the run."
        ) from error


def job_folders(sweep: Path) -> list[Path]:
    """The folders of the jobs of a sweep that have begun, in their order; none where there is no sweep."""
    if not sweep.is_dir():
        return []
    begun = [folder for folder in sweep.iterdir() if folder.name.isdigit() and (folder / "config.yaml").exists()]
    return sorted(begun, key=lambda folder: int(folder.name))


def is_running(run: Path) -> bool:
    """Whether a process is writing the run folder now."""
    if not (run / ".lock").exists():
        return False
    try:
        with FileLock(run / ".lock", timeout=0):
            return False
    except Timeout:
        return True


def _json(file: Path) -> Any:
    return read_json(file) if file.is_file() else {}


def _curves(file: Path) -> list[dict[str, float]]:
    if not file.is_file():
        return []
    with file.open(encoding="utf-8", newline="") as table:
        return [{name: float(value) for name, value in row.items() if value} for row in csv.DictReader(table)]


def flat(config: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """A nested config as dotted keys, each with a plain value or a list."""
    values: dict[str, Any] = {}
    for name, value in config.items():
        key = f"{prefix}{name}"
        values |= flat(value, f"{key}.") if isinstance(value, dict) and value else {key: value}
    return values


def differing(records: list[RunRecord]) -> dict[str, list[Any]]:
    """The settings in which runs differ, and each run's value (None where it has none).

    Where an option of a group differs, such as the model, the group stands for all that follows from it; otherwise a
    dotted key does, such as `optimizer.lr`.
    """
    names = dict.fromkeys(name for record in records for name in record.choices)
    rows: dict[str, list[Any]] = {name: [record.choices.get(name) for record in records] for name in names}
    chosen = {name: row for name, row in rows.items() if not _same(row)}
    configs = [flat(record.config) for record in records]
    keys = dict.fromkeys(key for config in configs for key in config)
    followed = tuple(f"{name}." for name in chosen)
    values = {key: [config.get(key) for config in configs] for key in keys if not key.startswith(followed)}
    return chosen | {key: row for key, row in values.items() if not _same(row)}


def _same(values: list[Any]) -> bool:
    return all(value == values[0] for value in values)
