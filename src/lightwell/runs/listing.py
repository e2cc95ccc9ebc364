"""The runs below a folder, read from their records alone."""

import json
from dataclasses import dataclass
from pathlib import Path

from lightwell.runs.files import read_json


@dataclass(frozen=True)
class RunRow:
    """One run, as a line of a list."""

    path: str
    started: str
    status: str
    result: str


def find_runs(folder: Path) -> list[RunRow]:
    """Runs below a folder, the oldest first; a record that cannot be read is told as such."""
    rows = [_row(status.parent) for status in folder.rglob("status.json") if status.parent.parent.name != "folds"]
    return sorted(rows, key=lambda row: (row.started, row.path))


def _row(run: Path) -> RunRow:
    try:
        status = read_json(run / "status.json")["status"]
        started = read_json(run / "provenance.json")["started"][:19].replace("T", " ")
        metrics = read_json(run / "metrics.json") if (run / "metrics.json").exists() else {}
    except (OSError, json.JSONDecodeError, KeyError, TypeError) as error:
        return RunRow(str(run), "", f"unreadable ({type(error).__name__})", "")
    shown = [name for name in ("test/accuracy", "test/average_precision") if name in metrics]
    return RunRow(str(run), started, status, ", ".join(f"{name} {metrics[name]:.4f}" for name in shown))
