"""Smoothed saliency maps while training and at the end."""

from typing import Any

from torch import Tensor

from lightwell.callbacks.explanation import Explained, Explanation
from lightwell.explain import smooth_grad
from lightwell.explain.score import Score


class SmoothGrad(Explanation):
    """Saliency without its grain: the mean gradient over noisy copies of the picture.

    Args:
        samples: How many noisy copies.
        noise: The noise's standard deviation, as a share of the picture's range of values.
        seed: What the noise is drawn from.
        options: The arguments of `Explanation`.
    """

    method = "smooth_grad"
    signed = False

    def __init__(self, *, samples: int = 25, noise: float = 0.15, seed: int = 0, **options: Any):
        super().__init__(**options)
        self.samples = samples
        self.noise = noise
        self.seed = seed

    def explain(self, score: Score, images: Tensor, target: Tensor) -> Explained:
        """The signed mean gradient `(batch, channels, height, width)`, and its size."""
        gradient = smooth_grad(score, images, target=target, samples=self.samples, noise=self.noise, seed=self.seed)
        return Explained(raw=gradient, heat=gradient.abs().amax(1))
