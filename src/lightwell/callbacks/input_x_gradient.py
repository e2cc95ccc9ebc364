"""Input times gradient while training and at the end."""

from torch import Tensor

from lightwell.callbacks.explanation import Explained, Explanation
from lightwell.explain import input_x_gradient
from lightwell.explain.score import Score


class InputXGradient(Explanation):
    """What each pixel would add to the score if the network were linear."""

    method = "input_x_gradient"
    signed = True

    def explain(self, score: Score, images: Tensor, target: Tensor) -> Explained:
        """The product `(batch, channels, height, width)`, and its sum over the channels."""
        product = input_x_gradient(score, images, target=target)
        return Explained(raw=product, heat=product.sum(1))
