"""Cutting a picture into tiles whose features together are those of the whole."""

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Span:
    """A tile's extent along one side of the picture, in pixels.

    Attributes:
        first: Where its own pixels begin; a multiple of the network's stride.
        last: Where they end.
        start: Where what has to be looked at for them begins.
        stop: Where that ends.
        to_the_edge: Whether the picture ends here.
    """

    first: int
    last: int
    start: int
    stop: int
    to_the_edge: bool

    def own(self, stride: int) -> slice:
        """Which features of a layer with this stride are its own, of those that all its pixels give."""
        begin = (self.first - self.start) // stride
        return slice(begin, None) if self.to_the_edge else slice(begin, (self.last - self.start) // stride)

    def place(self, stride: int) -> slice:
        """Where these lie among the features of the whole picture."""
        return slice(self.first // stride, None if self.to_the_edge else self.last // stride)


@dataclass(frozen=True)
class Tile:
    """A part of a picture, with as much around it as its features can see."""

    down: Span
    across: Span

    def cut(self, picture: Tensor) -> Tensor:
        """Its pixels and those around it, of `(..., height, width)`."""
        return picture[..., self.down.start : self.down.stop, self.across.start : self.across.stop]

    def own(self, features: Tensor, stride: int) -> Tensor:
        """Its own features, of those `(..., height, width)` that all its pixels give."""
        return features[..., self.down.own(stride), self.across.own(stride)]

    def place(self, features: Tensor, stride: int) -> Tensor:
        """The same of the whole picture's features."""
        return features[..., self.down.place(stride), self.across.place(stride)]


def tiles(height: int, width: int, side: int | None, *, stride: int, radius: int) -> list[Tile]:
    """The tiles of a picture; a single one where it is no larger than a tile.

    Args:
        height: The picture's.
        width: The picture's.
        side: A tile's own pixels along a side, before it is rounded to the stride; None for one tile.
        stride: The network's, in pixels: every tile begins at a multiple of it, so that no pooling shifts.
        radius: How far around itself a feature sees.
    """
    across = list(_spans(width, side, stride, radius))
    return [Tile(down, over) for down in _spans(height, side, stride, radius) for over in across]


def _spans(length: int, side: int | None, stride: int, radius: int) -> Iterator[Span]:
    step = length if side is None else max(stride, side // stride * stride)
    around = -(-radius // stride) * stride
    # What would be left over at the end and is no tile's worth goes to the last one.
    firsts = list(range(0, max(1, length - step // 2), step))
    for number, first in enumerate(firsts):
        to_the_edge = number + 1 == len(firsts)
        last = length if to_the_edge else firsts[number + 1]
        stop = length if to_the_edge else min(length, last + around)
        yield Span(first, last, max(0, first - around), stop, to_the_edge)
