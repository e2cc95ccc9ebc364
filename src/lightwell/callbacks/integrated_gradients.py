"""Integrated gradients while training and at the end."""

from typing import Any

from torch import Tensor

from lightwell.callbacks.explanation import Explained, Explanation
from lightwell.explain import integrated_gradients
from lightwell.explain.score import Score


class IntegratedGradients(Explanation):
    """What each pixel adds to the score on the way from a blank picture to this one.

    Args:
        baseline: The grey in [0, 1] of the blank picture.
        error: The completeness error to stay below, as a share of the difference between the two scores.
        most_steps: How many gradients a picture may cost: a larger error is then left, and told.
        options: The arguments of `Explanation`.
    """

    method = "integrated_gradients"
    signed = True

    def __init__(self, *, baseline: float = 0.0, error: float = 0.01, most_steps: int = 243, **options: Any):
        super().__init__(**options)
        self.baseline = baseline
        self.error = error
        self.most_steps = most_steps

    def explain(self, score: Score, images: Tensor, target: Tensor) -> Explained:
        """The parts `(batch, channels, height, width)`, their sum over the channels, and how complete they are."""
        found = integrated_gradients(
            score, images, target=target, baseline=self.baseline, error=self.error, most_steps=self.most_steps
        )
        notes = [
            {"completeness_error": float(error), "steps": int(steps)}
            for error, steps in zip(found.completeness_error, found.steps, strict=True)
        ]
        return Explained(raw=found.attributions, heat=found.attributions.sum(1), notes=notes)
