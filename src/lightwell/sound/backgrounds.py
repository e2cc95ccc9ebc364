"""Backgrounds: a passage of one of several kinds of noise, of whatever length."""

from collections.abc import Sequence

import numpy as np

from lightwell.sound.effects import root_mean_square
from lightwell.sound.mixture import Sound


class Backgrounds:
    """Draws passages; every kind comes as often as any other, however many recordings it has.

    Args:
        recordings: Named by their kind, `(samples,)` each.
    """

    def __init__(self, recordings: Sequence[Sound]):
        kinds = sorted({recording.name for recording in recordings})
        self.kinds = [[each.samples for each in recordings if each.name == kind] for kind in kinds]
        self.loudness = [[root_mean_square(samples) for samples in kind] for kind in self.kinds]

    def __call__(self, chance: np.random.Generator, length: int) -> np.ndarray:
        """`(length,)` samples of a recording that has mean square 1; one that is too short comes again."""
        kind = int(chance.integers(len(self.kinds)))
        number = int(chance.integers(len(self.kinds[kind])))
        samples = self.kinds[kind][number]
        start = int(chance.integers(len(samples)))
        parts = [samples[start : start + length]]
        while (missing := length - sum(map(len, parts))) > 0:
            parts.append(samples[:missing])
        return np.concatenate(parts) / self.loudness[kind][number]
