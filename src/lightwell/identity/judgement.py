"""What is settled on validation people, and then held against people who were never seen."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from lightwell.identity.recognition import Elbow, choose_k, unknown_threshold
from lightwell.identity.verification import Pairs, all_pairs, equal_error
from lightwell.losses.distances import Distance


@dataclass(frozen=True)
class Judgement:
    """How distances are judged.

    Attributes:
        threshold: Below it, two pictures show the same person: where both kinds of error were equal.
        slope: Of the log odds that they do, at this distance; negative.
        intercept: Of the same, where both answers were equally likely before.
        k: How many nearest pictures of the gallery say who it is.
        unknown: Above this distance from everybody in the gallery, somebody is unknown.
    """

    threshold: float
    slope: float
    intercept: float
    k: int
    unknown: float

    def sure(self, distance: float) -> float:
        """How probable it is that two pictures at this distance show the same person, if it was as likely before."""
        return float(1 / (1 + np.exp(-np.clip(self.slope * distance + self.intercept, -500, 500))))

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Judgement":
        """As a file has it, maybe a stranger's: numbers only."""
        numbers = {name: float(values[name]) for name in ("threshold", "slope", "intercept", "unknown")}
        return cls(k=max(1, int(values["k"])), **numbers)

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def judge(
    embeddings: np.ndarray, people: np.ndarray, in_gallery: np.ndarray, distance: Distance
) -> tuple[Judgement, Elbow]:
    """Settle everything on people of their own.

    Args:
        embeddings: `(pictures, dimensions)`.
        people: `(pictures,)`: whom each shows.
        in_gallery: `(pictures,)` bool: which of them the people are known by.
        distance: As the loss measures it.
    """
    pairs = all_pairs(embeddings, people, distance)
    slope, intercept = _odds(pairs)
    known, asked = (embeddings[in_gallery], people[in_gallery]), (embeddings[~in_gallery], people[~in_gallery])
    elbow = choose_k(known, asked, distance)
    settled = Judgement(
        threshold=equal_error(pairs.curve())[1],
        slope=slope,
        intercept=intercept,
        k=elbow.k,
        unknown=unknown_threshold(known, asked, distance),
    )
    return settled, elbow


def _odds(pairs: Pairs) -> tuple[float, float]:
    """Log odds of the same person by distance (Platt, 2000), as much weight on both answers."""
    spread = float(pairs.distances.std()) or 1.0
    fitted = LogisticRegression(class_weight="balanced").fit(pairs.distances[:, None] / spread, pairs.same)
    return float(fitted.coef_[0, 0]) / spread, float(fitted.intercept_[0])
