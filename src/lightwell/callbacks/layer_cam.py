"""Layer-CAM maps while training and at the end."""

from torch import Tensor

from lightwell.callbacks.explanation import Explained
from lightwell.callbacks.layer_explanation import LayerExplanation
from lightwell.explain import layer_cam
from lightwell.explain.score import Score


class LayerCam(LayerExplanation):
    """A layer's feature maps, each place weighed by its own gradient; good for early layers."""

    method = "layer_cam"
    signed = True

    def explain(self, score: Score, images: Tensor, target: Tensor) -> Explained:
        """The map `(batch, h, w)`, at the layer's resolution."""
        maps = layer_cam(score, images, target=target, layer=self.layer)
        return Explained(raw=maps, heat=maps)
