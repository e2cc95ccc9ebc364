"""The comparison of runs as a page."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from lightwell.compare import MOST_NAMED, Comparison, verdicts
from lightwell.render.charts import Chart, line_chart
from lightwell.render.report import environment
from lightwell.render.report_manifests import Shown, read_manifests
from lightwell.render.report_pictures import Album, Picture
from lightwell.render.report_wording import METHODS, metric_name, words

MOST_PICTURES = 8
MOST_LINES = 6  # colours that can be told apart


@dataclass(frozen=True)
class Looked:
    """What several runs look at in one picture, each None where a run did not explain it."""

    name: str
    target: str
    picture: Picture | None
    overlays: list[tuple[str, Picture | None, str]]


def comparison_page(comparison: Comparison) -> str:
    """The page of a comparison: one file that fetches nothing."""
    first = comparison.records[0]
    monitors = (str(record.config.get("monitor")) for record in comparison.records)
    followed = dict.fromkeys(["train/loss", "val/loss", *monitors])
    story: dict[str, Any] = {
        "comparison": comparison,
        "title": first.config.get("question") or "Runs side by side",
        "verdicts": verdicts(comparison),
        "charts": [chart for name in followed if (chart := curves(comparison, name))],
        "looked": {method: rows for method, rows in looked(comparison).items() if rows},
        "most_named": MOST_NAMED,
        "methods": METHODS,
        "words": words,
    }
    return environment().get_template("comparison.html").render(story)


def curves(comparison: Comparison, figure: str) -> Chart | None:
    """A figure over the epochs, a line a run."""
    runs = list(zip(comparison.labels, comparison.records, strict=True))[:MOST_LINES]
    epochs = np.arange(max(len(record.curves) for _, record in runs), dtype=np.float64)
    series = {}
    for label, record in runs:
        series[label] = np.full(len(epochs), math.nan)
        series[label][: len(record.curves)] = [row.get(figure, math.nan) for row in record.curves]
    return line_chart(metric_name(figure), epochs, series) if len(epochs) else None


def looked(comparison: Comparison) -> dict[str, list[Looked]]:
    """For each method that two runs have: the pictures that both explained for the same class."""
    albums = [Album(files) for files in comparison.files]
    explained: list[dict[str, dict[tuple[str, str], Shown]]] = []
    for files in comparison.files:
        manifests = [manifest for manifest in read_manifests(files) if manifest.final]
        explained.append(
            {manifest.method: {(one.name, one.target): one for one in manifest.shown} for manifest in manifests}
        )
    rows: dict[str, list[Looked]] = {}
    for method in dict.fromkeys(method for of_run in explained for method in of_run):
        keys = dict.fromkeys(key for of_run in explained for key in of_run.get(method, {}))
        shared = [key for key in keys if sum(key in of_run.get(method, {}) for of_run in explained) > 1]
        rows[method] = [_looked(comparison, explained, albums, method, key) for key in shared[:MOST_PICTURES]]
    return rows


def _looked(
    comparison: Comparison, explained: list[Any], albums: list[Album], method: str, key: tuple[str, str]
) -> Looked:
    picture, overlays = None, []
    for label, of_run, album in zip(comparison.labels, explained, albums, strict=True):
        one: Shown | None = of_run.get(method, {}).get(key)
        if one is None:
            continue
        picture = picture or album.embed(one.picture, longest_side=160)
        sure = f"{one.probability:.1%}" if one.probability is not None else ""
        overlays.append((label, album.embed(one.overlay, longest_side=160), sure))
    return Looked(*key, picture, overlays)
