"""Runs against each other: what differs in their settings, in their results, and in single answers."""

import csv
import io
import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from lightwell.render.intervals import Interval, bootstrap
from lightwell.render.report_figures import Figure, final_figures
from lightwell.render.report_files import RunFiles
from lightwell.render.report_predictions import read_predictions
from lightwell.render.report_wording import lower_is_better
from lightwell.render.weighted_figures import NAMES, weighted_figures
from lightwell.runs.predictions import Predictions
from lightwell.runs.record import NoRun, RunRecord, differing, flat, job_folders, read_record

MOST_RUNS = 12
MOST_NAMED = 12
CIRCUMSTANCES = ("packages", "hardware", "git", "data")


@dataclass(frozen=True)
class Against:
    """A run against the first one, on the very same test examples.

    Attributes:
        differences: Of each figure this run's value less the first one's, with its paired 95 % interval.
        p_value: Of McNemar's exact test: how probable it is that two equally good runs differ in as many answers.
        only_here: The names of the examples that only this run got right.
        only_first: The names of those that only the first one got right.
    """

    differences: dict[str, tuple[float, Interval | None]]
    p_value: float
    only_here: list[str]
    only_first: list[str]

    def told_apart(self, figure: str) -> bool:
        """Whether the interval of a figure's difference leaves out 0."""
        interval = self.differences[figure][1]
        return interval is not None and not interval.lower <= 0 <= interval.upper


class Comparison:
    """Several runs side by side, the first of them as the one that the others are held against.

    Args:
        records: What the runs recorded.
    """

    def __init__(self, records: list[RunRecord]):
        self.records = records
        self.files = [RunFiles(record.path) for record in records]
        self.predictions: list[Predictions | None] = [read_predictions(files) for files in self.files]

    @cached_property
    def settings(self) -> dict[str, list[Any]]:
        """The settings in which the runs differ, without those that only repeat one at the top, as data.seed does."""
        rows = {key: row for key, row in differing(self.records).items() if key != "output_folder"}
        return {key: row for key, row in rows.items() if "." not in key or rows.get(key.rpartition(".")[2]) != row}

    @cached_property
    def labels(self) -> list[str]:
        """A short name for each run, of what sets it apart, in few words and never twice the same."""
        words = [
            " ".join(f"{key}={_short(row[number])}" for key, row in list(self.settings.items())[:3])
            for number in range(len(self.records))
        ]
        if len(set(words)) == len(words) and all(words):
            return words
        return [f"{record.path.name} {text}".strip() for record, text in zip(self.records, words, strict=True)]

    @cached_property
    def figures(self) -> list[dict[str, Figure]]:
        """Each run's test figures, with their intervals."""
        pairs = zip(self.records, self.predictions, strict=True)
        return [
            {figure.name: figure for figure in final_figures(record.metrics, predictions, "accuracy")}
            for record, predictions in pairs
        ]

    @property
    def names(self) -> list[str]:
        """The figures that any run has."""
        return list(dict.fromkeys(name for figures in self.figures for name in figures))

    def best(self, name: str) -> int | None:
        """Which run is best in a figure; None where fewer than two have it."""
        values = {number: figures[name].value for number, figures in enumerate(self.figures) if name in figures}
        choose = min if lower_is_better(name) else max
        return choose(values, key=lambda number: values[number]) if len(values) > 1 else None

    @cached_property
    def against_first(self) -> list[Against | None]:
        """Each run against the first; None for the first itself and where the test examples are not the same."""
        first = self.predictions[0]
        return [None, *(against(first, other) if first else None for other in self.predictions[1:])]

    @cached_property
    def circumstances(self) -> dict[str, list[Any]]:
        """What differs about versions, machine, code and data."""
        parts = [flat({part: record.provenance.get(part) or {} for part in CIRCUMSTANCES}) for record in self.records]
        keys = dict.fromkeys(key for part in parts for key in part)
        rows = {key: [part.get(key) for part in parts] for key in keys}
        return {key: row for key, row in rows.items() if any(value != row[0] for value in row)}

    def as_csv(self) -> str:
        """A row a setting and a figure, a column a run; the ends of an interval have rows of their own."""
        table = io.StringIO()
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(["", *(str(record.path) for record in self.records)])
        writer.writerows([key, *map(_short, row)] for key, row in self.settings.items())
        for name in self.names:
            found = [figures.get(name) for figures in self.figures]
            writer.writerow([f"test/{name}", *(figure.value if figure else "" for figure in found)])
            for end in ("lower", "upper"):
                ends = [getattr(figure.interval, end) if figure and figure.interval else "" for figure in found]
                if any(ends):
                    writer.writerow([f"test/{name}/{end}", *ends])
        return table.getvalue()


def against(first: Predictions, other: Predictions | None) -> Against | None:
    """One run's answers against another's; None where they are not about the same examples and classes."""
    if other is None or first.classes != other.classes or first.multilabel != other.multilabel:
        return None
    if not np.array_equal(first.names, other.names) or not np.array_equal(first.labels, other.labels):
        return None
    from scipy.stats import binomtest  # half a second to import

    one, two = weighted_figures(first), weighted_figures(other)
    count = len(first.names)
    intervals = bootstrap(lambda weights: two(weights) - one(weights), count)
    everything = np.ones(count)
    differences = (two(everything) - one(everything)).tolist()
    only_here, only_first = other.right() & ~first.right(), first.right() & ~other.right()
    apart = int(only_here.sum() + only_first.sum())
    return Against(
        differences=dict(zip(NAMES, zip(differences, intervals, strict=True), strict=True)),
        p_value=float(binomtest(int(only_here.sum()), apart).pvalue) if apart else 1.0,
        only_here=[str(name) for name in first.names[only_here]],
        only_first=[str(name) for name in first.names[only_first]],
    )


def verdicts(comparison: Comparison) -> list[str]:
    """A sentence a run on how it does against the first."""
    sentences = []
    pairs = list(zip(comparison.labels, comparison.against_first, comparison.predictions, strict=True))
    for label, found, predictions in pairs[1:]:
        if found is None:
            reason = "has no predictions" if predictions is None else "was not tested on the same examples"
            sentences.append(f"{label} {reason} as {comparison.labels[0]}, so that only the figures can be compared.")
            continue
        difference, interval = found.differences["accuracy"]
        ends = f" ({100 * interval.lower:+.1f} to {100 * interval.upper:+.1f})" if interval else ""
        said = f"{label} against {comparison.labels[0]}: {100 * difference:+.1f} points of accuracy{ends}"
        told = "they can be told apart" if found.told_apart("accuracy") else "not distinguishable"
        sentences.append(f"{said}; {told}. McNemar's exact test: p = {found.p_value:.2g}.")
    return sentences


def compared(paths: list[Path]) -> Comparison:
    """The comparison of run folders; a sweep's stands for its finished jobs.

    Raises:
        NoRun: When a path is no run, when there are fewer than two, or too many.
    """
    records = []
    for path in paths:
        jobs = job_folders(path)
        records += [record for job in jobs if (record := read_record(job)).status == "finished"]
        records += [] if jobs else [read_record(path)]
    if len(records) < 2:
        raise NoRun("A comparison takes two runs at least. `lightwell list` shows them.")
    if len(records) > MOST_RUNS:
        raise NoRun(f"{len(records)} runs are too many to look at side by side; choose {MOST_RUNS} at most.")
    return Comparison(records)


def _short(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(_short, value))
    return "–" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def shown(figure: Figure | None) -> str:
    """A figure for the terminal, with its interval."""
    if figure is None or not math.isfinite(figure.value):
        return "–"
    interval = f" ({figure.interval.lower:.3f} to {figure.interval.upper:.3f})" if figure.interval else ""
    return f"{figure.value:.4f}{interval}"
