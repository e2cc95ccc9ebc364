"""One example covered by a window in one place after another, and scored in full."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from lightwell.explain.layout import Quickly, channels_last
from lightwell.explain.score import Score, logits
from lightwell.explain.windows import Windows

# Examples at once, by their bytes: more take memory, and are seldom faster.
FEWEST, MOST, MOST_BYTES = 8, 32, 3 * 2**19


@dataclass
class Covered:
    """An example and what it is covered with.

    Attributes:
        example: `(1, channels, *spatial)`.
        cover: In the same shape: what shows wherever the window lies.
        windows: Where it lies.
    """

    example: Tensor
    cover: Tensor
    windows: Windows


class InFull:
    """Scores of a covered example by the score function itself, for one batch of places after another."""

    def __init__(self, score: Score, covered: Covered) -> None:
        self.score, self.covered = score, covered
        self.at_once = min(max(FEWEST, MOST_BYTES // covered.example.nbytes), MOST)

    def scores(self, starts: np.ndarray) -> Tensor:
        """The scores `(windows, K)` under windows that start at `(windows, dimensions)`."""
        examples = self.covered.example.repeat(len(starts), 1, *[1] * starts.shape[1])
        for example, start in zip(examples, starts, strict=True):
            place = (slice(None), *map(slice, start, start + self.covered.windows.patch))
            example[place] = self.covered.cover[0][place]
        with Quickly():
            return logits(self.score, channels_last(examples))
