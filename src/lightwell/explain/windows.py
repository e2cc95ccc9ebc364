"""Windows that slide over a picture."""

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor


class Windows:
    """All places of a window that slides over a picture, in as many dimensions as the picture has.

    The first begins at the border. The last are the first to reach the border opposite, and what sticks out of the
    picture is cut off, so that every place is covered.

    Args:
        lengths: Of the picture.
        patch: The window's length, one for all dimensions or one for each.
        stride: From one window to the next, likewise.

    Raises:
        ValueError: When places between the windows would stay uncovered, or the numbers do not fit the dimensions.
    """

    def __init__(self, lengths: Sequence[int], patch: int | Sequence[int], stride: int | Sequence[int]) -> None:
        self.lengths = tuple(lengths)
        self.patch = _for_each(lengths, patch, "patch")
        self.stride = _for_each(lengths, stride, "stride")
        if any(step > length for step, length in zip(self.stride, self.patch, strict=True)):
            raise ValueError(
                f"Windows of {patch} that are {stride} apart leave places uncovered. Take a stride up to the patch."
            )
        self.starts = [
            step * np.arange(1 + max(0, math.ceil((length - size) / step)))
            for length, size, step in zip(self.lengths, self.patch, self.stride, strict=True)
        ]

    @property
    def grid(self) -> tuple[int, ...]:
        """How many windows there are in each dimension."""
        return tuple(len(starts) for starts in self.starts)

    @property
    def share(self) -> float:
        """The share of the picture that a window covers."""
        return math.prod(min(1.0, size / length) for size, length in zip(self.patch, self.lengths, strict=True))

    @property
    def every(self) -> np.ndarray:
        """The starts `(windows, dimensions)` of all windows."""
        return np.stack([each.ravel() for each in np.meshgrid(*self.starts, indexing="ij")], axis=1)

    @property
    def nowhere(self) -> np.ndarray:
        """The start `(1, dimensions)` of a window beyond the picture, which covers nothing."""
        return np.array([self.lengths])

    @property
    def middle(self) -> tuple[int, ...]:
        """The place in the grid of a window near the picture's middle."""
        return tuple(count // 2 for count in self.grid)

    def tiles(self, most: int) -> Iterator[tuple[tuple[slice, ...], np.ndarray]]:
        """All windows in groups of neighbours, of at most so many.

        Yields:
            Which part of the grid they are, and their starts `(windows, dimensions)`.
        """
        parts = np.ones(len(self.grid), dtype=int)
        while np.prod(sides := -(-np.array(self.grid) // parts)) > most and sides.max() > 1:
            parts[sides.argmax()] += 1
        tiles = (np.array_split(np.arange(count), number) for count, number in zip(self.grid, parts, strict=True))
        for tile in itertools.product(*tiles):
            starts = np.meshgrid(*(each[part] for each, part in zip(self.starts, tile, strict=True)), indexing="ij")
            yield (
                tuple(slice(part[0], part[-1] + 1) for part in tile),
                np.stack([each.ravel() for each in starts], axis=1),
            )

    def _inside(self, starts: np.ndarray, dimension: int) -> np.ndarray:
        """Which places along one dimension the windows cover, `(windows, length)`."""
        places = np.arange(self.lengths[dimension])
        first = starts[:, None]
        return (places >= first) & (places < first + self.patch[dimension])

    def mean(self, values: Tensor) -> Tensor:
        """The mean over the windows that cover each place.

        Args:
            values: `(*grid, classes)`, one for each window.

        Returns:
            `(classes, *lengths)`.
        """
        means = values.double()
        for dimension, starts in enumerate(self.starts):
            inside = torch.from_numpy(self._inside(starts, dimension)).to(means)
            # The dimension worked on is the first, and goes to the end when done.
            means = torch.tensordot(means, inside / inside.sum(0), dims=([0], [0]))
        return means.to(values.dtype)


def _for_each(lengths: Sequence[int], given: int | Sequence[int], name: str) -> tuple[int, ...]:
    values = (given,) * len(lengths) if isinstance(given, int) else tuple(given)
    if len(values) != len(lengths) or min(values) < 1:
        raise ValueError(
            f"A {name} of {given} does not fit {len(lengths)} spatial dimensions. Give one number, or one for each."
        )
    return values
