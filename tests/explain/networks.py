"""Small networks whose explanations can be worked out by hand."""

import torch
from torch import Tensor, nn


class ToyConvNet(nn.Module):
    """Two sums over 3 x 3 windows with biases, a ReLU and a linear layer: captum's toy example."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(1, 2, 3)
        self.convolution.weight.data.fill_(1.0)
        self.convolution.bias.data = torch.tensor([-50.0, -75.0])
        self.head = nn.Linear(8, 4)
        self.head.weight.data = torch.cat([torch.ones(4, 5), -torch.ones(4, 3)], dim=1)
        self.head.bias.data.zero_()

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.convolution(images).relu().flatten(1))


class Pooled(nn.Module):
    """Convolution, batch normalisation, in-place ReLU, global average pooling, dropout and a linear layer."""

    def __init__(self, classes: int = 3) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 5, 3, padding=1), nn.BatchNorm2d(5), nn.ReLU(inplace=True))
        self.pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.dropout = nn.Dropout(0.5)
        self.head = nn.Linear(5, classes)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.dropout(self.pool(self.features(images))))
