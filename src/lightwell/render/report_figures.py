"""The final figures with their 95 % intervals, and the baselines beside them."""

import math
from dataclasses import dataclass

import numpy as np

from lightwell.render.intervals import Interval, bootstrap, wilson
from lightwell.render.report_wording import METRICS, is_share, lower_is_better
from lightwell.render.weighted_figures import NAMES, weighted_figures
from lightwell.runs.predictions import Predictions

AGREEMENT = 2e-3
RESAMPLES, FEWER_RESAMPLES = 1000, 200
MANY_PROBABILITIES = 500_000  # more than these would take a bootstrap of 1000 several seconds


@dataclass(frozen=True)
class Figure:
    """One test metric: its value, its interval where one can be had, and what each baseline reaches."""

    name: str
    value: float
    interval: Interval | None
    baselines: dict[str, float]

    @property
    def best_baseline(self) -> str | None:
        """The name of the baseline to beat."""
        return next(iter(self.baselines), None)


def final_figures(
    metrics: dict[str, float],
    predictions: Predictions | None,
    monitor: str,
    intervals: dict[str, Interval] | None = None,
) -> list[Figure]:
    """The test metrics of a run, the monitored one first.

    An interval is given only where the figure, worked out again from the predictions, agrees with the recorded
    one: otherwise the two mean different things, such as another kind of average.

    Args:
        metrics: The run's final figures.
        predictions: What it said of the test examples.
        monitor: The figure to begin with.
        intervals: Those that the run itself has recorded.
    """
    names = [name.removeprefix("test/") for name in metrics if name.startswith("test/")]
    places = {name: place for place, name in enumerate(METRICS)}
    names.sort(key=lambda name: (name != monitor, places.get(name, len(places)), name))
    worked_out = figures_with_intervals(predictions) if predictions else {}
    figures = []
    for name in names:
        value = metrics[f"test/{name}"]
        again, interval = worked_out.get(name, (math.nan, None))
        agrees = abs(again - value) < AGREEMENT
        known = (intervals or {}).get(name, interval if agrees else None)
        figures.append(Figure(name, value, known, baselines(metrics, name)))
    return figures


def baselines(metrics: dict[str, float], name: str) -> dict[str, float]:
    """What each baseline reaches in one metric, the best first; keys are `baseline/<name>/<metric>`."""
    found = {}
    for key, value in metrics.items():
        baseline, _, metric = key.removeprefix("baseline/").rpartition("/")
        if key.startswith("baseline/") and baseline and metric == name:
            found[baseline] = value
    return dict(sorted(found.items(), key=lambda item: item[1], reverse=not lower_is_better(name)))


def figures_with_intervals(predictions: Predictions) -> dict[str, tuple[float, Interval | None]]:
    """Each figure that follows from the predictions, with its interval."""
    figures = weighted_figures(predictions)
    examples = len(predictions.names)
    many = predictions.probabilities.size > MANY_PROBABILITIES
    intervals = bootstrap(figures, examples, resamples=FEWER_RESAMPLES if many else RESAMPLES)
    found = dict(zip(NAMES, zip(figures(np.ones(examples)).tolist(), intervals, strict=True), strict=True))
    if not predictions.multilabel:
        right = int(predictions.right().sum())
        found["accuracy"] = (right / examples, wilson(right, examples))
    return found


def share_scale(figures: list[Figure]) -> tuple[float, float]:
    """The range up to 1, in steps of 5 %, that holds every share of the table, its interval and its baselines."""
    shares = [figure for figure in figures if is_share(figure.name)]
    values = [value for figure in shares for value in (figure.value, *(figure.interval or ()))]
    values += [value for figure in shares for value in figure.baselines.values()]
    lowest = min(values, default=0.0)
    return min(max(0.0, math.floor((lowest - 0.005) * 20) / 20), 0.95), 1.0
