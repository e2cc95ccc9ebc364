"""Saliency maps while training and at the end."""

from torch import Tensor

from lightwell.callbacks.explanation import Explained, Explanation
from lightwell.explain import saliency
from lightwell.tasks.classifier import Classifier


class Saliency(Explanation):
    """Where the smallest change would move the score the most: the gradient's largest size over the channels."""

    method = "saliency"
    signed = False

    def explain(self, task: Classifier, images: Tensor, target: Tensor) -> Explained:
        """The signed gradient `(batch, channels, height, width)`, and its size."""
        gradient = saliency(task.scores, images, target=target)
        return Explained(raw=gradient, heat=gradient.abs().amax(1), notes=[{} for _ in images])
