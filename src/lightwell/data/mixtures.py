"""What all data of a trigger word share: clips mixed anew for every epoch, their features, and their words."""

import functools
from abc import abstractmethod
from typing import Any

import numpy as np
import torch

from lightwell.chance import Key
from lightwell.config.mistakes import ConfigMistakes, Mistake
from lightwell.data.batches import Split
from lightwell.data.clips import Clips, SoundBatch
from lightwell.data.moments import FRAMES, Moments, drawn
from lightwell.data.spec_augment import SpecAugment
from lightwell.data.split_data import SplitData
from lightwell.models.log_mel import HOP, RATE, WINDOW, LogMel
from lightwell.sound.mixture import Recipe, Sources

NOT_WANTED = "other"  # the class of all that is not the word


class Mixtures(SplitData):
    """Clips of words over backgrounds, in which one word is to be heard.

    Those to train on are drawn anew for every epoch; those to validate and to test on are always the same.

    Args:
        word: The word to react to.
        train: How many clips an epoch of training has.
        val: How many there are to validate on.
        test: How many there are to test on.
        recipe: How clips are made.
        label_width: How long a word counts as just spoken, in seconds.
        stride: How many frames, of ten milliseconds, a step has; the network's own.
        bands: How many mel bands a spectrogram has.
        augmentation: What training spectrograms lose, or None.
        batch_size: Clips a step, over all processes together.
        num_workers: Worker processes that make clips; they change nothing but the speed.
        world: What the clips of validation and test are drawn from.
        seed: What the clips to train on are drawn from.
    """

    gives = "sound"
    label_outputs = ("events",)
    splits: dict[str, Clips]

    def __init__(
        self,
        *,
        word: str,
        recipe: Recipe,
        train: int = 2000,
        val: int = 360,
        test: int = 1080,
        label_width: float = 0.36,
        stride: int = 4,
        bands: int = 40,
        augmentation: SpecAugment | None = None,
        batch_size: int = 32,
        num_workers: int = 0,
        world: int = 0,
        seed: int = 0,
    ):
        super().__init__(batch_size=batch_size, num_workers=num_workers, seed=seed)
        self.word = word
        self.classes = (NOT_WANTED, word)
        self.recipe = recipe
        self.sizes = {"train": train, "val": val, "test": test}
        self.label_width = label_width
        self.stride = stride
        self.bands = bands
        self.features = LogMel(bands=bands)
        self.augmentation = augmentation
        self.world = world
        self.fingerprints: dict[str, str] = {}

    @abstractmethod
    def make_sources(self) -> dict[str, Sources]:
        """What the clips of the splits `train`, `val` and `test` are made of; sets their `fingerprints`."""

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """A spectrogram's shape, `(1, bands, frames)`."""
        return (1, self.bands, (round(self.recipe.seconds * RATE) - WINDOW) // HOP + 1)

    @property
    def times(self) -> np.ndarray:
        """`(steps,)`: when each step of a clip is known, in seconds."""
        return step_times(np.arange(self.input_shape[2] // self.stride), self.stride)

    def load(self) -> None:
        """Speak or read what is not in the cache yet; safe in several processes at once.

        Raises:
            ConfigMistakes: When sounds cannot be read, or nothing is left to train or test on.
        """
        if self.splits:
            return
        keys: dict[str, tuple[Key, ...]] = {
            "train": (self.seed, "train"),
            "val": (self.world, "val"),
            "test": (self.world, "test"),
        }
        sources = self.make_sources()
        for split, given in sources.items():
            if not given.wanted or not given.others:
                kind = "the word" if not given.wanted else "other words"
                problem = f"The split {split} has no recording of {kind}."
                raise ConfigMistakes([Mistake("data", None, problem, "Give more files, by more people.")])
        self.splits = {
            split: Clips(
                given,
                self.recipe,
                count=self.sizes[split],
                key=keys[split],
                times=self.times,
                label_width=self.label_width,
                epoch=0 if split == "train" else None,
            )
            for split, given in sources.items()
        }

    @property
    def class_counts(self) -> tuple[list[int], int]:
        """About how many steps of an epoch are, and are not, just after the word; and how many there are."""
        labels = np.stack([self.splits["train"].batch(np.array([number])).labels[0] for number in range(32)])
        wanted, steps = int(labels.sum()), labels.size
        return [steps - wanted, wanted], steps

    def channel_statistics(self) -> tuple[list[float], list[float]]:
        """Mean and standard deviation of the spectrograms of 32 training clips."""
        spectrograms = self.spectrograms(self.splits["train"].batch(np.arange(32)).sounds)
        return [float(spectrograms.mean())], [float(spectrograms.std())]

    def spectrograms(self, sounds: torch.Tensor) -> torch.Tensor:
        """`(batch, samples)` int16 as spectrograms `(batch, 1, bands, frames)`."""
        self.features.to(sounds.device)
        return self.features(sounds.float() / 32767)

    def fingerprint(self) -> dict[str, Any]:
        """What the data were, for the run's provenance."""
        return {"fingerprint": "-".join(self.fingerprints.values()), **self.sizes, "classes": list(self.classes)}

    @functools.cached_property
    def moments(self) -> Moments:
        """The moments at which the words of the test clips have just been spoken."""
        return Moments(self.splits["test"], self.spectrograms)

    @property
    def explained(self) -> Split:
        """What can be explained."""
        return Split(self.moments, np.arange(len(self.moments.spoken)))  # type: ignore[arg-type]

    def evidence(self, split: str, position: int, class_name: str) -> np.ndarray | None:
        """Where the wanted word is said, at any pitch: `(bands, frames)` bool; of others nothing can be known."""
        if class_name != self.word or not self.moments.labels[position]:
            return None
        start, end = (round(share * FRAMES) for share in self.moments.span(position))
        mask = np.zeros((self.bands, FRAMES), dtype=bool)
        mask[:, start:end] = True
        return mask

    def original(self, position: int) -> np.ndarray:
        """The spectrogram as people look at it, `(height, width, 3)` uint8."""
        return drawn(self.moments.image(position))

    def on_after_batch_transfer(self, batch: SoundBatch, dataloader_idx: int) -> SoundBatch:
        """On the device: sounds to spectrograms, and those to train on augmented."""
        spectrograms = self.spectrograms(batch.sounds)
        if self.augmentation and self.trainer and self.trainer.training:
            epoch = self.trainer.current_epoch
            spectrograms = self.augmentation(spectrograms, batch.indices, seed=self.seed, epoch=epoch)
        return batch._replace(sounds=spectrograms)


def step_times(steps: np.ndarray, stride: int) -> np.ndarray:
    """When the steps with these numbers are known, in seconds: when their last frame has been heard."""
    return (((steps + 1) * stride - 1) * HOP + WINDOW) / RATE
