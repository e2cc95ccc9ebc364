"""A network of features small enough to be asked often."""

from collections.abc import Collection
from itertools import pairwise

import torch
from torch import Tensor, nn

from lightwell.losses import StyleLoss


class SmallNetwork(nn.Module):
    """Three convolutions with a pooling before each but the first, drawn at random."""

    layers = ("relu1", "relu2", "relu3")

    def __init__(self, seed: int = 0, channels: int = 6):
        super().__init__()
        self.content_layers = {"relu2": 1.0}
        self.style_layers = {"relu1": 1.0, "relu3": 0.5}
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            sizes = [3, channels, channels, channels]
            self.convolutions = nn.ModuleList([nn.Conv2d(*pair, 3, padding=1) for pair in pairwise(sizes)])
        self.requires_grad_(False)

    def forward(self, pictures: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        found = {}
        for number, (name, convolution) in enumerate(zip(self.layers, self.convolutions, strict=True)):
            pictures = convolution(nn.functional.max_pool2d(pictures, 2) if number else pictures).relu()
            if name in layers:
                found[name] = pictures
        return found

    def reach(self, layers: Collection[str]) -> tuple[int, int]:
        deepest = max(self.layers.index(name) for name in layers)
        return 2**deepest, sum(2**number for number in range(deepest + 1))


def small_loss(**options: float) -> StyleLoss:
    return StyleLoss(network=SmallNetwork(), **{"style_weight": 1e3, **options})


def picture(height: int, width: int, seed: int = 0) -> Tensor:
    drawn = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, max(2, height // 6), max(2, width // 6), generator=drawn)
    smooth = nn.functional.interpolate(coarse, size=(height, width), mode="bilinear")[0]
    return (smooth + 0.1 * torch.randn(3, height, width, generator=drawn)).clamp(0, 1)
