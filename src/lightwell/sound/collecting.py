"""Folders of a word, of other words and of backgrounds to train on, made by voices that speak on demand.

What is in a file follows from its name: the voice, how it speaks, and the number of a draw. So a file that is there
already need not be spoken again, and collecting that was interrupted goes on where it stopped.
"""

import io
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lightwell.chance import generator
from lightwell.sound import RATE
from lightwell.sound.espeak import ACCENTS, VARIANTS, Speaker, Utterance
from lightwell.sound.noises import NOISES, draw_noise
from lightwell.sound.piper import VOICES as PIPER_VOICES
from lightwell.sound.piper import PiperSpeaker
from lightwell.sound.vocabulary import FREQUENT, holds, sound_alikes

VOICES = {"espeak": [f"{accent}+{variant}" for accent in ACCENTS for variant in VARIANTS], "piper": list(PIPER_VOICES)}
RATES, PITCHES, LIVELINESS = (120, 220), (20, 80), (20, 80)
ALIKE = 40  # how many words that sound like the one wanted are spoken
PASSAGES, PASSAGE = 4, 60 * RATE  # of each kind of background, and how long each is
BACKGROUND_LEVEL = 0.03  # of full scale
LOUDEST = 0.9  # of full scale: nothing is clipped


class CannotCollect(Exception):
    """A word, a phrase or a folder that cannot be taken; the message says which, and what to do."""


@dataclass(frozen=True)
class Clip:
    """A file to be, and what is said in it."""

    path: Path
    utterance: Utterance


@dataclass(frozen=True)
class Passage:
    """A file to be, and the background in it."""

    path: Path
    kind: str
    number: int
    seed: int


def planned_clips(folder: Path, texts: Sequence[str], engine: str, *, count: int, seed: int) -> list[Clip]:
    """Utterances of some texts in turn, by voices, rates and pitches that are drawn; the same for the same seed."""
    clips = []
    for number in range(count):
        time, place = divmod(number, len(texts))
        text = texts[place]
        chance = generator(seed, "spoken", engine, text, time)
        voice = VOICES[engine][int(chance.integers(len(VOICES[engine])))]
        rate, pitch, liveliness = (int(chance.integers(low, high + 1)) for low, high in (RATES, PITCHES, LIVELINESS))
        name = f"{file_name(text)}__{voice}_{rate}wpm_pitch{pitch}_{seed}-{time:04}.flac"
        utterance = Utterance(text, voice, rate, pitch, liveliness, seed=int(chance.integers(2**31)))
        clips.append(Clip(folder / name, utterance))
    return clips


def planned_positives(folder: Path, word: str, engine: str, *, count: int, seed: int) -> list[Clip]:
    """The word as often as it is wanted.

    Raises:
        CannotCollect: When it is no word, or the folder was filled with another.
    """
    if not holds(word, word):
        raise CannotCollect(f"{word!r} cannot be said. Give a word of letters or digits.")
    if folder.exists() and not folder.is_dir():
        raise CannotCollect(f"{folder} is a file. Give a folder; it need not be there yet.")
    said = {file.name.partition("__")[0] for file in (folder / "positives").glob("*__*wpm_pitch*.flac")}
    if other := min(said - {file_name(word)}, default="").replace("_", " "):
        raise CannotCollect(f"{folder} was collected for {other!r}. Take another folder for {word!r}.")
    return planned_clips(folder / "positives", [word], engine, count=count, seed=seed)


def planned_negatives(
    folder: Path, word: str, phrases: Sequence[str], engine: str, *, count: int, seed: int
) -> list[Clip]:
    """Twice as many clips as of the word: half sound like it or were given as phrases, half are frequent words."""
    alike = list(dict.fromkeys([*phrases, *sound_alikes(word, ALIKE)]))
    frequent = [other for other in FREQUENT if other not in alike and not holds(other, word)]
    return [
        Clip(folder / "negatives" / file_name(clip.utterance.text) / clip.path.name, clip.utterance)
        for texts in (alike, frequent)
        for clip in planned_clips(folder, texts, engine, count=count, seed=seed)
    ]


def planned_backgrounds(folder: Path, *, seed: int) -> list[Passage]:
    """Some passages of every kind of noise."""
    return [
        Passage(folder / "backgrounds" / f"{kind}__drawn_{seed}-{number}.flac", kind, number, seed)
        for kind in NOISES
        for number in range(PASSAGES)
    ]


def read_phrases(path: Path, word: str) -> list[str]:
    """The lines of a text file, each a phrase in which the word must not be.

    Raises:
        CannotCollect: When it cannot be read, or the word is in one of them.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CannotCollect(f"{path} cannot be read as a text: {error}. Give one phrase a line, in UTF-8.") from error
    phrases = {number: line.strip() for number, line in enumerate(lines, start=1) if line.strip()}
    wrong = [f"{path}:{number}: {phrase!r}" for number, phrase in phrases.items() if not _is_negative(phrase, word)]
    if wrong:
        raise CannotCollect("\n".join([*wrong, f"{word!r} is heard there, or nothing is. Take these lines out."]))
    return list(dict.fromkeys(phrases.values()))


def speak(clips: Sequence[Clip], engine: str) -> Iterator[Clip]:
    """Speak and write the clips that are not there yet, one after the other.

    Raises:
        ModuleNotFoundError: When what speaks, or what writes, is not installed.
        CannotCollect: When nothing can be heard of one.
    """
    speaker: AbstractContextManager[Speaker | PiperSpeaker]
    speaker = Speaker() if engine == "espeak" else nullcontext(PiperSpeaker())
    with speaker as voice:
        for clip in clips:
            if not clip.path.exists():
                try:
                    samples = voice.say(clip.utterance)
                except ValueError as error:
                    raise CannotCollect(f"{error} Leave it out.") from error
                write_sound(clip.path, samples)
            yield clip


def draw(passages: Sequence[Passage]) -> Iterator[Passage]:
    """Draw and write the backgrounds that are not there yet."""
    for passage in passages:
        if not passage.path.exists():
            chance = generator(passage.seed, "background", passage.kind, passage.number)
            write_sound(passage.path, draw_noise(passage.kind, chance, PASSAGE) * BACKGROUND_LEVEL)
        yield passage


def write_sound(path: Path, samples: np.ndarray) -> None:
    """Write `(samples,)` as 16-bit FLAC, whole or not at all; what would be clipped is made softer.

    Raises:
        CannotCollect: When the file cannot be written.
    """
    import soundfile

    coded = io.BytesIO()
    softer = LOUDEST / max(LOUDEST, float(np.abs(samples).max(initial=0.0)))
    soundfile.write(coded, samples * softer, RATE, format="FLAC", subtype="PCM_16")
    scratch = path.with_name(f".{path.name}.{os.getpid()}")  # which no reader takes for a sound
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch.write_bytes(coded.getvalue())
        scratch.replace(path)
    except OSError as error:
        raise CannotCollect(
            f"{path} cannot be written: {error.strerror}. Make room, or give another folder."
        ) from error
    finally:
        with suppress(OSError):
            scratch.unlink(missing_ok=True)


def seconds(paths: Sequence[Path]) -> float:
    """How long some files last together."""
    import soundfile

    return sum(soundfile.info(path).duration for path in paths)


def file_name(text: str) -> str:
    """What is said, as the beginning of a file's name or as that of a folder; of a long phrase its beginning."""
    return re.sub(r"(?:[^\w']|_)+", "_", text.casefold()).strip("_")[:40]


def _is_negative(phrase: str, word: str) -> bool:
    return holds(phrase, phrase) and not holds(phrase, word)
