"""What the report draws of a trigger word: the trade-off between misses and false alarms, and how soon it is heard."""

import math
from collections.abc import Callable

import numpy as np

from lightwell.render.charts import (
    HEIGHT,
    MOST_POINTS,
    WIDTH,
    Chart,
    Line,
    Point,
    Scale,
    Tick,
    frame_of,
    nice_ticks,
    tick_label,
)

LARGE = 5.0  # the radius of the point that was chosen
MOST_BINS = 50
SOON = 100.0  # milliseconds: what the axis of latencies shows at least
NONE = 0.75  # of a decade: how far before the least value none stands


class LogScale:
    """From values to positions on a logarithmic axis, which begins with a place for none.

    Args:
        values: What has to find a place; none of them is negative.
        start: Where none stands.
        end: Where the axis ends.
    """

    def __init__(self, values: np.ndarray, start: float, end: float):
        some = values[values > 0] if (values > 0).any() else np.ones(1)
        self.first = math.floor(math.log10(some.min()) + 1e-9)
        self.last = max(math.ceil(math.log10(some.max()) - 1e-9), self.first + 1)
        self.scale = Scale(self.first - NONE, self.last, start, end)

    def __call__(self, value: float) -> float:
        """The position of a value."""
        return self.scale(math.log10(value) if value > 0 else self.scale.low)

    def ticks(self, label: Callable[[float], str]) -> list[Tick]:
        """None, and the powers of ten."""
        powers = range(self.first, self.last + 1)
        return [Tick(self.scale.start, "none"), *(Tick(self.scale(power), label(10.0**power)) for power in powers)]


def trade_off_chart(
    alarms: np.ndarray, rejects: np.ndarray, thresholds: np.ndarray, settled: tuple[float, float]
) -> Chart:
    """False rejects against false alarms an hour, both on logarithmic axes: a DET curve (Martin et al., 1997).

    Args:
        alarms: `(thresholds,)`: false alarms an hour.
        rejects: `(thresholds,)`: the share of the wanted words that is missed.
        thresholds: `(thresholds,)`.
        settled: Both for the detector that was settled on.
    """
    places = worth_choosing(alarms, rejects)
    left, top, right, bottom = frame_of(WIDTH, HEIGHT)
    across = LogScale(np.append(alarms[places], settled[0]), left, right)
    down = LogScale(np.append(rejects[places], [settled[1], 1.0]), bottom, top)
    points = [
        Point(across(x), down(y), f"threshold {threshold:.3g}: {_both(x, y)}")
        for x, y, threshold in zip(alarms[places], rejects[places], thresholds[places], strict=True)
    ]
    return Chart(
        "Words missed, by false alarms",
        "false alarms an hour",
        "share of the words missed",
        across.ticks(lambda rate: f"{rate:g}"),
        down.ticks(lambda share: f"{100 * share:g}%"),
        [
            Line("every threshold", _path([(point.x, point.y) for point in points]), points),
            Line("the one settled on", "", [Point(across(settled[0]), down(settled[1]), _both(*settled), LARGE)]),
        ],
    )


def worth_choosing(alarms: np.ndarray, rejects: np.ndarray) -> np.ndarray:
    """The places of those thresholds that no other beats in one without being worse in the other, by false alarms."""
    order = np.lexsort((rejects, alarms))
    fewest_before = np.minimum.accumulate(np.concatenate([[np.inf], rejects[order][:-1]]))
    front = order[rejects[order] < fewest_before]
    return front[np.unique(np.linspace(0, len(front) - 1, min(len(front), MOST_POINTS)).round().astype(int))]


def latency_chart(latencies: np.ndarray) -> Chart:
    """How long after the end of the word it was heard, `(hits,)` in milliseconds."""
    edges = np.array(nice_ticks(min(float(latencies.min()), 0.0), max(float(latencies.max()), SOON), most=MOST_BINS))
    counts, _ = np.histogram(np.clip(latencies, edges[0], edges[-1]), edges)
    median = float(np.median(latencies))
    left, top, right, bottom = frame_of(WIDTH, HEIGHT)
    ticks, shares = nice_ticks(edges[0], edges[-1], most=7), nice_ticks(0, counts.max() / len(latencies))
    across, down = Scale(edges[0], edges[-1], left, right), Scale(0, shares[-1], bottom, top)
    corners, points = [(across(edges[0]), bottom + 0.0)], []
    for count, low, high in zip(counts.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        height = down(count / len(latencies))
        corners += [(across(low), height), (across(high), height)]
        title = f"{count:,} of {len(latencies):,} words heard {low:g} to {high:g} ms after their end"
        points += [Point(across((low + high) / 2), height, title, 0)] if count else []
    return Chart(
        "How soon it is heard",
        "milliseconds after the end of the word",
        "share of the words heard",
        [Tick(across(value), tick_label(value, ticks)) for value in ticks if edges[0] <= value <= edges[-1]],
        [Tick(down(share), f"{share:.0%}") for share in shares],
        [Line("", _path([*corners, (across(edges[-1]), bottom + 0.0)]), points)],
        mark=Tick(across(median), f"median {median:.0f} ms"),
    )


def _both(alarms: float, rejects: float) -> str:
    return f"{alarms:.3g} false alarms an hour, {rejects:.1%} of the words missed"


def _path(places: list[tuple[float, float]]) -> str:
    return "M" + " L".join(f"{x},{y}" for x, y in places)
