"""The smallest size that is good enough, in words and as a picture."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lightwell.render.answer_chart import ACROSS, DOWN, AnswerChart
from lightwell.render.charts import Point, Scale, Tick, nice_ticks
from lightwell.render.report_wording import duration, percent
from lightwell.runs.predictions import Predictions
from lightwell.runs.record import RunRecord
from lightwell.sweeps.answer import Answer, Figure
from lightwell.sweeps.comparison import Comparison
from lightwell.sweeps.measured import also_differing, groups, left_out, measured, mixed


def compare(
    jobs: list[RunRecord], *, size: Callable[[dict[str, Any]], int], tolerance: float, unit: str, question: str
) -> Answer | None:
    """What the jobs so far say; None before any has finished.

    Args:
        jobs: The jobs, finished or not.
        size: From a job's config to the size that was swept over.
        tolerance: The accuracy that may be lost.
        unit: What a size is a number of, such as `pixel`.
        question: What the sweep asks.
    """
    done = [run for run in measured(jobs, "test/accuracy") if (run.job.path / "predictions.npz").is_file()]
    if not done:
        return None
    runs = groups(done, [size(run.job.config) for run in done])
    keys = also_differing(runs) or (["data.test"] if len({run.tested for run in done}) > 1 else [])
    if keys:
        return Answer([mixed(keys)])
    if len(runs) == 1:
        return Answer(["One size so far: there is nothing to compare it with yet.", *left_out(jobs)])
    rights = {size: np.stack([_right(run.job) for run in group]) for size, group in runs.items()}
    comparison = Comparison(runs, rights, tolerance, unit, question)
    numbers = {"enough": float(comparison.enough), "best": float(comparison.best)}
    return Answer([*sentences(comparison), *left_out(jobs)], [figure(comparison)], numbers)


def _right(job: RunRecord) -> NDArray[np.float64]:
    return Predictions.load(job.path / "predictions.npz").right().astype(np.float64)


def sentences(comparison: Comparison) -> list[str]:
    """Which size is enough, what the next smaller one loses, and what is saved."""
    sizes, enough, best = list(comparison.runs), comparison.enough, comparison.best
    said = [_verdict(comparison)]
    if enough != sizes[0]:
        smaller = sizes[sizes.index(enough) - 1]
        mean, low, high = comparison.loss(smaller)
        interval = f"{percent(max(low, 0), 1)} to {percent(high, 1)}"
        doubt = "" if low > comparison.tolerance else ", which is not surely too much"
        said.append(f"{counted(smaller, comparison.unit)} would lose {percent(mean, 1)} ({interval}){doubt}.")
    if enough == sizes[-1]:
        said.append("It is the largest that was tried: more may be better still.")
    seconds = [
        [float(run.job.provenance.get("seconds", 0)) for run in comparison.runs[size]] for size in (enough, best)
    ]
    if enough != best and all(min(times) > 0 for times in seconds):
        shorter, longer = (duration(float(np.mean(times))) for times in seconds)
        said.append(f"A run takes {shorter} instead of {longer}.")
    return said


def _verdict(comparison: Comparison) -> str:
    enough, best, allowed = comparison.enough, comparison.best, comparison.tolerance
    accuracy = f"{percent(comparison.accuracies[enough], 1)} of the test examples are right"
    verb = "is" if enough == 1 else "are"
    if enough == best:
        return f"{counted(enough, comparison.unit)} {verb} needed, of what was tried: {accuracy}."
    lost = comparison.loss(enough)
    sure = f"{verb} enough" if lost.high <= allowed else f"{verb} probably enough"
    low, high = (f"{100 * value:+.1f}".replace("-", "\u2212") for value in (-lost.high, -lost.low))
    against = f"against {percent(comparison.accuracies[best], 1)} with {counted(best, comparison.unit)}"
    difference = f"a difference of {low} to {high} points, of which {100 * allowed:g} may be lost"
    return f"{counted(enough, comparison.unit)} {sure}: {accuracy}, {against} ({difference})."


def counted(number: int, unit: str) -> str:
    """A number of something."""
    return f"{number} {unit}{'' if number == 1 else 's'}"


def figure(comparison: Comparison) -> Figure:
    """Accuracy against size; the sizes stand at equal distances."""
    accuracies, unit, allowed = comparison.accuracies, comparison.unit, comparison.tolerance
    of_runs = {size: right.mean(1).tolist() for size, right in comparison.rights.items()}
    least = accuracies[comparison.best] - allowed
    shown = [least, *(accuracy for group in of_runs.values() for accuracy in group)]
    ticks = [tick for tick in nice_ticks(min(shown), max(shown)) if tick <= 1]
    down = Scale(ticks[0], max(ticks[-1], *shown), *DOWN)
    step = (ACROSS[1] - ACROSS[0]) / len(of_runs)
    place = {size: ACROSS[0] + step * (number + 0.5) for number, size in enumerate(of_runs)}
    chart = AnswerChart(
        title=comparison.question,
        x_label=f"{unit}s",
        y_label="test accuracy",
        x_ticks=[Tick(place[size], str(size)) for size in of_runs],
        y_ticks=[Tick(down(value), f"{100 * value:g}\u00a0%") for value in ticks],
        runs=[
            Point(
                round(place[size] + 9 * (number - (len(group) - 1) / 2), 1),  # equal figures stand beside each other
                down(accuracy),
                f"run {run.job.path.name}, {counted(size, unit)}: {percent(accuracy, 1)}",
            )
            for size, group in of_runs.items()
            for number, (run, accuracy) in enumerate(zip(comparison.runs[size], group, strict=True))
        ],
        means=[
            Point(place[size], down(accuracy), f"mean of {counted(size, unit)}: {percent(accuracy, 1)}", 4.0)
            for size, accuracy in accuracies.items()
        ],
        curve=[(place[size], down(accuracy)) for size, accuracy in accuracies.items()],
        goal=Tick(down(least), f"the best less {100 * allowed:g}\u00a0%"),
        answer=Tick(place[comparison.enough], "enough"),
    )
    caption = "A dot is a run, a ring the mean of its size; what is above the dashed line is good enough."
    return Figure(comparison.question, chart.svg(), caption)
