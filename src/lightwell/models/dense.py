"""Networks that flatten the picture: logistic regression, a perceptron, and the small day/night network."""

import math
from typing import Literal

from torch import Tensor, nn

from lightwell.models.activations import activation_named

Activation = Literal["relu", "leaky_relu", "elu", "gelu", "silu", "sigmoid", "tanh"]


class Logistic(nn.Sequential):
    """Logistic regression: the flattened picture times W, plus b. One neuron a class."""

    inputs = "images"

    def __init__(self, *, input_shape: tuple[int, ...], outputs: int):
        super().__init__(nn.Flatten(), nn.Linear(math.prod(input_shape), outputs))


class MLP(nn.Sequential):
    """Fully connected layers of the given `widths`, with dropout after each."""

    inputs = "images"

    def __init__(
        self,
        *,
        input_shape: tuple[int, ...],
        outputs: int,
        widths: list[int],
        activation: Activation = "relu",
        dropout: float = 0.0,
    ):
        layers: list[nn.Module] = [nn.Flatten()]
        features = math.prod(input_shape)
        for width in widths:
            layers += [nn.Linear(features, width), activation_named(activation), nn.Dropout(dropout)]
            features = width
        super().__init__(*layers, nn.Linear(features, outputs))


class Shallow(nn.Module):
    """The small day/night network: one wide convolution, coarse pooling, one hidden layer.

    Telling day from night is an easy task, for which a shallow network and a small picture are enough.
    """

    inputs = "images"

    def __init__(
        self,
        *,
        input_shape: tuple[int, ...],
        outputs: int,
        width: int = 16,
        hidden: int = 32,
        activation: Activation = "relu",
    ):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(input_shape[0], width, kernel_size=5, padding=2), activation_named(activation)
        )
        self.pool = nn.AdaptiveMaxPool2d(4)
        self.head = nn.Sequential(
            nn.Flatten(), nn.Linear(16 * width, hidden), activation_named(activation), nn.Linear(hidden, outputs)
        )

    def forward(self, inputs: Tensor) -> Tensor:
        """Scores `(batch, outputs)` of pictures `(batch, channels, height, width)`."""
        return self.head(self.pool(self.features(inputs)))
