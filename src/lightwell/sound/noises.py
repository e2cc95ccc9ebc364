"""Backgrounds drawn on demand: hum, rain, wind, a keyboard, and plain coloured noise."""

from collections.abc import Callable

import numpy as np
from scipy.signal import lfilter

from lightwell.sound import RATE

Draw = Callable[[np.random.Generator, int], np.ndarray]


def hum(chance: np.random.Generator, samples: int) -> np.ndarray:
    """A mains hum of 50 or 60 Hz with its overtones, over a faint hiss."""
    time = np.arange(samples) / RATE
    base = chance.choice([50.0, 60.0]) * chance.uniform(0.998, 1.002)
    strengths = chance.uniform(0.1, 1.0, 12) / np.arange(1, 13) ** 0.7
    phases = chance.uniform(0, 2 * np.pi, 12)
    tones = sum(
        strength * np.sin(2 * np.pi * base * number * time + phase)
        for number, (strength, phase) in enumerate(zip(strengths, phases, strict=True), start=1)
    )
    return np.asarray(tones + coloured(chance, samples, slope=0.5) * chance.uniform(0.05, 0.3))


def rain(chance: np.random.Generator, samples: int) -> np.ndarray:
    """A bright rustle with single drops."""
    drops = np.zeros(samples)
    times = chance.integers(0, samples, int(samples / RATE * chance.uniform(20, 120)))
    drops[times] = chance.exponential(6.0, len(times)) * chance.choice([-1.0, 1.0], len(times))
    return coloured(chance, samples, slope=-0.2) + ringing(drops, chance.uniform(1500, 4000), 0.004)


def wind(chance: np.random.Generator, samples: int) -> np.ndarray:
    """Deep noise in gusts."""
    points = max(2, samples // (RATE // 2))
    gusts = np.interp(np.arange(samples), np.linspace(0, samples, points), chance.uniform(0.2, 1.5, points))
    return coloured(chance, samples, slope=2.0) * gusts


def keyboard(chance: np.random.Generator, samples: int) -> np.ndarray:
    """Typing: clicks of two parts each, in bursts."""
    clicks = np.zeros(samples)
    time = 0.0
    while time < samples / RATE:
        time += chance.exponential(0.16) + (chance.exponential(1.0) if chance.random() < 0.1 else 0.0)
        for delay, strength in ((0.0, 1.0), (chance.uniform(0.05, 0.1), 0.5)):
            place = int((time + delay) * RATE)
            if place < samples:
                clicks[place] += strength * chance.uniform(0.5, 1.5)
    return ringing(clicks, chance.uniform(900, 3000), 0.006) + 0.02 * coloured(chance, samples, slope=1.0)


def hiss(chance: np.random.Generator, samples: int) -> np.ndarray:
    """Noise between white and brown."""
    return coloured(chance, samples, slope=chance.uniform(0.0, 2.0))


NOISES: dict[str, Draw] = {"hum": hum, "rain": rain, "wind": wind, "keyboard": keyboard, "hiss": hiss}


def draw_noise(name: str, chance: np.random.Generator, samples: int) -> np.ndarray:
    """A background `(samples,)` float32 of mean square 1."""
    drawn = NOISES[name](chance, samples)
    return (drawn / max(float(np.sqrt(np.mean(np.square(drawn)))), 1e-9)).astype(np.float32)


def coloured(chance: np.random.Generator, samples: int, *, slope: float) -> np.ndarray:
    """Noise whose power falls with frequency to the power of `slope`; of mean square 1, about."""
    spectrum = np.fft.rfft(chance.standard_normal(samples))
    frequencies = np.maximum(np.fft.rfftfreq(samples, 1 / RATE), 20.0)
    shaped = np.fft.irfft(spectrum * frequencies ** (-slope / 2), samples)
    return shaped / max(float(np.sqrt(np.mean(np.square(shaped)))), 1e-12)


def ringing(impulses: np.ndarray, frequency: float, seconds: float) -> np.ndarray:
    """Impulses as strokes on something that rings at a frequency and dies away in so many seconds."""
    decay = np.exp(-1 / (seconds * RATE))
    angle = 2 * np.pi * frequency / RATE
    return np.asarray(lfilter([np.sin(angle)], [1.0, -2 * decay * np.cos(angle), decay**2], impulses))
