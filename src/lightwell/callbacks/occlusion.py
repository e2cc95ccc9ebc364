"""Occlusion maps while training and at the end."""

from typing import Any, Literal

from torch import Tensor

from lightwell.callbacks.explanation import Explained, Explanation
from lightwell.explain import occlusion
from lightwell.explain.score import Score


class Occlusion(Explanation):
    """Where the score falls when a patch covers the picture, and where it rises because a distractor is covered.

    Args:
        patch: The side of the patch, in pixels of what the network sees; null takes 15, or a quarter of the side of a
            picture smaller than 60.
        stride: How far the patch moves from one place to the next, in pixels; null takes half the patch.
        fill: What the patch shows: a grey in [0, 1], a colour, or `mean`, `blur` or `noise`.
        options: The arguments of `Explanation`.
    """

    method = "occlusion"
    signed = True

    def __init__(
        self,
        *,
        patch: int | None = None,
        stride: int | None = None,
        fill: float | list[float] | Literal["mean", "blur", "noise"] = 0.5,
        **options: Any,
    ):
        super().__init__(**options)
        self.patch = patch
        self.stride = stride
        self.fill = fill

    def explain(self, score: Score, images: Tensor, target: Tensor) -> Explained:
        """The fall of the score `(batch, height, width)`: negative where it rises."""
        patch = self.patch or max(1, min(15, min(images.shape[2:]) // 4))
        stride = self.stride or (patch + 1) // 2
        maps = occlusion(score, images, target=target, patch=patch, stride=stride, fill=self.fill)
        return Explained(raw=maps, heat=maps)
