"""What a map shows in a small box, window by window, and the unchanged map around it.

Sizes, origins and margins have one number for each spatial dimension, of which there may be one, two or three.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from lightwell.explain.incremental.sliding import Boxes, Margins


class CleanMap:
    """A map of the picture as it is, `(1, channels, *spatial)`, kept ready for boxes to be cut out of it."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor
        self._places: dict[tuple, Tensor] = {}

    @property
    def lengths(self) -> tuple[int, ...]:
        """The spatial lengths."""
        return tuple(self.tensor.shape[2:])

    def places(self, margins: Margins, fill: float) -> Tensor:
        """The map with margins of one value around it, `(*spatial, channels)` in memory."""
        if (margins, fill) not in self._places:
            sides = [side for margin in reversed(margins) for side in margin]
            padded = F.pad(self.tensor[0], sides, value=fill) if any(sides) else self.tensor[0]
            self._places[margins, fill] = padded.movedim(0, -1).contiguous()
        return self._places[margins, fill]

    def cut(self, origins: np.ndarray, size: tuple[int, ...], margins: Margins = (), fill: float = 0.0) -> Tensor:
        """Boxes `(windows, channels, *size)`; their origins count from the first place of the margins."""
        places = self.places(margins or ((0, 0),) * len(size), fill)
        numbers = _numbers(np.zeros(1, dtype=np.int64), origins, size, places.shape[:-1])
        boxes = places.flatten(0, -2).index_select(0, torch.from_numpy(numbers.reshape(-1)).to(places.device))
        return boxes.view(len(origins), *size, -1).movedim(-1, 1)


@dataclass
class Patch:
    """What a map shows in a box whose place, but not its size, differs from window to window.

    Attributes:
        values: `(windows, channels, *size)`.
        origins: `(windows, dimensions)`: the box's first place; the box lies within the map.
        clean: The map outside the box.
    """

    values: Tensor
    origins: np.ndarray
    clean: CleanMap

    @property
    def size(self) -> tuple[int, ...]:
        """The spatial lengths of the box."""
        return tuple(self.values.shape[2:])

    @property
    def boxes(self) -> Boxes:
        """The boxes, which all have one size."""
        return Boxes(self.origins, np.array([self.size]))

    def within(self, origins: np.ndarray, size: tuple[int, ...], margins: Margins = (), fill: float = 0.0) -> Tensor:
        """What the map shows in another box, `(windows, channels, *size)`; see `CleanMap.cut`."""
        before = np.array([margin[0] for margin in margins] or [0] * len(size))
        offsets = self.origins + before - origins
        if size == self.size and not offsets.any():
            return self.values
        boxes = self.clean.cut(origins, size, margins, fill)
        places = boxes.movedim(1, -1).flatten(0, -2)
        values = self.values.movedim(1, -1).reshape(-1, places.shape[1])
        numbers = _numbers(np.arange(len(origins)), offsets, self.size, size)
        if (offsets < 0).any() or (offsets + self.size > size).any():
            inside = places_inside(offsets, self.size, size)
            values = values[torch.from_numpy(inside.reshape(-1)).to(values.device)]
            numbers = numbers[inside]
        places.index_copy_(0, torch.from_numpy(numbers.reshape(-1)).to(values.device), values)
        return boxes

    def whole(self) -> "Whole":
        """The whole map of each window."""
        return Whole(self.within(np.zeros_like(self.origins), self.clean.lengths)[:, None])


@dataclass
class Whole:
    """A tensor that has changed all over, or has no places.

    Attributes:
        values: `(windows, *shape)`, where the shape is that of the picture's own, a batch of one.
    """

    values: Tensor

    def whole(self) -> "Whole":
        """Itself."""
        return self


def _axis(values: np.ndarray, dimension: int, dimensions: int) -> np.ndarray:
    """Values `(windows, size of one dimension)`, ready to be combined with those of the other dimensions."""
    return values.reshape(len(values), *[-1 if each == dimension else 1 for each in range(dimensions)])


def _numbers(maps: np.ndarray, origins: np.ndarray, size: Sequence[int], lengths: Sequence[int]) -> np.ndarray:
    """For each place in each box, its number among the places of maps with these lengths, `(windows, *size)`."""
    numbers = maps.reshape(-1, *[1] * len(size))
    for dimension, length in enumerate(size):
        places = origins[:, dimension, None] + np.arange(length)
        numbers = numbers * lengths[dimension] + _axis(places, dimension, len(size))
    return numbers


def places_inside(origins: np.ndarray, size: Sequence[int], lengths: Sequence[int]) -> np.ndarray:
    """Which places of each box lie in a map of these lengths, `(windows, *size)`."""
    inside = np.ones((1,) * (1 + len(size)), dtype=bool)
    for dimension, length in enumerate(size):
        places = origins[:, dimension, None] + np.arange(length)
        inside = inside & _axis((places >= 0) & (places < lengths[dimension]), dimension, len(size))
    return inside
