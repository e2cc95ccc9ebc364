"""Clips made on demand: a split of them, and a batch."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from lightwell.chance import Key
from lightwell.data.sound_bank import as_int16
from lightwell.sound.mixture import Mixture, Recipe, Sources, Word, mix, plan, targets


class SoundBatch(NamedTuple):
    """A batch of clips.

    Attributes:
        sounds: `(batch, samples)` int16 from the loader; on the device the spectrograms `(batch, 1, bands, frames)`.
        labels: `(batch, steps)` float32: whether a wanted word has just been spoken.
        indices: `(batch,)` int64: the clips' numbers in their split.
    """

    sounds: Tensor
    labels: Tensor
    indices: Tensor

    @property
    def images(self) -> Tensor:
        """The spectrograms, as the pictures that they are."""
        return self.sounds


class Clips:
    """Clips that follow from a key, an epoch and their number.

    Args:
        sources: What they are made of.
        recipe: How.
        count: How many an epoch has.
        key: What they are drawn from, such as a seed and the name of the split.
        times: `(steps,)`: when each step is known, in seconds.
        label_width: How long a word counts as just spoken, in seconds.
        epoch: Which clips these are; None for those of a fixed split, which are the same in every epoch.
    """

    def __init__(
        self,
        sources: Sources,
        recipe: Recipe,
        *,
        count: int,
        key: tuple[Key, ...],
        times: np.ndarray,
        label_width: float,
        epoch: int | None,
    ):
        self.sources = sources
        self.recipe = recipe
        self.count = count
        self.key = key
        self.times = times
        self.label_width = label_width
        self.epoch = epoch

    def __len__(self) -> int:
        return self.count

    def in_epoch(self, epoch: int) -> "Clips":
        """The clips of an epoch."""
        if self.epoch is None:
            return self
        options = {"times": self.times, "label_width": self.label_width}
        return Clips(self.sources, self.recipe, count=self.count, key=self.key, epoch=epoch, **options)  # type: ignore[arg-type]

    def mixture(self, number: int) -> Mixture:
        """A clip."""
        return mix(self.sources, self.recipe, *self.key, self.epoch or 0, number)

    def words(self, number: int) -> tuple[Word, ...]:
        """The words of a clip, without its sound."""
        return plan(self.sources, self.recipe, *self.key, self.epoch or 0, number)[1]

    def labels(self, number: int) -> np.ndarray:
        """Whether a wanted word has just been spoken, `(steps,)` float32."""
        return targets(self.words(number), self.times, width=self.label_width)

    def batch(self, members: np.ndarray) -> SoundBatch:
        """The batch of the clips with these numbers."""
        clips = [self.mixture(int(number)) for number in members]
        labels = [targets(clip.words, self.times, width=self.label_width) for clip in clips]
        return SoundBatch(
            sounds=torch.from_numpy(np.stack([as_int16(clip.samples) for clip in clips])),
            labels=torch.from_numpy(np.stack(labels)),
            indices=torch.from_numpy(np.asarray(members, dtype=np.int64)),
        )
