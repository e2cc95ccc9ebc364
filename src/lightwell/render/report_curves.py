"""The curves of a run: which columns of `metrics.csv` go into which chart."""

import math

import numpy as np

from lightwell.render.charts import Chart, line_chart
from lightwell.render.intervals import FloatArray
from lightwell.render.report_wording import OF_LAYERS, is_share, lower_is_better, metric_name

Table = dict[str, FloatArray]
PARTS_OF_STYLE = ("content_loss", "style_loss", "total_variation")
MOST_LAYERS = 12


def curves(table: Table, monitor: str, best_epoch: float | None) -> list[Chart]:
    """Loss, the monitored metric, what the loss is made of, the other validation metrics and the learning rate.

    Each is drawn where it was recorded. What falls over decades, as the loss of a picture does, stands on a logarithmic
    axis.
    """
    if "epoch" not in table:
        return []
    metric = monitor.rpartition("/")[2]
    others = [name for name in table if name.startswith("val/") and is_share(name.removeprefix("val/"))]
    judged = _both_parts(table, metric) if metric != "loss" else {}
    plans = {
        "Loss": _both_parts(table, "loss"),
        metric_name(metric if "training" in judged else monitor): judged,
        "Content, style and smoothness": {
            metric_name(name): table[f"val/{name}"] for name in PARTS_OF_STYLE if f"val/{name}" in table
        },
        **{f"{kind.capitalize()} loss, layer by layer": _by_layer(table, kind) for kind in OF_LAYERS},
        "Other figures, validation": {
            metric_name(name.removeprefix("val/")): table[name] for name in others if name != monitor
        },
        "Learning rate": {"learning rate": table["learning_rate"]} if "learning_rate" in table else {},
    }
    paints = "val/style_loss" in table
    charts = [
        line_chart(title, table["epoch"], series, best_epoch=best_epoch, logarithmic=paints and _spans_decades(series))
        for title, series in plans.items()
    ]
    return [chart for chart in charts if chart]


def fold_curves(tables: dict[str, Table], monitor: str) -> list[Chart]:
    """Validation loss and the monitored metric, a line a fold."""
    charts = []
    for name in dict.fromkeys(["val/loss", monitor]):
        series = {f"fold {fold}": table for fold, table in tables.items() if {"epoch", name} <= table.keys()}
        if not series:
            continue
        longest = max((table["epoch"] for table in series.values()), key=len)
        padded = {fold: _padded(table[name], len(longest)) for fold, table in series.items()}
        charts.append(line_chart(metric_name(name), longest, padded))
    return [chart for chart in charts if chart]


def best_epoch(table: Table, metrics: dict[str, float], monitor: str) -> float | None:
    """The epoch whose weights the run kept; that of the best monitored value where the run did not get to say."""
    if "best/epoch" in metrics:
        return metrics["best/epoch"]
    values = table.get(monitor)
    if values is None or "epoch" not in table or not np.isfinite(values).any():
        return None
    best = np.nanargmin(values) if lower_is_better(monitor) else np.nanargmax(values)
    epoch = float(table["epoch"][best])
    return epoch if math.isfinite(epoch) else None


def _both_parts(table: Table, metric: str) -> Table:
    parts = {"training": f"train/{metric}", "validation": f"val/{metric}"}
    return {part: table[name] for part, name in parts.items() if name in table}


def _by_layer(table: Table, kind: str) -> Table:
    """The layers' curves; of a single one they would be the whole's again."""
    names = [name for name in table if name.startswith(f"val/{kind}/")][:MOST_LAYERS]
    return {name.removeprefix(f"val/{kind}/"): table[name] for name in names} if len(names) > 1 else {}


def _spans_decades(series: Table) -> bool:
    """Whether the least and the largest positive value are a power of ten apart or more."""
    values = np.concatenate([values[(values > 0) & np.isfinite(values)] for values in series.values()] or [np.empty(0)])
    return len(values) > 0 and bool(values.max() >= 10 * values.min())


def _padded(values: FloatArray, length: int) -> FloatArray:
    return np.concatenate([values, np.full(length - len(values), np.nan)])
