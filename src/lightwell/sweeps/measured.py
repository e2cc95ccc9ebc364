"""What the finished jobs of a sweep measured, by the setting that was swept over."""

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from lightwell.runs.record import RunRecord, differing


@dataclass(frozen=True)
class Measured:
    """A finished job's figure.

    Attributes:
        job: The run.
        error: The share of the test examples that it got wrong.
        tested: How many test examples there were.
    """

    job: RunRecord
    error: float
    tested: int

    @property
    def trained(self) -> int:
        """How many examples it was trained on."""
        return int(self.job.provenance["data"]["train"])


def measured(jobs: list[RunRecord], metric: str) -> list[Measured]:
    """The jobs that have finished and have this figure, a share of which 1 is best."""
    done = []
    for job in jobs:
        score, data = job.metrics.get(metric, math.nan), job.provenance.get("data", {})
        if job.status == "finished" and 0 <= score <= 1 and "train" in data and "test" in data:
            done.append(Measured(job, 1 - score, int(data["test"])))
    return done


def groups(runs: list[Measured], values: list[Any]) -> dict[Any, list[Measured]]:
    """Runs by the value of the setting that was swept over, in the order of the values."""
    found: dict[Any, list[Measured]] = defaultdict(list)
    for value, run in sorted(zip(values, runs, strict=True), key=lambda pair: pair[0]):
        found[value].append(run)
    return dict(found)


def also_differing(runs: dict[Any, list[Measured]]) -> list[str]:
    """The settings, beside seeds, in which runs of one group differ: such runs have no common mean."""
    keys = [key for group in runs.values() for key in differing([run.job for run in group])]
    return [key for key in dict.fromkeys(keys) if key.rpartition(".")[2] != "seed"]


def mixed(keys: list[str]) -> str:
    """A sentence that says so."""
    return f"No answer: the jobs differ in {', '.join(keys)} as well. Sweep with one value of each."


def left_out(jobs: list[RunRecord]) -> list[str]:
    """A sentence on the jobs that failed, if any did."""
    failed = [job.path.name for job in jobs if job.status == "failed"]
    if len(failed) == 1:
        return [f"Job {failed[0]} failed and is left out."]
    return [f"Jobs {', '.join(failed)} failed and are left out."] if failed else []


def grouped(number: float) -> str:
    """A whole number with its thousands set apart."""
    return f"{round(number):,}".replace(",", "\u00a0")


def rounded(number: float) -> str:
    """A number that is known roughly: two digits of it, with its thousands set apart."""
    digits = 1 - math.floor(math.log10(number)) if number >= 1 else 0
    return grouped(round(number, min(digits, 0)))
