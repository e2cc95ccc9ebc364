"""What a search has come to: its best trial, how it got there, and which settings matter."""

from typing import Any

from lightwell.config.resolvers import best_is
from lightwell.render.answer_chart import ACROSS, DOWN, AnswerChart
from lightwell.render.bar_chart import BarChart
from lightwell.render.charts import Point, Scale, Tick, nice_ticks
from lightwell.runs.record import RunRecord
from lightwell.sweeps.answer import Answer, Figure
from lightwell.sweeps.search import open_study

FEWEST = 4  # trials from which an importance says anything at all


def best_so_far(jobs: list[RunRecord], *, trials: int) -> Answer:
    """The best trial, the way to it, and each setting's importance, from the finished trials of a search."""
    monitor = jobs[0].config["monitor"]
    values = {int(job.path.name): value for job in jobs if (value := job.metrics.get(f"best/{monitor}")) is not None}
    if not values:
        return Answer([f"No trial has kept its best {monitor}: a search needs callbacks=[checkpoint,...]."])
    minimum = best_is(monitor) == "min"
    best = (min if minimum else max)(values, key=lambda number: values[number])
    study = open_study(jobs[0].path.parent)
    settings = ", ".join(f"{key}={_short(value)}" for key, value in study.get_trials()[best].params.items())
    pruned = sum(job.status == "pruned" for job in jobs)
    ended = f"; {pruned} ended early" if pruned else ""
    sentences = [
        f"The best {monitor} so far is {values[best]:.4g}, of trial {best}, with {settings}.",
        f"{len(values)} of {trials} trials are finished{ended}. The test split has no part in the choice.",
    ]
    figures = [history(values, monitor=monitor, minimum=minimum)]
    shares = importances(study) if len(values) >= FEWEST else {}
    if shares:
        key, share = next(iter(shares.items()))
        sentences.insert(1, f"{key} accounts for {share:.0%} of the differences between the trials.")
        caption = "The share of the variance of the result that each setting explains, by functional ANOVA."
        figures.append(
            Figure("Which settings matter?", BarChart.of("Importance of each setting", shares).svg(), caption)
        )
    numbers = {"best": values[best], "best/trial": float(best), "trials": float(len(values))}
    return Answer(sentences, figures, numbers)


def importances(study: Any) -> dict[str, float]:
    """How much of the differences each setting explains (Hutter et al., 2014), the most important first."""
    import optuna

    try:
        shares = optuna.importance.get_param_importances(
            study, evaluator=optuna.importance.FanovaImportanceEvaluator(seed=0)
        )
    except (ValueError, RuntimeError):  # all trials equally good, or too few of them
        return {}
    return {key: float(share) for key, share in shares.items()}


def history(values: dict[int, float], *, monitor: str, minimum: bool) -> Figure:
    """Each trial's result, and the best so far."""
    numbers = sorted(values)
    ticks = nice_ticks(min(values.values()), max(values.values()))
    down = Scale(ticks[0], max(ticks[-1], max(values.values())), *DOWN)
    across = Scale(0, max(1, numbers[-1]), *ACROSS)
    best: list[tuple[float, float]] = []
    leader = values[numbers[0]]
    for number in numbers:
        leader = min(leader, values[number]) if minimum else max(leader, values[number])
        best.append((across(number), down(leader)))
    step = max(1, numbers[-1] // 6)
    chart = AnswerChart(
        title=f"{monitor} of each trial, and the best so far",
        x_label="trial",
        y_label=monitor,
        x_ticks=[Tick(across(number), str(number)) for number in range(0, numbers[-1] + 1, step)],
        y_ticks=[Tick(down(value), f"{value:g}") for value in ticks],
        runs=[
            Point(across(number), down(values[number]), f"trial {number}: {values[number]:.4g}") for number in numbers
        ],
        means=[],
        curve=best,
    )
    return Figure("How did the search get there?", chart.svg(), "A dot is a trial, the line the best so far.")


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
