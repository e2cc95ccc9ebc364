"""Grad-CAM++ maps while training and at the end."""

from torch import Tensor

from lightwell.callbacks.explanation import Explained
from lightwell.callbacks.layer_explanation import LayerExplanation
from lightwell.explain import grad_cam_plus_plus
from lightwell.explain.score import Score


class GradCamPlusPlus(LayerExplanation):
    """A layer's feature maps, weighed so that several objects of one class are all seen."""

    method = "grad_cam_plus_plus"
    signed = True

    def explain(self, score: Score, images: Tensor, target: Tensor) -> Explained:
        """The map `(batch, h, w)`, at the layer's resolution."""
        maps = grad_cam_plus_plus(score, images, target=target, layer=self.layer)
        return Explained(raw=maps, heat=maps)
