"""What may become of a word on its way: another speed, a microphone, a room."""

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft

from lightwell.sound import RATE

Samples = np.ndarray
COLOURED = (100.0, 400.0, 1200.0, 3000.0, 7000.0)  # hertz
FADE = RATE // 200  # five milliseconds, so that no cut can be heard


def through_a_microphone(sound: Samples, decibels: np.ndarray) -> Samples:
    """A sound with some frequencies raised or lowered: by so many decibels at those of `COLOURED`."""
    if not decibels.any():
        return sound
    size = next_fast_len(len(sound), real=True)
    frequencies = np.fft.rfftfreq(size, 1 / RATE)
    gains = np.exp(np.interp(frequencies, COLOURED, decibels * (np.log(10) / 20)))
    return irfft(rfft(sound, size) * gains, size)[: len(sound)]


def echo(chance: np.random.Generator, seconds: float) -> Samples:
    """A drawn room's impulse response: the sound itself, and noise that falls by 60 decibels in so many seconds."""
    length = max(2, round(seconds * RATE))
    tail = chance.standard_normal(length) * 10 ** (-3 * np.arange(length) / length)
    tail *= chance.uniform(0.1, 0.6) / np.sqrt(np.square(tail).sum())
    tail[0] = 1.0
    return tail


def at_length(sound: Samples, length: int) -> Samples:
    """A sound played so fast that it takes so many samples, which raises or lowers it as well."""
    if len(sound) == length:
        return sound
    return np.interp(np.linspace(0, len(sound) - 1, length), np.arange(len(sound)), sound)


def faded(sound: Samples) -> Samples:
    """A sound that begins and ends softly."""
    ramp = np.linspace(0, 1, min(FADE, len(sound) // 2))
    shaped = np.array(sound, dtype=np.float64)
    shaped[: len(ramp)] *= ramp
    shaped[len(shaped) - len(ramp) :] *= ramp[::-1]
    return shaped


def root_mean_square(samples: Samples) -> float:
    """How loud samples are; never zero."""
    return max(float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))), 1e-9)
