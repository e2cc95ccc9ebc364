"""Convolutional networks: blocks of convolution, activation and pooling, under two kinds of head."""

import math

from torch import Tensor, nn

from lightwell.models.activations import activation_named
from lightwell.models.dense import Activation


class ConvNet(nn.Module):
    """Convolution blocks, then global average pooling and one linear layer.

    The score of a class is then a weighted sum of what each feature map averages to, plus a bias, which is what
    makes its class activation maps exact (Zhou et al., 2016). Between blocks the map is halved; after the last
    it is not, since the global average pools it, and a finer map localises better.
    """

    inputs = "images"

    def __init__(
        self,
        *,
        input_shape: tuple[int, ...],
        outputs: int,
        widths: list[int],
        activation: Activation = "relu",
        kernel_size: int = 3,
        batch_norm: bool = True,
        dropout: float = 0.0,
    ):
        super().__init__()
        self.features = convolution_blocks(
            input_shape, widths, activation=activation, kernel_size=kernel_size, batch_norm=batch_norm
        )
        self.pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(widths[-1], outputs)

    def forward(self, inputs: Tensor) -> Tensor:
        """Scores `(batch, outputs)` of pictures `(batch, channels, height, width)`."""
        return self.head(self.dropout(self.pool(self.features(inputs))))


class ConvNetFlatten(nn.Module):
    """The classical head: the last map is flattened into one vector, and fully connected layers classify it."""

    inputs = "images"

    def __init__(
        self,
        *,
        input_shape: tuple[int, ...],
        outputs: int,
        widths: list[int],
        hidden: int = 64,
        activation: Activation = "relu",
        kernel_size: int = 3,
        batch_norm: bool = True,
        dropout: float = 0.0,
    ):
        super().__init__()
        self.features = convolution_blocks(
            input_shape, widths, activation=activation, kernel_size=kernel_size, batch_norm=batch_norm
        )
        side = [math.ceil(length / 2 ** len(widths)) for length in input_shape[1:]]
        self.head = nn.Sequential(
            nn.MaxPool2d(2, ceil_mode=True),
            nn.Flatten(),
            nn.Linear(widths[-1] * math.prod(side), hidden),
            activation_named(activation),
            nn.Dropout(dropout),
            nn.Linear(hidden, outputs),
        )

    def forward(self, inputs: Tensor) -> Tensor:
        """Scores `(batch, outputs)` of pictures `(batch, channels, height, width)`."""
        return self.head(self.features(inputs))


def convolution_blocks(
    input_shape: tuple[int, ...], widths: list[int], *, activation: str, kernel_size: int, batch_norm: bool
) -> nn.Sequential:
    """Convolution, batch normalisation and activation for each width, with a pooling between two blocks.

    Raises:
        ValueError: When the picture would be pooled away before the last block.
    """
    shortest = min(input_shape[1:])
    if shortest < 2 ** (len(widths) - 1):
        raise ValueError(f"{len(widths)} blocks halve a picture of {shortest} pixels to nothing. Take fewer widths.")
    layers: list[nn.Module] = []
    channels = input_shape[0]
    for block, width in enumerate(widths):
        if block:
            layers.append(nn.MaxPool2d(2, ceil_mode=True))
        layers.append(nn.Conv2d(channels, width, kernel_size, padding=kernel_size // 2, bias=not batch_norm))
        if batch_norm:
            layers.append(nn.BatchNorm2d(width))
        layers.append(activation_named(activation))
        channels = width
    return nn.Sequential(*layers)
