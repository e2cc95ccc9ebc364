"""Grad-CAM maps while training and at the end."""

from torch import Tensor

from lightwell.callbacks.explanation import Explained
from lightwell.callbacks.layer_explanation import LayerExplanation
from lightwell.explain import grad_cam
from lightwell.explain.score import Score


class GradCam(LayerExplanation):
    """A layer's feature maps, each weighed by the mean of the score's gradient with respect to it."""

    method = "grad_cam"
    signed = True

    def explain(self, score: Score, images: Tensor, target: Tensor) -> Explained:
        """The map `(batch, h, w)`, at the layer's resolution."""
        maps = grad_cam(score, images, target=target, layer=self.layer)
        return Explained(raw=maps, heat=maps)
