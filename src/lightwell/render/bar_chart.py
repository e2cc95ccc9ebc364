"""Shares of a whole as bars, with their names."""

from dataclasses import dataclass
from pathlib import Path

import jinja2

TEMPLATES = Path(__file__).parent / "templates"
WIDTH, LEFT, STEP, LONGEST = 440, 180, 28, 200


@dataclass(frozen=True)
class Bar:
    """One share: what it is of, where it stands, how long it is drawn and what is written behind it."""

    label: str
    y: int
    length: float
    value: str


@dataclass(frozen=True)
class BarChart:
    """Bars below each other.

    Attributes:
        title: What they show, for those who cannot see it.
        bars: From the top down.
    """

    title: str
    bars: list[Bar]

    @classmethod
    def of(cls, title: str, shares: dict[str, float]) -> "BarChart":
        """Bars of shares between 0 and 1, in the order given."""
        return cls(
            title,
            [
                Bar(label, STEP * number + 4, round(LONGEST * share, 1), f"{share:.0%}")
                for number, (label, share) in enumerate(shares.items())
            ],
        )

    def svg(self) -> str:
        """One `<svg>` element that fetches nothing; names are escaped, and colours are those of the page around."""
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        height = STEP * len(self.bars) + 4
        return environment.get_template("bar_chart.svg").render(chart=self, width=WIDTH, height=height, left=LEFT)
