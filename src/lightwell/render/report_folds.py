"""Cross-validated runs: the folds beside each other."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lightwell.render.charts import Chart
from lightwell.render.report_curves import fold_curves
from lightwell.render.report_files import RunFiles
from lightwell.render.report_predictions import read_predictions

MOST_COLUMNS = 6


@dataclass(frozen=True)
class Fold:
    """One fold: how many examples it tested and what it reached, in the order of the table's columns."""

    name: str
    status: str
    examples: int | None
    values: list[float | None]


@dataclass(frozen=True)
class Folds:
    """All folds of a run, with the mean and the standard deviation of each figure over them."""

    columns: list[str]
    folds: list[Fold]
    means: list[float | None]
    spreads: list[float | None]
    charts: list[Chart]


def read_folds(files: RunFiles, order: list[str], monitor: str) -> Folds | None:
    """The folds of a run folder; None where it was not cross-validated.

    Args:
        files: The outer run folder.
        order: The names of the test metrics, the most telling first.
        monitor: The monitored metric, as in `val/accuracy`.
    """
    inner = [RunFiles(path) for path in (files.folder / "folds").glob("*") if _is_inside(path, files)]
    inner.sort(key=lambda fold: (not fold.folder.name.isdigit(), len(fold.folder.name), fold.folder.name))
    if not inner:
        return None
    metrics = [fold.metrics() for fold in inner]
    found = dict.fromkeys(name.removeprefix("test/") for row in metrics for name in row if name.startswith("test/"))
    columns = [name for name in [*order, *(name for name in found if name not in order)] if name in found]
    columns = columns[:MOST_COLUMNS]
    folds = []
    for fold, row in zip(inner, metrics, strict=True):
        predictions = read_predictions(fold)
        status = str(fold.json("status.json").get("status", "unknown"))
        values = [row.get(f"test/{name}") for name in columns]
        folds.append(Fold(fold.folder.name, status, len(predictions.names) if predictions else None, values))
    known = [[row[f"test/{name}"] for row in metrics if f"test/{name}" in row] for name in columns]
    means = [float(np.mean(values)) if values else None for values in known]
    spreads = [float(np.std(values, ddof=1)) if len(values) > 1 else None for values in known]
    charts = fold_curves({fold.folder.name: fold.epochs() for fold in inner}, monitor)
    for fold in inner:
        for sentence in fold.notes:
            files.note(f"Fold {fold.folder.name}: {sentence}")
    return Folds(columns, folds, means, spreads, charts)


def _is_inside(path: Path, files: RunFiles) -> bool:
    return path.is_dir() and path.resolve().is_relative_to(files.folder)
