"""Sound files for the tests to write: words are sweeps of a tone, up for the word and down for others."""

from pathlib import Path

import numpy as np

from lightwell.sound import RATE

FOLDERS = ("positives", "negatives", "backgrounds")


def word(number: int, *, up: bool) -> np.ndarray:
    """Half a second, about, between two silences; speakers differ in pitch."""
    chance = np.random.default_rng(number)
    time = np.arange(round(chance.uniform(0.4, 0.6) * RATE)) / RATE
    low = chance.uniform(200, 500)
    frequency = np.linspace(low, 4 * low, len(time))[:: 1 if up else -1]
    said = 0.3 * np.sin(2 * np.pi * np.cumsum(frequency) / RATE)
    return np.pad(said, RATE // 4).astype(np.float32)


def sound_folder(root: Path, *, each: int = 24, folders: tuple[str, str, str] = FOLDERS) -> Path:
    """Folders of a word, of others, and of a background, by as many speakers as there are files."""
    import soundfile

    positives, negatives, backgrounds = (root / name for name in folders)
    for folder in (positives, negatives, backgrounds):
        folder.mkdir(parents=True)
    for number in range(each):
        soundfile.write(positives / f"{number:08x}_nohash_0.wav", word(number, up=True), RATE)
        soundfile.write(negatives / f"{number:08x}_nohash_0.wav", word(number, up=False), RATE)
    noise = np.random.default_rng(0).normal(0, 0.05, 20 * RATE)
    soundfile.write(backgrounds / "noise.flac", noise.astype(np.float32), RATE)
    return root
