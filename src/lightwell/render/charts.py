"""Charts as geometry: from numbers to where the lines, ticks and points stand; a template draws them as SVG."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lightwell.render.intervals import FloatArray

WIDTH, HEIGHT, SQUARE = 440, 250, 300
LEFT, RIGHT, TOP, BOTTOM = 56, 14, 12, 26
MOST_POINTS = 80
MOST = 1e30  # a loss that ran away beyond this is not drawn
LEAST = 1e-30  # on a logarithmic axis


@dataclass(frozen=True)
class Scale:
    """From values between `low` and `high` to positions between `start` and `end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The position of a value, to a tenth of a unit."""
        return round(float(self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)), 1)


@dataclass(frozen=True)
class Tick:
    """A mark on an axis."""

    position: float
    label: str


Axis = tuple[Callable[[float], float], list[Tick]]  # where a value stands, and the marks


@dataclass(frozen=True)
class Point:
    """A place on a line, and what is said when it is pointed at."""

    x: float
    y: float
    title: str
    radius: float = 2.5


@dataclass(frozen=True)
class Line:
    """One series."""

    label: str
    path: str
    points: list[Point]


@dataclass(frozen=True)
class Chart:
    """A chart ready to be drawn, in units of its `width` and `height`."""

    title: str
    x_label: str
    y_label: str
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    lines: list[Line]
    width: int = WIDTH
    height: int = HEIGHT
    mark: Tick | None = None
    diagonal: str = ""
    legend: bool = True

    @property
    def frame(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of the plot itself, without its labels."""
        return frame_of(self.width, self.height)


def line_chart(
    title: str,
    epochs: FloatArray,
    series: dict[str, FloatArray],
    *,
    best_epoch: float | None = None,
    logarithmic: bool = False,
) -> Chart | None:
    """Series over epochs, `(epochs,)` each; None where no series has a number.

    An epoch without a number is passed over, since some figures are not taken every epoch; so is, on a logarithmic
    axis, one whose figure is not positive.
    """
    least = LEAST if logarithmic else -MOST
    drawn = {label: (least < values) & (values < MOST) & (np.abs(epochs) < MOST) for label, values in series.items()}
    drawn = {label: kept for label, kept in drawn.items() if kept.any()}
    if not drawn:
        return None
    all_x = np.concatenate([epochs[kept] for kept in drawn.values()])
    all_y = np.concatenate([series[label][kept] for label, kept in drawn.items()])
    first, last = float(all_x.min()), float(all_x.max())
    left, top, right, bottom = frame_of(WIDTH, HEIGHT)
    alone = 0.5 if first == last else 0.0  # a single epoch stands in the middle
    across = Scale(first - alone, last + alone, left, right)
    axis = _logarithmic_axis if logarithmic else _linear_axis
    down, ticks = axis(float(all_y.min()), float(all_y.max()), bottom, top)

    lines = []
    for label, kept in drawn.items():
        places = [(x, y, across(x), down(y)) for x, y in zip(epochs[kept], series[label][kept], strict=True)]
        shown = np.unique(np.linspace(0, len(places) - 1, min(len(places), MOST_POINTS)).round().astype(int))
        points = [
            Point(px, py, f"{label}, epoch {x:g}: {y:.4g}") for x, y, px, py in (places[place] for place in shown)
        ]
        lines.append(Line(label, "M" + " L".join(f"{px},{py}" for _, _, px, py in places), points))
    known = best_epoch is not None and first <= best_epoch <= last
    return Chart(
        title,
        "epoch",
        "value, on a logarithmic axis" if logarithmic else "",
        [Tick(across(x), f"{x:g}") for x in _epoch_ticks(first, last)],
        ticks,
        lines,
        mark=Tick(across(best_epoch), f"best epoch, {best_epoch:g}") if known and best_epoch is not None else None,
    )


def reliability_chart(confidence: FloatArray, right: np.ndarray, bins: int = 10) -> Chart:
    """How often answers hold against how sure they are (DeGroot and Fienberg, 1983); a dot's area is its count."""
    left, top, right_edge, bottom = frame_of(SQUARE, SQUARE)
    across, down = Scale(0, 1, left, right_edge), Scale(0, 1, bottom, top)
    points = []
    places = np.minimum((confidence * bins).astype(int), bins - 1)
    for place in np.unique(places):
        chosen = places == place
        sure, held, count = confidence[chosen].mean(), right[chosen].mean(), int(chosen.sum())
        title = f"{count} answers given with {sure:.0%} confidence: {held:.0%} hold"
        points.append(Point(across(sure), down(held), title, round(3 + 9 * math.sqrt(count / len(confidence)), 1)))
    shares = [0, 0.25, 0.5, 0.75, 1]
    return Chart(
        "How sure, how often right",
        "confidence",
        "share that holds",
        [Tick(across(share), f"{share:.0%}") for share in shares],
        [Tick(down(share), f"{share:.0%}") for share in shares],
        [Line("", "M" + " L".join(f"{point.x},{point.y}" for point in points), points)],
        width=SQUARE,
        height=SQUARE,
        diagonal=f"M{left},{bottom} L{right_edge},{top}",
    )


def nice_ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers that enclose a range, steps of 1, 2 or 5 times a power of ten."""
    if high - low < 1e-9 * max(abs(low), abs(high), 1e-9):
        room = 0.1 * max(abs(high) or 1, 1e-300)
        low, high = low - room, high + room
    rough = (high - low) / (most - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [float(f"{place * step:.12g}") for place in range(first, last + 1)]


def tick_label(value: float, ticks: list[float]) -> str:
    """As many digits as tell the ticks apart."""
    step = ticks[1] - ticks[0] if len(ticks) > 1 else 1
    if value and max(abs(tick) for tick in ticks) < 1e-3:
        return f"{value:.0e}".replace("e-0", "e-")
    return f"{value:.{max(0, -math.floor(math.log10(step) + 1e-9))}f}" if abs(value) < 1e5 else f"{value:.0e}"


def _linear_axis(low: float, high: float, start: float, end: float) -> Axis:
    values = nice_ticks(low, high)
    scale = Scale(values[0], values[-1], start, end)
    return scale, [Tick(scale(value), tick_label(value, values)) for value in values]


def _logarithmic_axis(low: float, high: float, start: float, end: float) -> Axis:
    """From the power of ten below the values to a little above them, with a tick at powers of ten."""
    first = math.floor(math.log10(low))
    last = max(math.log10(high) + 0.1, first + 1.0)
    scale = Scale(first, last, start, end)
    powers = range(first, math.floor(last) + 1)
    shown = powers[:: 1 + len(powers) // 8]
    return lambda value: scale(math.log10(value)), [Tick(scale(power), f"{10.0**power:g}") for power in shown]


def _epoch_ticks(first: float, last: float) -> list[float]:
    return [tick for tick in nice_ticks(first, last, most=7) if first <= tick <= last and tick == round(tick)] or [
        first
    ]


def frame_of(width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the plot in a chart of this size."""
    return LEFT, TOP, width - RIGHT, height - BOTTOM
