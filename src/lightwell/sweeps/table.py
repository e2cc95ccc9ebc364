"""The jobs of a sweep side by side: what differs, what came out, and which settings are best."""

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean, stdev
from typing import Any

from lightwell.config.resolvers import best_is
from lightwell.runs.record import RunRecord


@dataclass(frozen=True)
class Group:
    """Jobs that are equal but for their seeds.

    Attributes:
        settings: What sets the group apart, as typed on the command line.
        jobs: Its jobs, finished or not.
    """

    settings: dict[str, str]
    jobs: list[RunRecord]

    @property
    def label(self) -> str:
        """What sets the group apart, in a line."""
        return " ".join(f"{key}={value}" for key, value in self.settings.items()) or "all jobs"

    def values(self, figure: str) -> list[float]:
        """A figure of those jobs that have it, as a number."""
        return [job.metrics[figure] for job in self.jobs if math.isfinite(job.metrics.get(figure, math.nan))]

    def mean(self, figure: str) -> float:
        """The mean over the seeds; NaN where no job has the figure."""
        values = self.values(figure)
        return fmean(values) if values else math.nan

    def spread(self, figure: str) -> float:
        """The standard deviation over the seeds; NaN for fewer than two."""
        values = self.values(figure)
        return stdev(values) if len(values) > 1 else math.nan


class SweepTable:
    """What the jobs of a sweep say, as far as they have come.

    Args:
        jobs: Their records, in their order.
    """

    def __init__(self, jobs: Sequence[RunRecord]):
        self.jobs = list(jobs)

    @cached_property
    def settings(self) -> dict[str, dict[str, str]]:
        """What sets each job apart, by its name: of its words on the command line those that are not all the same."""
        words = {job.path.name: _words(job.overrides) for job in self.jobs}
        keys = dict.fromkeys(key for row in words.values() for key in row)
        differing = [key for key in keys if len({row.get(key) for row in words.values()}) > 1 or len(words) == 1]
        return {name: {key: row.get(key, "") for key in differing} for name, row in words.items()}

    @property
    def keys(self) -> list[str]:
        """The settings that differ."""
        return list(next(iter(self.settings.values()), {}))

    @property
    def figures(self) -> list[str]:
        """The names of all figures that any job has."""
        return list(dict.fromkeys(name for job in self.jobs for name in job.metrics))

    @property
    def judged(self) -> str:
        """The figure by which jobs are judged: the best of the monitored metric; no test example has a part in it."""
        return f"best/{self.jobs[0].config.get('monitor', 'val/loss')}"

    @cached_property
    def of_the_loss(self) -> list[str]:
        """The settings that differ and belong to the loss by which jobs are judged: each job's is another measure."""
        by_loss = self.judged.rpartition("/")[2] == "loss" and len(self.jobs) > 1
        return [key for key in self.keys if by_loss and (key == "loss" or key.startswith("loss."))]

    @cached_property
    def groups(self) -> list[Group]:
        """The jobs by what sets them apart beside their seeds, the best first; what has no figure comes last."""
        groups: dict[tuple[tuple[str, str], ...], Group] = {}
        for job in self.jobs:
            apart = {key: value for key, value in self.settings[job.path.name].items() if key != "seed"}
            groups.setdefault(tuple(apart.items()), Group(apart, [])).jobs.append(job)
        sign = 1 if best_is(self.judged) == "min" else -1
        means = {id(group): sign * group.mean(self.judged) for group in groups.values()}
        return sorted(groups.values(), key=lambda group: (math.isnan(means[id(group)]), means[id(group)]))

    @property
    def best(self) -> Group | None:
        """The group that is best on the validation split; None before any has a figure, or where none compare."""
        if self.of_the_loss:
            return None
        return self.groups[0] if self.groups and self.groups[0].values(self.judged) else None

    @property
    def best_job(self) -> RunRecord | None:
        """The single job that is best on the validation split; None as in `best`."""
        if self.of_the_loss:
            return None
        known = [job for job in self.jobs if math.isfinite(job.metrics.get(self.judged, math.nan))]
        choose = min if known and best_is(self.judged) == "min" else max
        return choose(known, key=lambda job: job.metrics[self.judged], default=None)

    @property
    def verdict(self) -> str:
        """Which settings are best, and whether the seeds can tell them from the second best."""
        if self.of_the_loss:
            keys = ", ".join(self.of_the_loss)
            return f"None is best by its loss: the jobs differ in {keys}, and so each is measured by another one."
        if self.best is None:
            return "No job has come to a figure yet."
        mean = self.best.mean(self.judged)
        if len(self.groups) == 1 or not self.groups[1].values(self.judged):
            return f"{self.judged.removeprefix('best/')} is {mean:.4g} with {self.best.label}."
        second = self.groups[1]
        said = f"Best on the validation split is {self.best.label}, with {self.judged.removeprefix('best/')} {mean:.4g}"
        other = f"{second.label} ({second.mean(self.judged):.4g})"
        values = [group.values(self.judged) for group in (self.best, second)]
        if min(map(len, values)) < 2:
            return f"{said}; the second is {other}, and one seed each does not tell them apart."
        from scipy.stats import ttest_ind  # half a second to import, which a sweep without seeds does not pay

        clear = ttest_ind(*values, equal_var=False).pvalue < 0.05
        told = "is behind, by Welch's t-test" if clear else "is not distinguishable from it with these seeds"
        return f"{said}; {other} {told}."

    def as_csv(self) -> str:
        """A row a job: its number, what sets it apart, its status and reason, and every figure."""
        table = io.StringIO()
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(["job", *self.keys, "status", "reason", *self.figures])
        for job in self.jobs:
            results = [job.metrics.get(name, "") for name in self.figures]
            writer.writerow(
                [job.path.name, *self.settings[job.path.name].values(), job.status, job.reason or "", *results]
            )
        return table.getvalue()

    def shown_figures(self, most: int = 4) -> list[str]:
        """The figures for a page: the one judged by, then those of the test split; of losses only what compares."""
        tested = [name for name in self.figures if name.startswith("test/") and name.count("/") == 1]
        if self.of_the_loss:
            return [name for name in tested if name != "test/loss"][: most + 1]
        return [self.judged, *tested][:most]


def _words(overrides: list[str]) -> dict[str, str]:
    pairs = (word.lstrip("+").partition("=") for word in overrides if "=" in word)
    return {key: value for key, _, value in pairs}


def shown(value: Any, spread: float = math.nan) -> str:
    """A figure for people, with its spread where there is one."""
    if not isinstance(value, float | int) or not math.isfinite(value):
        return "–"
    return f"{value:.4g} ± {spread:.2g}" if math.isfinite(spread) else f"{value:.4g}"
