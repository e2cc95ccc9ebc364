"""Sound files to samples: any rate, any number of channels, trimmed to what is said."""

from pathlib import Path

import numpy as np
from scipy.signal import resample_poly

from lightwell.sound import RATE

SUFFIXES = frozenset({".wav", ".flac", ".ogg"})
FRAME = RATE // 100  # ten milliseconds
QUIET = 35.0  # decibels below the loudest frame: what is not the word any more
LONG = 1.5  # seconds: longer than a word
RISES = 10.0  # decibels above the noise of a recording
MARGIN = 2 * FRAME  # kept on both sides: soft beginnings and endings
SILENT = 1e-4  # the largest sample of a clip in which nothing is said
CLIPPED = 0.005  # the share of samples at full scale in a clip that was recorded too loud


class UnreadableSound(Exception):
    """A file that is no sound, a torn one, or one in which nothing can be heard; the message names it."""


def read_clip(path: Path) -> np.ndarray:
    """Read a WAV, FLAC or OGG file as mono samples `(samples,)` float32 in [-1, 1], at 16 kHz.

    Raises:
        UnreadableSound: When the file cannot be decoded to its end, or is empty.
    """
    import soundfile

    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, RuntimeError) as error:
        raise UnreadableSound(f"{path} cannot be read as a sound: {error}") from error
    if not len(samples):
        raise UnreadableSound(f"{path} holds no samples.")
    return resampled(np.nan_to_num(samples.mean(axis=1)), rate)


def resampled(samples: np.ndarray, rate: int) -> np.ndarray:
    """Samples of some rate at 16 kHz."""
    if rate == RATE:
        return samples
    common = int(np.gcd(rate, RATE))
    return np.asarray(resample_poly(samples, RATE // common, rate // common), dtype=np.float32)


def trimmed(samples: np.ndarray) -> np.ndarray:
    """The part of a clip in which something is said: from its first to its last frame that is not quiet.

    A label is set by the end of the word. Files end up to half a second later. Where what is left would be too long
    for a word, the recording is noisy: then what rises clearly above its quieter half counts.
    """
    levels = _levels(samples)
    part = _from_first_to_last(samples, levels > -QUIET)
    if len(part) > LONG * RATE:
        clear = _from_first_to_last(samples, levels > np.median(levels) + RISES)
        return clear if len(clear) else part
    return part


def _from_first_to_last(samples: np.ndarray, loud: np.ndarray) -> np.ndarray:
    frames = np.flatnonzero(loud)
    if not len(frames):
        return samples[:0]
    start, end = frames[0] * FRAME - MARGIN, (frames[-1] + 1) * FRAME + MARGIN
    return samples[max(0, start) : min(len(samples), end)]


def faults(samples: np.ndarray) -> str:
    """What is wrong with a clip, to go after its name; empty where nothing is."""
    loudest = float(np.abs(samples).max(initial=0.0))
    if loudest < SILENT:
        return "is silent"
    return "is clipped" if (np.abs(samples) > 0.999).mean() > CLIPPED else ""


def _levels(samples: np.ndarray) -> np.ndarray:
    """The level of each frame in decibels, the loudest being 0."""
    whole = samples[: len(samples) // FRAME * FRAME].astype(np.float64)
    energy = np.square(whole.reshape(-1, FRAME)).mean(axis=1)
    highest = energy.max(initial=0.0)
    return 10 * np.log10(np.maximum(energy, 1e-20) / highest) if highest > 0 else np.full(len(energy), -np.inf)
