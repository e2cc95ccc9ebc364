"""Scores of a covered example, computed from what the window changes."""

import numpy as np
import torch
from torch import Tensor

from lightwell.explain.covered import Covered
from lightwell.explain.incremental.patches import CleanMap, Patch, places_inside
from lightwell.explain.incremental.recording import Recording, Untraceable, record
from lightwell.explain.incremental.replay import Replay
from lightwell.explain.incremental.saving import saving
from lightwell.explain.incremental.sliding import Boxes
from lightwell.explain.layout import channels_last
from lightwell.explain.score import Score

# Where a window changes a larger share of the work than this, cutting and pasting costs more than it saves.
MOST_SHARE = 0.7

# Windows at once: as many as keep a convolution busy, by the bytes of the largest part of a map that one changes.
FEWEST, MOST, MOST_BYTES = 16, 64, 6 * 2**20

# With more windows than this, weights are laid out once for all batches, and batches may be smaller for it.
MANY = 256


class ByParts:
    """Scores of a covered example by the recorded pass of the example as it is.

    Raises:
        Untraceable: When the score function cannot be followed, or following it would save little.
    """

    def __init__(self, score: Score, covered: Covered) -> None:
        self.windows = covered.windows
        recording = record(score, covered.example)
        starts = self.windows.every
        left = saving(recording, Boxes(starts, np.minimum(self.windows.patch, self.windows.lengths - starts)))
        if left.share > MOST_SHARE:
            raise Untraceable("a patch changes most of what is computed")
        many = len(starts) > MANY
        if many:
            lay_out_weights(recording)
        self.at_once = min(max(FEWEST, int(MOST_BYTES / (2 if many else 1) / left.largest)), MOST)
        self._replay = Replay(recording)
        self._example, self._cover = self._replay.clean[0], CleanMap(covered.cover)

    def scores(self, starts: np.ndarray) -> Tensor:
        """The scores `(windows, K)` under windows that start at `(windows, dimensions)`."""
        lengths = np.array(self.windows.lengths)
        # A window at the far border is cut off, but all boxes are of one size: such a box begins before its window.
        size = np.clip(lengths - starts.min(0), 1, self.windows.patch)
        origins = np.minimum(starts, lengths - size)
        box = tuple(size.tolist())
        shown = torch.from_numpy(places_inside(origins - starts, box, self.windows.patch))[:, None]
        cover, example = self._cover.cut(origins, box), self._example.cut(origins, box)
        return self._replay(Patch(torch.where(shown.to(cover.device), cover, example), origins, self._example))


def lay_out_weights(recording: Recording) -> None:
    """Put the channels of all convolutions' weights last in memory, so that it need not be done each time."""
    for step in recording.steps:
        if step.operation is torch.ops.aten.convolution.default and isinstance(step.arguments[1], Tensor):
            step.arguments[1] = channels_last(step.arguments[1])
