"""Moments that can be explained: the seconds of sound up to the one at which a word was, or was not, heard."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch

from lightwell.data.clips import Clips
from lightwell.data.sound_bank import as_int16
from lightwell.models.log_mel import HOP, RATE, WINDOW
from lightwell.sound.mixture import Word

SECONDS = 3.0  # about as much as a network remembers
FRAMES = round(SECONDS * RATE) // HOP
SAMPLES = (FRAMES - 1) * HOP + WINDOW
ENLARGED = 2  # a spectrogram is drawn so many times as large


class Spoken(NamedTuple):
    """A word in a clip."""

    clip: int
    word: Word


class Moments:
    """A table of the words of some clips; the spectrogram of each is made when it is asked for.

    Args:
        clips: The clips, of a split that is the same in every epoch.
        spectrograms: From `(batch, samples)` int16 to `(batch, 1, bands, frames)` in [0, 1].

    Attributes:
        times: `(words,)`: the moment that is explained, in seconds from the beginning of the clip; at first the middle
            of the time in which a word counts as just spoken.
        labels: `(words,)`: 1 for the wanted word, 0 for others.
        names: What is said when, and by whom.
    """

    layers: tuple[str, ...] = ()

    def __init__(self, clips: Clips, spectrograms: Callable[[torch.Tensor], torch.Tensor]):
        self.clips = clips
        self.spectrograms = spectrograms
        self.spoken = [Spoken(number, word) for number in range(len(clips)) for word in clips.words(number)]
        self.labels = np.array([spoken.word.wanted for spoken in self.spoken], dtype=np.int64)
        self.times = np.array([spoken.word.end + clips.label_width / 2 for spoken in self.spoken])
        self.names = [f"{word.name} at {word.start:.2f} s of clip {clip}, {word.source}" for clip, word in self.spoken]

    @property
    def images(self) -> "Images":
        """Spectrograms by position, `(channels, bands, frames)` uint8."""
        return Images(self.image)

    def image(self, position: int) -> np.ndarray:
        """The spectrogram of the seconds before the moment, `(1, bands, frames)` uint8."""
        return self.image_at(self.spoken[position].clip, self.times[position])

    def span(self, position: int) -> tuple[float, float]:
        """From when to when the word is said, as shares of the spectrogram's width."""
        return self.span_at(self.spoken[position].word, self.times[position])

    def sound_at(self, clip: int, time: float) -> np.ndarray:
        """The seconds of a clip before a time, `(samples,)` float32; silence where there was nothing before."""
        return seconds_before(self.clips.mixture(clip).samples, time)

    def image_at(self, clip: int, time: float) -> np.ndarray:
        """Their spectrogram, `(1, bands, frames)` uint8."""
        samples = torch.from_numpy(as_int16(self.sound_at(clip, time)))
        return as_bytes(self.spectrograms(samples[None])[0])

    def span_at(self, word: Word, time: float) -> tuple[float, float]:
        """From when to when a word is said, as shares of the seconds before a time; the same twice where it is not."""
        shares = (np.array([word.start, word.end]) - time) * RATE / SAMPLES + 1
        start, end = np.clip(shares, 0, 1).tolist()
        return start, end


def seconds_before(samples: np.ndarray, time: float) -> np.ndarray:
    """The seconds of a sound before a time, `(samples,)`; silence where there was nothing before."""
    last = samples[: round(time * RATE)][-SAMPLES:]
    return np.concatenate([np.zeros(SAMPLES - len(last), dtype=samples.dtype), last])


class Images:
    """Pictures that are made when they are asked for, by one position or several."""

    def __init__(self, make: Callable[[int], np.ndarray]):
        self.make = make

    def __getitem__(self, positions: int | Sequence[int] | np.ndarray) -> np.ndarray:
        """One picture `(channels, height, width)`, or several `(pictures, channels, height, width)`."""
        if np.ndim(positions) == 0:
            return self.make(int(positions))  # type: ignore[arg-type]
        return np.stack([self.make(int(position)) for position in positions])  # type: ignore[union-attr]


def as_bytes(spectrogram: torch.Tensor) -> np.ndarray:
    """A spectrogram `(1, bands, frames)` in [0, 1] as uint8."""
    return (spectrogram.clamp(0, 1) * 255).round().to(torch.uint8).cpu().numpy()


def drawn(spectrogram: np.ndarray) -> np.ndarray:
    """A spectrogram `(1, bands, frames)` uint8 as people look at it, `(height, width, 3)` uint8."""
    larger = spectrogram[0].repeat(2 * ENLARGED, axis=0).repeat(ENLARGED, axis=1)
    return np.broadcast_to(larger[:, :, None], (*larger.shape, 3)).copy()
