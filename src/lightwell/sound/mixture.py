"""Clips made of words and backgrounds: a pure function of (seed, epoch, index), with the times of the words kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.signal import oaconvolve

from lightwell.chance import Key, generator
from lightwell.sound import RATE
from lightwell.sound.effects import COLOURED, at_length, echo, faded, root_mean_square, through_a_microphone
from lightwell.sound.placement import place

Range = tuple[float, float]
Samples = np.ndarray


@dataclass(frozen=True)
class Sound:
    """Something said.

    Attributes:
        name: What is said.
        source: By whom, or in which file: what people are shown.
        samples: `(samples,)`, float or int16, trimmed, at 16 kHz.
    """

    name: str
    source: str
    samples: Samples


@dataclass(frozen=True)
class Word:
    """A word in a clip; times are in seconds, and `end` is where its trimmed sound ends."""

    name: str
    source: str
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
        wanted: Words to react to.
        others: Words to pass over.
        background: From a generator and a number of samples to a background of mean square 1.
        rooms: Recorded impulse responses of rooms; where there are none, rooms are drawn.
    """

    wanted: Sequence[Sound]
    others: Sequence[Sound]
    background: Callable[[np.random.Generator, int], Samples]
    rooms: Sequence[Samples] = ()


@dataclass(frozen=True)
class Recipe:
    """How clips are made.

    Attributes:
        seconds: How long a clip is.
        wanted: How many wanted words it has at most.
        others: How many others at most.
        gap: How many seconds lie between two words at least.
        tail: How many seconds lie after the last word at least, so that there is time to hear it.
        level: How loud the background is, in decibels of full scale.
        snr: How much louder a word is than the background, in decibels.
        speed: How much faster, and higher, a word is said.
        colour: By how many decibels a microphone may raise or lower a part of a word's spectrum.
        hiss: How loud the noise of a word's own recording is beside it, in decibels: recorded words bring some along.
        rooms: How often a word is said in a room.
        echo: How long a drawn room's echo takes to fall by 60 decibels, in seconds.
    """

    seconds: float = 10.0
    wanted: int = 4
    others: int = 2
    gap: float = 0.1
    tail: float = 0.5
    level: Range = (-45.0, -20.0)
    snr: Range = (0.0, 20.0)
    speed: Range = (0.9, 1.1)
    colour: float = 6.0
    hiss: Range = (-50.0, -20.0)
    rooms: float = 0.5
    echo: Range = (0.1, 0.6)


@dataclass(frozen=True)
class Part:
    """A sound in a clip: how long it lasts there, and where it begins, in samples."""

    sound: Sound
    length: int
    start: int


def plan(sources: Sources, recipe: Recipe, *key: Key) -> tuple[list[Part], tuple[Word, ...]]:
    """What is said when in the clip of a key: cheap, since no sound is made."""
    chance = generator("plan", *key)
    wanted = _drawn(sources.wanted, recipe.wanted, chance)
    drawn = wanted + _drawn(sources.others, recipe.others, chance)
    chance.shuffle(drawn)  # so that what does not fit is not always one of the others
    lengths = [max(1, round(len(sound.samples) / chance.uniform(*recipe.speed))) for sound in drawn]
    room, gap = round((recipe.seconds - recipe.tail) * RATE), round(recipe.gap * RATE)
    order, starts = place(lengths, room, gap=gap, chance=chance)
    parts = [Part(drawn[member], lengths[member], start) for member, start in zip(order, starts, strict=True)]
    return parts, tuple(
        Word(
            part.sound.name,
            part.sound.source,
            part.start / RATE,
            (part.start + part.length) / RATE,
            any(part.sound is sound for sound in wanted),
        )
        for part in parts
    )


def mix(sources: Sources, recipe: Recipe, *key: Key) -> Mixture:
    """The clip of a key, such as a seed, an epoch and an index: the same in every process and at any time."""
    parts, words = plan(sources, recipe, *key)
    chance = generator("clip", *key)
    room = round(recipe.seconds * RATE)
    level = 10 ** (chance.uniform(*recipe.level) / 20)
    samples = np.multiply(sources.background(chance, room), level, dtype=np.float64)
    for part in parts:
        sound = at_length(part.sound.samples, part.length)
        sound = through_a_microphone(sound, chance.uniform(-recipe.colour, recipe.colour, len(COLOURED)))
        hiss = root_mean_square(sound) * 10 ** (chance.uniform(*recipe.hiss) / 20)
        sound = faded(sound + sources.background(chance, len(sound)) * hiss)
        loudness = level * 10 ** (chance.uniform(*recipe.snr) / 20)
        said = sound * (loudness / root_mean_square(sound))
        if chance.random() < recipe.rooms:
            said = oaconvolve(said, _room(sources, recipe, chance))
        end = min(room, part.start + len(said))
        samples[part.start : end] += said[: end - part.start]
    loudest = float(np.abs(samples).max(initial=0.0))
    return Mixture((samples / max(1.0, loudest)).astype(np.float32), words)


def targets(words: Sequence[Word], times: np.ndarray, *, width: float) -> np.ndarray:
    """`(steps,)` float32: 1 for the steps that are known within `width` seconds after a wanted word has ended.

    Args:
        words: The words of a clip.
        times: `(steps,)`: when each step is known, in seconds.
        width: How long a word counts as just spoken.
    """
    labels = np.zeros(len(times), dtype=np.float32)
    for word in words:
        if word.wanted:
            labels[(times > word.end) & (times <= word.end + width)] = 1.0
    return labels


def _room(sources: Sources, recipe: Recipe, chance: np.random.Generator) -> Samples:
    """A room's impulse response: one of those recorded, or a drawn one."""
    if sources.rooms:
        return sources.rooms[int(chance.integers(len(sources.rooms)))]
    return echo(chance, chance.uniform(*recipe.echo))


def _drawn(sounds: Sequence[Sound], most: int, chance: np.random.Generator) -> list[Sound]:
    """Up to `most` of some sounds, any of them as often as it falls."""
    count = int(chance.integers(0, most + 1)) if sounds else 0
    return [sounds[int(number)] for number in chance.integers(0, max(len(sounds), 1), count)]
