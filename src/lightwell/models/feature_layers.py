"""The layers of networks that were trained on photographs, by name, and what of a picture they see."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from torch import nn
from torchvision.models.squeezenet import Fire

# Content is what Gatys et al. (2016) take of VGG19, and as deep a layer of the others.
CONTENT = {"vgg19": "relu4_2", "vgg16": "relu4_2", "alexnet": "relu3", "squeezenet": "fire5"}
STYLE = {
    "vgg19": ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"),
    "vgg16": ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"),
    "alexnet": ("relu1", "relu2", "relu3", "relu4", "relu5"),
    "squeezenet": ("relu1", "fire3", "fire5", "fire7", "fire9"),
}
# Convolutions of each block, of 64 channels in the first and at most 512 in the last.
BLOCKS = {"vgg19": (2, 2, 4, 4, 4), "vgg16": (2, 2, 3, 3, 3)}


def named_layers(name: str) -> Iterator[tuple[str, nn.Module]]:
    """The layers with their names, in torchvision's order; what goes before a ReLU has none."""
    if name == "squeezenet":
        yield from _squeezenet()
    elif name == "alexnet":
        yield from _alexnet()
    else:
        yield from _vgg(BLOCKS[name])


def _vgg(blocks: tuple[int, ...]) -> Iterator[tuple[str, nn.Module]]:
    channels = 3
    for block, count in enumerate(blocks, start=1):
        for number in range(1, count + 1):
            width = min(32 * 2**block, 512)
            yield "", nn.Conv2d(channels, width, 3, padding=1)
            yield f"relu{block}_{number}", nn.ReLU()
            channels = width
        yield f"pool{block}", nn.MaxPool2d(2)


def _alexnet() -> Iterator[tuple[str, nn.Module]]:
    sizes = [(3, 64, 11, 4, 2), (64, 192, 5, 1, 2), (192, 384, 3, 1, 1), (384, 256, 3, 1, 1), (256, 256, 3, 1, 1)]
    for number, (before, after, kernel, stride, padding) in enumerate(sizes, start=1):
        yield "", nn.Conv2d(before, after, kernel, stride, padding)
        yield f"relu{number}", nn.ReLU()
        if number in (1, 2):
            yield f"pool{number}", nn.MaxPool2d(3, 2)


def _squeezenet() -> Iterator[tuple[str, nn.Module]]:
    yield "", nn.Conv2d(3, 96, 7, stride=2)
    yield "relu1", nn.ReLU()
    channels = 96
    for number, (squeezed, expanded) in enumerate(
        [(16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256)], start=2
    ):
        if number in (2, 5, 9):
            yield f"pool{number - 1}", nn.MaxPool2d(3, 2, ceil_mode=True)
        yield f"fire{number}", Fire(channels, squeezed, expanded, expanded)
        channels = 2 * expanded


class Window(NamedTuple):
    """What each feature of a layer looks at of the layer before, along a side.

    Attributes:
        size: How many features.
        step: How far apart two neighbours look.
        padding: How many zeros go before the first feature and after the last.
        cut_off: Whether the last window may reach beyond the border.
    """

    size: int
    step: int
    padding: int
    cut_off: bool = False


def window(layer: nn.Module) -> Window:
    """What a layer's features look at."""
    if isinstance(layer, nn.ReLU):
        return Window(1, 1, 0)
    if isinstance(layer, Fire):
        return Window(3, 1, 1)
    if isinstance(layer, nn.Conv2d):
        return Window(layer.kernel_size[0], layer.stride[0], int(layer.padding[0]))
    pool: Any = layer  # of numbers, as `named_layers` and `FeatureNetwork` make it
    return Window(pool.kernel_size, pool.stride, pool.padding, pool.ceil_mode)


def reach(layers: Iterable[nn.Module]) -> tuple[int, int]:
    """How far apart the last layer's features are, and how far beyond that they see, in pixels.

    Feature number `n` along a side has the pixels from `stride * n` up to `stride * (n + 1)` for its own, and sees no
    further than the radius on either side of them.
    """
    stride, before, after = 1, 0, 0  # what is seen before a feature's first pixel, and after it
    for size, step, padding, _ in map(window, layers):
        before += stride * padding
        after += stride * (size - 1 - padding)
        stride *= step
    return stride, max(before, after - (stride - 1))


def smallest_side(layers: Iterable[nn.Module]) -> int:
    """The pixels that a picture's side needs so that the last layer has a feature."""
    side = 1
    for size, step, padding, cut_off in map(window, reversed(list(layers))):
        missing = step - 1 if cut_off else 0
        side = max(1, (side - 1) * step + size - 2 * padding - missing)
    return side
