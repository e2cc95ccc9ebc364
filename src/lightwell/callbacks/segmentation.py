"""Masks from saliency, while training and at the end."""

from typing import Any, Literal

from torch import Tensor

from lightwell.callbacks.explanation import Explained, Explanation
from lightwell.explain import largest_component, saliency, segmentation
from lightwell.explain.score import Score


class Segmentation(Explanation):
    """The object as a mask, cut out by saliency alone (Simonyan et al., 2014).

    Args:
        by: How the map becomes a mask: a `percentile` of its values, Otsu's threshold, or GrabCut seeded by it.
        largest: Whether to keep only the largest connected part.
        options: The arguments of `Explanation`.
    """

    method = "segmentation"
    signed = False

    def __init__(
        self, *, by: Literal["percentile", "otsu", "grab_cut"] = "percentile", largest: bool = True, **options: Any
    ):
        super().__init__(**options)
        self.by = by
        self.largest = largest

    def explain(self, score: Score, images: Tensor, target: Tensor) -> Explained:
        """The mask `(batch, height, width)`, of zeros and ones."""
        sizes = saliency(score, images, target=target).abs().amax(1)
        masks = segmentation(sizes, method=self.by, pictures=images)
        masks = largest_component(masks) if self.largest else masks
        return Explained(raw=masks.float(), heat=masks.float())
