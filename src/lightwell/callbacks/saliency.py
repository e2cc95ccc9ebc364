"""Saliency maps while training and at the end."""

from torch import Tensor

from lightwell.callbacks.explanation import Explained, Explanation
from lightwell.explain import saliency
from lightwell.explain.score import Score


class Saliency(Explanation):
    """Where the smallest change would move the score the most: the gradient's largest size over the channels."""

    method = "saliency"
    signed = False

    def explain(self, score: Score, images: Tensor, target: Tensor) -> Explained:
        """The signed gradient `(batch, channels, height, width)`, and its size."""
        gradient = saliency(score, images, target=target)
        return Explained(raw=gradient, heat=gradient.abs().amax(1))
