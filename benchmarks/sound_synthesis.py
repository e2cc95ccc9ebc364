"""Ten-second clips a second, made of words and a background and turned into features, beside the notebook's way.

The notebook's way is that of the course (Ng, Coursera, sequence models), written afresh from its description: pydub
segments of 44.1 kHz stereo, a background 20 decibels softer, words laid over it at random places that are tried again
until they are free, the volume set to -20 decibels of full scale, the clip exported as a WAV file, read back, and its
spectrogram taken by matplotlib's `specgram`. It has one process, as notebooks do.

Ours is 16 kHz mono: words at drawn speeds and loudness, each through a microphone, half of them in a room, and log-mel
features; in one process, and in two, of which one makes clips while the other takes features, as in training. The words
of each clip are the same for both, up to four that are wanted and two others. All take turns, so that what else the
machine does is shared. (pydub warns when it finds no ffmpeg; WAV files need none.) Three quarters of a minute.

    python benchmarks/sound_synthesis.py
"""

import itertools
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import matplotlib
import numpy as np
import torch
from matplotlib import pyplot
from pydub import AudioSegment
from scipy.io import wavfile
from torch.utils.data import DataLoader, Dataset

from lightwell.chance import generator
from lightwell.data.sound_bank import as_int16
from lightwell.models.log_mel import LogMel
from lightwell.sound import RATE
from lightwell.sound.backgrounds import Backgrounds
from lightwell.sound.espeak import VARIANTS, Speaker, Utterance
from lightwell.sound.mixture import Recipe, Sound, Sources, mix, plan
from lightwell.sound.noises import draw_noise

TURNS, SECONDS, WARM_UP = 3, 4.0, 8
BATCH, BATCHES = 16, 20  # of different clips, which then come again
PEER_RATE, SOFTER, VOLUME = 44_100, 20, -20.0  # hertz and decibels
RECIPE = Recipe()


def sources() -> Sources:
    """Two words by many voices, and two backgrounds."""
    with Speaker() as speaker:
        wanted, others = (
            [Sound(word, name, as_int16(speaker.say(Utterance(word, f"en-us+{name}")))) for name in VARIANTS[:20]]
            for word in ("activate", "active")
        )
    return Sources(wanted, others, Backgrounds([background(kind) for kind in ("hiss", "rain")]))


def background(kind: str) -> Sound:
    """Half a minute of a drawn noise."""
    return Sound(kind, "drawn", as_int16(0.05 * draw_noise(kind, generator(kind), 30 * RATE)))


class ClipBatches(Dataset[torch.Tensor]):
    """Batches of clips, `(batch, samples)` int16."""

    def __init__(self, given: Sources):
        self.given = given

    def __len__(self) -> int:
        return BATCHES

    def __getitem__(self, number: int) -> torch.Tensor:
        clips = [as_int16(mix(self.given, RECIPE, number, member).samples) for member in range(BATCH)]
        return torch.from_numpy(np.stack(clips))


def ours(given: Sources, workers: int) -> Iterator[int]:
    """Batches of features."""
    features = LogMel()
    numbers = itertools.cycle(range(BATCHES))
    for sounds in DataLoader(ClipBatches(given), batch_size=None, sampler=numbers, num_workers=workers):
        features(sounds.float() / 32767)
        yield len(sounds)


def notebook(given: Sources) -> Iterator[int]:
    """The notebook's way, a clip at a time."""
    keys = itertools.product(range(BATCHES), range(BATCH))
    said = [[segment(part.sound.samples) for part in plan(given, RECIPE, *key)[0]] for key in keys]
    behind = segment(background("hiss").samples)[: round(1000 * RECIPE.seconds)]
    chance = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "clip.wav"
        for words in itertools.cycle(said):
            clip = laid_over(behind - SOFTER, words, chance)
            clip.apply_gain(VOLUME - clip.dBFS).export(file, format="wav").close()
            _, samples = wavfile.read(file)
            pyplot.specgram(samples[:, 0], NFFT=200, Fs=8000, noverlap=120)
            pyplot.clf()
            yield 1


def segment(samples: np.ndarray) -> AudioSegment:
    """Samples as the notebook has them: 44.1 kHz, stereo."""
    mono = AudioSegment(samples.tobytes(), frame_rate=RATE, sample_width=2, channels=1)
    return mono.set_frame_rate(PEER_RATE).set_channels(2)


def laid_over(clip: AudioSegment, words: list[AudioSegment], chance: np.random.Generator) -> AudioSegment:
    """Words laid over a clip where no other is, found by trying again."""
    taken: list[tuple[int, int]] = []
    for word in words:
        while True:
            start = int(chance.integers(0, len(clip) - len(word)))
            if all(start >= end or start + len(word) <= other for other, end in taken):
                break
        taken.append((start, start + len(word)))
        clip = clip.overlay(word, position=start)
    return clip


def clips_a_second(made: Iterator[int]) -> float:
    """Once all processes are at work."""
    for _ in range(WARM_UP):
        next(made)
    count, began = 0, time.perf_counter()
    while (passed := time.perf_counter() - began) < SECONDS:
        count += next(made)
    return count / passed


def main() -> None:
    """Measure all ways in turns and print the table."""
    matplotlib.use("Agg")
    torch.set_num_threads(1)
    given = sources()
    ways: dict[str, Callable[[], Iterator[int]]] = {
        "notebook's way, one process": lambda: notebook(given),
        "ours, one process": lambda: ours(given, 0),
        "ours, two processes": lambda: ours(given, 1),
    }
    turns = [{name: clips_a_second(way()) for name, way in ways.items()} for _ in range(TURNS)]
    speeds = {name: [turn[name] for turn in turns] for name in ways}
    peer = statistics.median(speeds["notebook's way, one process"])
    print(f"clips a second, median of {TURNS} turns")
    for name, values in speeds.items():
        speed = statistics.median(values)
        print(f"  {name:27} {speed:6.0f}   ({min(values):.0f} to {max(values):.0f})   {speed / peer:5.1f} times")
    print("aim: at least 10 times end to end on two cores: the last row; the one before it is process against process")


if __name__ == "__main__":
    main()
