"""Scores of a covered example, computed from what the window changes."""

import numpy as np
import torch
from torch import Tensor

from lightwell.explain.covered import Covered
from lightwell.explain.incremental.patches import CleanMap, Patch, places_inside
from lightwell.explain.incremental.recording import Untraceable, record
from lightwell.explain.incremental.replay import Replay
from lightwell.explain.incremental.saving import saving
from lightwell.explain.incremental.sliding import Boxes
from lightwell.explain.score import Score

# Where a window changes a larger share of the work than this, cutting and pasting costs more than it saves.
MOST_SHARE = 0.7

# Windows at once: as many as keep a convolution busy, by the bytes of the largest part of a map that one changes.
FEWEST, MOST, MOST_BYTES = 16, 64, 6 * 2**20


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
        self.at_once = min(max(FEWEST, int(MOST_BYTES / left.largest)), MOST)
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
