"""Clips made of words and backgrounds: a pure function of (seed, epoch, index), with the times of the words kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.signal import oaconvolve

from lightwell.chance import Key, generator
from lightwell.sound import RATE
from lightwell.sound.placement import place

Range = tuple[float, float]
Samples = np.ndarray
FADE = RATE // 200  # five milliseconds, so that no cut can be heard


@dataclass(frozen=True)
class Word:
    """A word in a clip; times are in seconds, and `end` is where its trimmed sound ends."""

    name: str
    start: float
    end: float
    wanted: bool


@dataclass(frozen=True)
class Mixture:
    """A clip: `(samples,)` float32 at 16 kHz, and the words in it as they are heard."""

    samples: Samples
    words: tuple[Word, ...]


@dataclass(frozen=True)
class Sources:
    """What clips are made of.

    Attributes:
        wanted: Words to react to: a name, and what draws its trimmed samples.
        others: Words to pass over, likewise.
        background: From a generator and a number of samples to a background of mean square 1.
    """

    wanted: Sequence[tuple[str, Callable[[], Samples]]]
    others: Sequence[tuple[str, Callable[[], Samples]]]
    background: Callable[[np.random.Generator, int], Samples]


@dataclass(frozen=True)
class Recipe:
    """How clips are made.

    Attributes:
        seconds: How long a clip is.
        wanted: How many wanted words it has at most.
        others: How many others at most.
        gap: How many seconds lie between two words at least.
        level: How loud the background is, in decibels of full scale.
        snr: How much louder a word is than the background, in decibels.
        speed: How much faster, and higher, a word is said.
        rooms: How often a word is said in a room.
        echo: How long the room's echo takes to fall by 60 decibels, in seconds.
    """

    seconds: float = 10.0
    wanted: int = 4
    others: int = 2
    gap: float = 0.1
    level: Range = (-45.0, -20.0)
    snr: Range = (0.0, 20.0)
    speed: Range = (0.9, 1.1)
    rooms: float = 0.5
    echo: Range = (0.1, 0.6)


def mix(sources: Sources, recipe: Recipe, *key: Key) -> Mixture:
    """The clip of a key, such as a seed, an epoch and an index: the same in every process and at any time."""
    chance = generator("clip", *key)
    room = round(recipe.seconds * RATE)
    drawn = _drawn(sources.wanted, recipe.wanted, chance) + _drawn(sources.others, recipe.others, chance)
    chance.shuffle(drawn)  # so that what does not fit is not always one of the others
    wanted = {name for name, _ in sources.wanted}
    sounds = [faded(faster(draw(), chance.uniform(*recipe.speed))) for _, draw in drawn]
    order, starts = place([len(sound) for sound in sounds], room, gap=round(recipe.gap * RATE), chance=chance)
    level = 10 ** (chance.uniform(*recipe.level) / 20)
    samples = sources.background(chance, room).astype(np.float64) * level
    words = []
    for member, start in zip(order, starts, strict=True):
        name, sound = drawn[member][0], sounds[member]
        words.append(Word(name, start / RATE, (start + len(sound)) / RATE, name in wanted))
        loudness = level * 10 ** (chance.uniform(*recipe.snr) / 20)
        said = sound * (loudness / max(float(np.sqrt(np.mean(np.square(sound)))), 1e-9))
        if chance.random() < recipe.rooms:
            said = oaconvolve(said, echo(chance, chance.uniform(*recipe.echo)))
        end = min(room, start + len(said))
        samples[start:end] += said[: end - start]
    loudest = float(np.abs(samples).max(initial=0.0))
    return Mixture((samples / max(1.0, loudest)).astype(np.float32), tuple(words))


def targets(words: Sequence[Word], steps: int, *, step: float, width: float) -> np.ndarray:
    """`(steps,)` float32: 1 for the steps that begin in the `width` seconds after a wanted word has ended."""
    begins = np.arange(steps) * step
    labels = np.zeros(steps, dtype=np.float32)
    for word in words:
        if word.wanted:
            labels[(begins >= word.end) & (begins < word.end + width)] = 1.0
    return labels


def echo(chance: np.random.Generator, seconds: float) -> Samples:
    """A drawn room's impulse response: the sound itself, and noise that falls by 60 decibels in so many seconds."""
    length = max(2, round(seconds * RATE))
    tail = chance.standard_normal(length) * 10 ** (-3 * np.arange(length) / length)
    tail *= chance.uniform(0.1, 0.6) / np.sqrt(np.square(tail).sum())
    tail[0] = 1.0
    return tail


def faster(sound: Samples, speed: float) -> Samples:
    """A sound played at another speed, which raises it as well."""
    length = max(1, round(len(sound) / speed))
    return np.interp(np.linspace(0, len(sound) - 1, length), np.arange(len(sound)), sound)


def faded(sound: Samples) -> Samples:
    """A sound that begins and ends softly."""
    ramp = np.linspace(0, 1, min(FADE, len(sound) // 2))
    shaped = np.array(sound, dtype=np.float64)
    shaped[: len(ramp)] *= ramp
    shaped[len(shaped) - len(ramp) :] *= ramp[::-1]
    return shaped


def _drawn(
    words: Sequence[tuple[str, Callable[[], Samples]]], most: int, chance: np.random.Generator
) -> list[tuple[str, Callable[[], Samples]]]:
    """Up to `most` of some words, any of them as often as it falls."""
    count = int(chance.integers(0, most + 1)) if words else 0
    return [words[int(place)] for place in chance.integers(0, max(len(words), 1), count)]
