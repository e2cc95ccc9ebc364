"""The table of a sweep: a row a job, with what differs and what came out."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import yaml
from filelock import FileLock

from lightwell.runs.files import write_text


def write_sweep(sweep: Path) -> Path:
    """Write `sweep.csv` anew from the folders of the jobs so far; each job does so at its end.

    Columns are the job, the overrides whose values differ between jobs, the status with its reason, and the figures.
    """
    with FileLock(sweep / ".sweep.lock"):
        rows = [_job(folder) for folder in job_folders(sweep)]
        settings = [row["settings"] for row in rows]
        keys = dict.fromkeys(key for row in settings for key in row)
        differing = [key for key in keys if len({row.get(key) for row in settings}) > 1 or len(rows) == 1]
        figures = dict.fromkeys(name for row in rows for name in row["metrics"])
        table = io.StringIO()
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(["job", *differing, "status", "reason", *figures])
        for row in rows:
            values = [row["settings"].get(key, "") for key in differing]
            results = [row["metrics"].get(name, "") for name in figures]
            writer.writerow([row["job"], *values, row["status"], row["reason"], *results])
        write_text(sweep / "sweep.csv", table.getvalue())
    return sweep / "sweep.csv"


def job_folders(sweep: Path) -> list[Path]:
    """The folders of the jobs that have begun."""
    begun = [folder for folder in sweep.iterdir() if folder.name.isdigit() and (folder / "config.yaml").exists()]
    return sorted(begun, key=lambda folder: int(folder.name))


def _job(folder: Path) -> dict[str, Any]:
    status = json.loads((folder / "status.json").read_text())
    metrics = folder / "metrics.json"
    overrides = yaml.safe_load((folder / "overrides.yaml").read_text()) or []
    return {
        "job": folder.name,
        "settings": dict(override.lstrip("+").split("=", 1) for override in overrides if "=" in override),
        "status": status["status"],
        "reason": status["reason"] or "",
        "metrics": json.loads(metrics.read_text()) if metrics.exists() else {},
    }
