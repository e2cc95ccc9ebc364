"""Ten-second clips a second, made of words and a background and turned into features, beside the notebook's way.

The notebook's way is that of the course (Ng, Coursera, sequence models), written afresh from its description: pydub
segments of 44.1 kHz stereo, a background 20 decibels softer, words laid over it at random places that are tried again
until they are free, the clip exported as a WAV file, read back, and its spectrogram taken by matplotlib's `specgram`.
Ours is 16 kHz mono: words at drawn speeds and loudness, half of them in a room, and log-mel features. Both lay up to
four words and two others, the same ones, over their backgrounds.

    python benchmarks/sound_synthesis.py
"""

import io
import time
import wave
from collections.abc import Callable, Iterator

import matplotlib
import numpy as np
import torch
from matplotlib import pyplot
from pydub import AudioSegment
from torch.utils.data import DataLoader, Dataset

from lightwell.chance import generator
from lightwell.data.sound_bank import as_int16
from lightwell.models.log_mel import LogMel
from lightwell.sound import RATE
from lightwell.sound.backgrounds import Backgrounds
from lightwell.sound.espeak import VARIANTS, Speaker, Utterance
from lightwell.sound.mixture import Recipe, Sound, Sources, mix
from lightwell.sound.noises import draw_noise

SECONDS = 10.0  # of measuring, each
PEER_RATE = 44_100
BATCH = 16


def sources() -> Sources:
    """Some words by many voices, and two backgrounds."""
    with Speaker() as speaker:
        wanted, others = (
            [Sound(word, name, as_int16(speaker.say(Utterance(word, f"en-us+{name}")))) for name in VARIANTS[:20]]
            for word in ("activate", "active")
        )
    noises = [
        Sound(kind, "drawn", as_int16(0.05 * draw_noise(kind, generator(kind), 30 * RATE))) for kind in ("hiss", "rain")
    ]
    return Sources(wanted, others, Backgrounds(noises))


class Clips(Dataset[np.ndarray]):
    """Batches of clips, for the worker processes of torch."""

    def __init__(self, given: Sources):
        self.given = given

    def __len__(self) -> int:
        return 10_000

    def __getitem__(self, number: int) -> torch.Tensor:
        clips = [as_int16(mix(self.given, Recipe(), number, each).samples) for each in range(BATCH)]
        return torch.from_numpy(np.stack(clips))


def ours(given: Sources, workers: int) -> Iterator[int]:
    """Log-mel features of batches of clips; with a worker, the main process takes features while it makes clips."""
    features = LogMel()
    for sounds in DataLoader(Clips(given), batch_size=None, num_workers=workers):
        features(sounds.float() / 32767)
        yield len(sounds)


def segment(samples: np.ndarray) -> AudioSegment:
    """Samples as the notebook has them: 44.1 kHz, stereo."""
    mono = AudioSegment(samples.tobytes(), frame_rate=RATE, sample_width=2, channels=1)
    return mono.set_frame_rate(PEER_RATE).set_channels(2)


def notebook(given: Sources) -> Iterator[int]:
    """The notebook's way, a clip at a time."""
    chance = np.random.default_rng(0)
    words = [[segment(sound.samples) for sound in sounds] for sounds in (given.wanted, given.others)]
    background = segment(as_int16(0.05 * draw_noise("hiss", generator("notebook"), 10 * RATE)))
    while True:
        clip, taken = background - 20, []
        for sounds, most in zip(words, (4, 2), strict=True):
            for choice in chance.integers(0, len(sounds), chance.integers(0, most + 1)):
                clip = laid_over(clip, sounds[choice], taken, chance)
        file = io.BytesIO()
        clip.export(file, format="wav")
        file.seek(0)
        with wave.open(file) as written:
            samples = np.frombuffer(written.readframes(written.getnframes()), dtype=np.int16).reshape(-1, 2)
        pyplot.specgram(samples[:, 0], 200, 8000, noverlap=120)
        pyplot.clf()
        yield 1


def laid_over(
    clip: AudioSegment, word: AudioSegment, taken: list[tuple[int, int]], chance: np.random.Generator
) -> AudioSegment:
    """A word laid over a clip where no other is, found by trying again."""
    while True:
        start = int(chance.integers(0, 10_000 - len(word)))
        if all(start >= end or start + len(word) <= other for other, end in taken):
            taken.append((start, start + len(word)))
            return clip.overlay(word, position=start)


def clips_a_second(make: Callable[[], Iterator[int]]) -> float:
    """After a warm-up of a batch."""
    made = make()
    next(made)
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < SECONDS:
        count += next(made)
    return count / (time.perf_counter() - began)


def main() -> None:
    matplotlib.use("Agg")
    torch.set_num_threads(1)
    given = sources()
    peer = clips_a_second(lambda: notebook(given))
    print(f"notebook's way, one process      {peer:7.1f} clips/s")
    for workers, name in ((0, "one process"), (1, "clips in a process of their own")):
        speed = clips_a_second(lambda workers=workers: ours(given, workers))
        print(f"ours, {name:31} {speed:7.1f} clips/s   {speed / peer:5.1f}x")
    print("aim: 10x end to end on two cores")


if __name__ == "__main__":
    main()
