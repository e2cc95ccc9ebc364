"""Parallel coordinates (Inselberg, 1985): an axis a setting, a line a job, and at the right what came out."""

import math
from dataclasses import dataclass
from typing import NamedTuple

from lightwell.render.charts import Scale, Tick, nice_ticks, tick_label

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 900, 320, 70, 830, 40, 290
WIDE = 20  # a span from which on an axis is logarithmic


@dataclass(frozen=True)
class Axis:
    """An axis: its name, where it stands, and what is marked on it."""

    label: str
    x: float
    ticks: list[Tick]


class Trace(NamedTuple):
    """A job's line, what is said when it is pointed at, and its place among all, from 0 for the worst to 1."""

    path: str
    title: str
    rank: float


@dataclass(frozen=True)
class ParallelCoordinates:
    """What is drawn, in the units of the drawing."""

    axes: list[Axis]
    traces: list[Trace]
    width: int = WIDTH
    height: int = HEIGHT
    top: int = TOP
    bottom: int = BOTTOM


def parallel_coordinates(
    settings: list[dict[str, str]], results: list[float], *, name: str, minimum: bool
) -> ParallelCoordinates | None:
    """The drawing of jobs that have a result; None where fewer than two have, or nothing differs.

    Args:
        settings: What sets each job apart, by key.
        results: What each came to; not finite where it came to nothing.
        name: What the result is.
        minimum: Whether the smallest result is the best.
    """
    kept = [number for number, result in enumerate(results) if math.isfinite(result)]
    keys = list(settings[0]) if settings else []
    if len(kept) < 2 or not keys:
        return None
    columns = {key: [settings[number][key] for number in kept] for key in keys}
    outcome = [results[number] for number in kept]
    step = (RIGHT - LEFT) / len(columns)
    axes, heights = [], []
    for number, (key, values) in enumerate(columns.items()):
        ticks, places = _positions(values)
        axes.append(Axis(key, round(LEFT + number * step, 1), ticks))
        heights.append(places)
    marks = nice_ticks(min(outcome), max(outcome))
    down = Scale(marks[0], max(marks[-1], max(outcome)), BOTTOM, TOP)
    axes.append(Axis(name, RIGHT, [Tick(down(value), tick_label(value, marks)) for value in marks]))
    heights.append([down(value) for value in outcome])
    order = sorted(range(len(outcome)), key=lambda place: outcome[place], reverse=minimum)
    traces = []
    for rank, place in enumerate(order):  # the best is drawn last, above the others
        points = [f"{axis.x},{column[place]}" for axis, column in zip(axes, heights, strict=True)]
        words = " ".join(f"{key}={values[place]}" for key, values in columns.items())
        traces.append(Trace("M" + " L".join(points), f"{words}: {outcome[place]:.4g}", rank / (len(order) - 1)))
    return ParallelCoordinates(axes, traces)


def _positions(values: list[str]) -> tuple[list[Tick], list[float]]:
    """Marks and places of one setting's values: on a scale where all are numbers, else at equal distances."""
    numbers = [_number(value) for value in values]
    if len(set(values)) > 6 and all(math.isfinite(number) for number in numbers):
        low, high = min(numbers), max(numbers)
        if low > 0 and high / low > WIDE:
            across = Scale(math.log10(low), math.log10(high), BOTTOM, TOP)
            marks = [10.0**power for power in range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)]
            return [Tick(across(math.log10(mark)), f"{mark:g}") for mark in marks], [
                across(math.log10(number)) for number in numbers
            ]
        ticks = nice_ticks(low, high)
        scale = Scale(ticks[0], ticks[-1], BOTTOM, TOP)
        return [Tick(scale(tick), tick_label(tick, ticks)) for tick in ticks], [scale(number) for number in numbers]
    known = sorted(set(values), key=lambda value: (not math.isfinite(_number(value)), _number(value), value))
    if any(not math.isfinite(_number(value)) for value in known):
        known = sorted(known)
    room = (BOTTOM - TOP) / max(1, len(known))
    place = {value: round(BOTTOM - room * (number + 0.5), 1) for number, value in enumerate(known)}
    return [Tick(place[value], value if len(value) < 18 else f"{value[:15]}...") for value in known], [
        place[value] for value in values
    ]


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return math.nan
