"""Where a kernel that slides over a map meets a box."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

# What a map is padded with before and after, in each dimension.
Margins = tuple[tuple[int, int], ...]


class Boxes(NamedTuple):
    """Boxes in a map, one a window.

    Attributes:
        first: `(windows, dimensions)`: the first place.
        sizes: `(windows, dimensions)`, or one row for all.
    """

    first: np.ndarray
    sizes: np.ndarray


def around(several: Sequence[Boxes]) -> Boxes:
    """The box around several, window by window."""
    first = np.min([boxes.first for boxes in several], axis=0)
    end = np.max([boxes.first + boxes.sizes for boxes in several], axis=0)
    return Boxes(first, end - first)


@dataclass(frozen=True)
class Sliding:
    """How a convolution or pooling slides: one number for all spatial dimensions, or one for each."""

    kernel: Sequence[int]
    stride: Sequence[int]
    padding: Sequence[int]
    dilation: Sequence[int] = (1,)

    @property
    def reach(self) -> np.ndarray:
        """From the first place under the kernel to the last."""
        return (np.array(self.kernel) - 1) * np.array(self.dilation)

    def touched(self, boxes: Boxes, lengths: Sequence[int]) -> Boxes:
        """The places of the result, a map of these lengths, for which the kernel touches a box."""
        most = np.array(lengths) - 1
        first = -((self.reach - boxes.first - self.padding) // np.array(self.stride))
        last = (boxes.first + boxes.sizes - 1 + self.padding) // np.array(self.stride)
        first, last = np.clip(first, 0, most), np.clip(last, 0, most)
        return Boxes(first, np.maximum(last - first, 0) + 1)

    def under(self, first: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, tuple[int, ...]]:
        """The boxes of the padded map that the kernel covers for these places: their first place, and their size."""
        return first * np.array(self.stride), tuple(((size - 1) * self.stride + self.reach + 1).tolist())

    def margins(self, before: Sequence[int], after: Sequence[int]) -> Margins:
        """The margins of a map, by its own lengths and the result's: the kernel may end beyond the padding."""
        padding = np.broadcast_to(self.padding, len(before))
        end = (np.array(after) - 1) * self.stride + self.reach + 1
        return tuple(zip(padding.tolist(), np.maximum(end - before - padding, 0).tolist(), strict=True))
