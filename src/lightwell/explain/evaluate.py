"""Scoring explanations where the truth is known."""

from torch import Tensor

from lightwell.explain import measure


def localisation_scores(maps: Tensor, evidence: Tensor) -> dict[str, Tensor]:
    """How maps `(batch, h, w)` lie on the evidence `(batch, height, width)`, by score, each `(batch,)`."""
    return {"mass_inside": measure.mass_inside(maps, evidence)}
