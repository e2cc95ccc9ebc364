"""From the runs of a data budget sweep to a sentence and a picture."""

import numpy as np

from lightwell.render.answer_chart import ACROSS, DOWN, AnswerChart, LogScale
from lightwell.render.charts import Point, Tick
from lightwell.render.report_wording import percent, words
from lightwell.runs.record import RunRecord
from lightwell.sweeps.answer import Answer, Figure
from lightwell.sweeps.measured import Measured, also_differing, grouped, groups, left_out, measured, mixed, rounded
from lightwell.sweeps.power_law import FEWEST, Estimate, FloatArray, PowerLaw, fit

TRUSTED = 8  # times the largest budget: a law that was never seen to hold farther is read no farther


def read_off(jobs: list[RunRecord], *, goal: float, metric: str) -> Answer | None:
    """How many examples the goal takes; None before any job has finished with this figure."""
    runs = measured(jobs, metric)
    if not runs:
        finished = any(job.status == "finished" for job in jobs)
        return Answer([f"No answer: no job has {metric}, or none between 0 and 1."]) if finished else None
    by_budget = groups(runs, [run.trained for run in runs])
    if keys := also_differing(by_budget):
        return Answer([mixed(keys)])
    if len(by_budget) < FEWEST:
        done = f"{len(by_budget)} {'budget' if len(by_budget) == 1 else 'budgets'} so far"
        return Answer([f"{done}: a curve takes {FEWEST} at least.", *left_out(jobs)])
    examples = np.array([run.trained for run in runs], dtype=np.float64)
    law = fit(examples, np.array([run.error for run in runs]), tested=min(run.tested for run in runs))
    noun = "images" if "image_size" in runs[0].job.config.get("data", {}) else "examples"
    wanted = f"{100 * goal:g}\u00a0% {words(metric.rpartition('/')[2])}"
    needed = law.needed(1 - goal)
    sentences = [answer(needed, law.budgets, wanted, noun), outlook(law, noun), formula(law, len(runs), noun)]
    drawing = figure(law, by_budget, needed, goal=goal, wanted=wanted, noun=noun)
    return Answer([*sentences, *left_out(jobs)], [drawing], numbers(law, needed))


def answer(needed: Estimate, budgets: FloatArray, wanted: str, noun: str) -> str:
    """How many examples are needed, in a sentence.

    The likeliest number decides which sentence it is; what lies beyond the trusted range is not put as a number.
    """
    smallest, largest = budgets[0], budgets[-1]
    most = TRUSTED * largest
    if needed.value > most:
        if needed.low > most:
            return f"{wanted} takes more than {grouped(most)} {noun}, if more of them ever get there."
        perhaps = f"though perhaps no more than {rounded(max(needed.low, smallest))}"
        return f"{wanted} probably takes more than {grouped(most)} {noun}, if ever, {perhaps}."
    if needed.value > largest:
        more = needed.value - largest
        low = rounded(needed.low - largest) if needed.low > largest else "perhaps none"
        high = (
            rounded(needed.high - largest) if needed.high <= most else f"more than {rounded(most - largest)}, if ever"
        )
        beyond = f"beyond the {grouped(largest)} of the largest budget"
        return f"For {wanted} you need about {rounded(more)} more {noun} ({low} to {high}) {beyond}."
    if needed.value <= smallest:
        return f"{wanted} takes no more than the {grouped(smallest)} {noun} of the smallest budget."
    low = rounded(needed.low) if needed.low >= smallest else f"fewer than {grouped(smallest)}"
    high = rounded(needed.high) if needed.high <= most else f"more than {grouped(most)}, if ever"
    enough = "are enough" if needed.high <= largest else "are probably, not certainly, enough"
    return f"{wanted} takes about {rounded(needed.value)} {noun} ({low} to {high}): {grouped(largest)} {enough}."


def outlook(law: PowerLaw, noun: str) -> str:
    """What more data would bring, in a sentence that another run can prove wrong."""
    said = []
    for size in (2 * law.budgets[-1], TRUSTED * law.budgets[-1]):
        error, low, high = (percent(share, 1) for share in law.predict(size))
        said.append((f"{grouped(size)} {noun}", error, f"({low} to {high})"))
    (soon, *first), (later, *second) = said
    verb = "of the test examples wrong"
    return f"A new run on {soon} would get {first[0]} {verb} {first[1]}, one on {later} {second[0]} {second[1]}."


def formula(law: PowerLaw, runs: int, noun: str) -> str:
    """The law that fits best, what it was fitted to, and which budgets do not follow it."""
    a, b, c = law.best
    floor = f" + {c:.2g}" if c else ""
    start = float(np.median(law.starts))
    late = f" Budgets below {grouped(start)} {noun} do not follow it." if start > law.budgets[0] else ""
    return f"Best fit to {runs} runs with {len(law.budgets)} budgets: error = {a:.2g} n^-{b:.2g}{floor}.{late}"


def numbers(law: PowerLaw, needed: Estimate) -> dict[str, float]:
    """What the sentences say, for a program; what is infinite is left out."""
    said = {"needed": needed} | {
        f"predicted_error/{size:g}": law.predict(size) for size in law.budgets[-1] * np.array([2, TRUSTED])
    }
    parts = {
        f"{name}{end}": value for name, of in said.items() for end, value in zip(("", "/low", "/high"), of, strict=True)
    }
    return {name: value for name, value in parts.items() if np.isfinite(value)}


def figure(
    law: PowerLaw, by_budget: dict[int, list[Measured]], needed: Estimate, *, goal: float, wanted: str, noun: str
) -> Figure:
    """Error against examples, both logarithmic, so that a power law without a floor is a straight line."""
    first, last = law.budgets[0], TRUSTED * law.budgets[-1]
    sizes = np.geomspace(first, last, 60)
    curve = [law.curve(size) for size in sizes]
    errors = [run.error for group in by_budget.values() for run in group]
    reach = [1 - goal, *errors, *(estimate.high for estimate in curve), *(estimate.low for estimate in curve)]
    across = LogScale(first, last, *ACROSS)
    down = LogScale(max(min(reach) / 1.2, 0.3 / law.tested), min(max(reach) * 1.2, 1), *DOWN)
    upper = [(across(size), down(estimate.high)) for size, estimate in zip(sizes, curve, strict=True)]
    lower = [(across(size), down(estimate.low)) for size, estimate in zip(sizes, curve, strict=True)]
    means = {size: float(np.mean([run.error for run in group])) for size, group in by_budget.items()}
    chart = AnswerChart(
        title=f"Test error against training {noun}, with what {wanted} takes",
        x_label=f"training {noun}",
        y_label="test error",
        x_ticks=[Tick(across(value), grouped(value)) for value in across.ticks()],
        y_ticks=[Tick(down(value), f"{100 * value:g}\u00a0%") for value in down.ticks()],
        runs=[
            Point(
                across(size),
                down(run.error),
                f"run {run.job.path.name}, {grouped(size)} {noun}: {percent(run.error, 1)}",
            )
            for size, group in by_budget.items()
            for run in group
        ],
        means=[
            Point(across(size), down(error), f"mean of {grouped(size)} {noun}: {percent(error, 1)}", 4.0)
            for size, error in means.items()
        ],
        curve=[(across(size), down(estimate.value)) for size, estimate in zip(sizes, curve, strict=True)],
        band=upper + lower[::-1],
        goal=Tick(down(1 - goal), f"goal: {wanted}"),
        falling=True,
        answer=Tick(across(needed.value), f"about {rounded(needed.value)} {noun}")
        if first < needed.value <= last
        else None,
        answer_range=(across(needed.low), across(needed.high)) if needed.low <= last and needed.high >= first else None,
    )
    caption = (
        "A dot is a run, a ring the mean of a budget. The curve is the fitted law, and its band and the shaded range "
        "hold in about nine cases of ten, if the law goes on as it did."
    )
    return Figure(f"How much data is enough for {wanted}?", chart.svg(), caption)
