"""An artwork's figures."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from lightwell.losses.style import StyleLoss, Terms


@dataclass(frozen=True)
class Measured:
    """What was measured of an artwork, as plain numbers.

    Attributes:
        number: Which artwork it is.
        figures: By name, as they are logged; losses by layer are not weighted.
        parts: Each term's part of the loss, of the picture (`value`) and of what it started from (`at_start`).
    """

    number: int
    figures: dict[str, float]
    parts: list[dict[str, Any]]

    @classmethod
    def of(
        cls, number: int, loss: StyleLoss, terms: Terms, *, start: Terms | None = None, painting: Terms | None = None
    ) -> "Measured":
        """Measure.

        Args:
            number: Which artwork it is.
            loss: The weights.
            terms: The picture's.
            start: Those of what it started from.
            painting: Those of the painting, shown as large as the photograph.
        """
        figures = {
            "loss": loss(terms),
            "content_loss": loss.content(terms),
            "style_loss": loss.style(terms),
            "total_variation": terms.total_variation,
            **{f"content/{layer}": value for layer, value in terms.content.items()},
            **{f"style/{layer}": value for layer, value in terms.style.items()},
        }
        if start:
            figures["style_improvement"] = loss.style(start) / loss.style(terms).clamp_min(1e-30)
        if painting:
            figures["content_drift"] = loss.content(terms) / loss.content(painting).clamp_min(1e-30)
        at_start = loss.weighted(start or terms)
        parts = [
            {"term": term, "layer": layer, "value": float(value), "at_start": float(at_start[term, layer])}
            for (term, layer), value in loss.weighted(terms).items()
        ]
        return cls(number, {name: float(value) for name, value in figures.items()}, parts)


def mean_figures(measured: list[Measured]) -> dict[str, float]:
    """The mean of each figure over artworks; of the improvement, a factor, the geometric one."""
    means = {}
    for name in measured[0].figures:
        values = np.array([each.figures[name] for each in measured])
        means[name] = float(np.exp(np.log(values).mean()) if name == "style_improvement" else values.mean())
    return means
