"""Score-CAM maps while training and at the end."""

from torch import Tensor

from lightwell.callbacks.explanation import Explained
from lightwell.callbacks.layer_explanation import LayerExplanation
from lightwell.explain import score_cam
from lightwell.explain.score import Score


class ScoreCam(LayerExplanation):
    """A layer's feature maps, each weighed by the score of the picture seen through it; needs no gradient."""

    method = "score_cam"
    signed = True

    def explain(self, score: Score, images: Tensor, target: Tensor) -> Explained:
        """The map `(batch, h, w)`, at the layer's resolution."""
        maps = score_cam(score, images, target=target, layer=self.layer)
        return Explained(raw=maps, heat=maps)
