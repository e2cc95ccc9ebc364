"""The chart that a sweep's answer is read from: runs, their means, a fitted curve with its band, and the goal."""

import math
from dataclasses import dataclass, field
from pathlib import Path

import jinja2

from lightwell.render.charts import Point, Scale, Tick

WIDTH, HEIGHT = 440, 294
LEFT, TOP, RIGHT, BOTTOM = 56, 40, WIDTH - 16, HEIGHT - 44
ACROSS, DOWN = (LEFT + 8, RIGHT - 8), (BOTTOM, TOP)
MOST_TICKS = 7
TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class AnswerChart:
    """What is drawn, in the units of the chart.

    Attributes:
        title: What it shows, for those who cannot see it.
        x_label: What runs across, with its unit.
        y_label: What runs up, with its unit.
        runs: A dot a run.
        means: A ring for each setting that was tried.
        curve: What was fitted, as positions from left to right.
        band: Its interval: along the upper end and back along the lower one.
        goal: The line that is to be reached; the left of the curve is clear of its label.
        falling: Whether the goal is reached from above.
        answer: Where it is reached.
        answer_range: From where to where that may be.
    """

    title: str
    x_label: str
    y_label: str
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    runs: list[Point]
    means: list[Point]
    curve: list[tuple[float, float]] = field(default_factory=list)
    band: list[tuple[float, float]] = field(default_factory=list)
    goal: Tick | None = None
    falling: bool = False
    answer: Tick | None = None
    answer_range: tuple[float, float] | None = None

    def svg(self) -> str:
        """One `<svg>` element that fetches nothing; whatever words it was given are escaped.

        Its colours are those of the page around it, light or dark, or plain ones where that has none.
        """
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        frame = {"width": WIDTH, "height": HEIGHT, "left": LEFT, "top": TOP, "right": RIGHT, "bottom": BOTTOM}
        return environment.get_template("answer_chart.svg").render(chart=self, path=path, **frame)


def path(places: list[tuple[float, float]]) -> str:
    """A line through places, as SVG writes it."""
    return "M" + " L".join(f"{x:.1f},{y:.1f}" for x, y in places)


@dataclass(frozen=True)
class LogScale:
    """From positive values to positions; equal ratios are equally far apart, and what lies outside is held inside."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The position of a value."""
        inside = min(max(value, self.low), self.high)
        return Scale(math.log(self.low), math.log(self.high), self.start, self.end)(math.log(inside))

    def ticks(self) -> list[float]:
        """Round values inside: 1, 2 and 5 times powers of ten, or fewer of them where the range is wide."""
        powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        for factors in ((1, 2, 5), (1, 3), (1,)):
            values = [float(f"{factor}e{power}") for power in powers for factor in factors]
            inside = [value for value in values if self.low <= value <= self.high]
            if len(inside) <= MOST_TICKS:
                break
        return inside
