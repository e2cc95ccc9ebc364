"""Words spoken on demand by eSpeak NG over drawn noises: the embedded, endless source of a trigger word."""

import functools
import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from lightwell import sound
from lightwell.chance import generator
from lightwell.config.mistakes import ConfigMistakes, Mistake
from lightwell.data.mixtures import Mixtures
from lightwell.data.sound_bank import SoundBank, load_bank
from lightwell.sound import RATE
from lightwell.sound.backgrounds import Backgrounds
from lightwell.sound.effects import root_mean_square
from lightwell.sound.espeak import ACCENTS, VARIANTS, Speaker, Utterance, library_paths
from lightwell.sound.mixture import Sound, Sources
from lightwell.sound.noises import NOISES, draw_noise
from lightwell.sound.vocabulary import FREQUENT, holds, sound_alikes

SPEAKERS = 2  # processes that speak
HELD_OUT_VOICES = {"val": 6, "test": 10}  # of the variants; the others are trained on
ALIKE = 30  # how many words that sound like the one wanted are among the others
HELD_OUT_WORD = 5  # every so many-th of the frequent words is never trained on
TEST_NOISE = "keyboard"  # is never trained on
PASSAGES = {"train": 4, "val": 2, "test": 3}  # of each kind of background
PASSAGE = 30 * RATE
BABBLERS = 6
QUIET = 0.03  # of full scale: how loud backgrounds are kept, so that clicks are not cut off


class SpokenWords(Mixtures):
    """A word, and others, by voices of which those to validate and to test on are never trained on.

    Args:
        spoken: How many times the word is spoken for each split; the others are spoken twice as often in all.
        mixture_options: The arguments of `Mixtures`.
    """

    def __init__(self, *, spoken: dict[str, int] | None = None, **mixture_options: Any):
        super().__init__(**mixture_options)
        self.spoken = {"train": 1000, "val": 100, "test": 200, **(spoken or {})}

    def make_sources(self) -> dict[str, Sources]:
        """Speak each split's words, or find them spoken."""
        try:
            library_paths()
        except ModuleNotFoundError as error:
            advice = "Install it, or take recordings: data=recordings data.root=FOLDER."
            raise ConfigMistakes([Mistake("data", None, f"{error}.", advice)]) from error
        return {split: self._sources(split) for split in self.sizes}

    def _sources(self, split: str) -> Sources:
        others = [word for number, word in enumerate(self.others()) if split != "train" or not held_out(number)]
        wanted = self._bank(split, "the word", [self.word], self.spoken[split])
        others_bank = self._bank(split, "other words", others, 2 * self.spoken[split])
        backgrounds = load_bank(
            f"backgrounds {code_version()} {others_bank.fingerprint} {self.world} {split}",
            self._backgrounds(split, others_bank),
            count=(len(NOISES) + 1) * PASSAGES[split],
            title=f"Drawing backgrounds ({split})",
        )
        banks = {"wanted": wanted, "others": others_bank, "backgrounds": backgrounds}
        self.fingerprints |= {f"{split} {kind}": bank.fingerprint for kind, bank in banks.items()}
        return Sources(wanted.sounds, others_bank.sounds, Backgrounds(backgrounds.sounds))

    def others(self) -> list[str]:
        """Words to pass over: those that sound like the one wanted, and frequent ones."""
        alike = sound_alikes(self.word, ALIKE)
        return [*alike, *(word for word in FREQUENT if word not in alike and not holds(word, self.word))]

    def _bank(self, split: str, what: str, words: list[str], count: int) -> SoundBank:
        utterances = [self._utterance(split, words, number) for number in range(count)]
        key = f"spoken {code_version()} {self.world} {split} {words} {count}"
        title = f"Speaking {count} times {what} ({split})"
        return load_bank(key, speak(utterances), count=count, title=title)

    def _utterance(self, split: str, words: list[str], number: int) -> Utterance:
        chance = generator(self.world, "utterance", split, words[0], number)
        # Words that sound alike stand first, and come as often as all others together.
        alike = len(words) > 1 and number % 2
        word = words[int(chance.integers(ALIKE if alike else len(words)))] if len(words) > ALIKE else words[0]
        voices = voices_of(split)
        return Utterance(
            word,
            f"{ACCENTS[int(chance.integers(len(ACCENTS)))]}+{voices[int(chance.integers(len(voices)))]}",
            rate=int(chance.integers(120, 221)),
            pitch=int(chance.integers(20, 81)),
            liveliness=int(chance.integers(20, 81)),
            seed=number,
        )

    def _backgrounds(self, split: str, others: SoundBank) -> Iterator[Sound]:
        """Passages of each kind of noise, and of many voices at once."""
        for number in range(PASSAGES[split]):
            for kind in NOISES:
                if split == "test" or kind != TEST_NOISE:
                    drawn = draw_noise(kind, generator(self.world, split, kind, number), PASSAGE)
                    yield Sound(kind, f"drawn {kind} {number}", drawn * QUIET)
            voices = babble(others, generator(self.world, split, "babble", number), PASSAGE)
            yield Sound("babble", f"drawn babble {number}", voices * QUIET)


def held_out(number: int) -> bool:
    """Whether the other word with this number is only validated and tested on; those that sound alike never are."""
    return number >= ALIKE and number % HELD_OUT_WORD == 0


def voices_of(split: str) -> list[str]:
    """The variants of eSpeak NG that speak in a split, and in no other."""
    order = [VARIANTS[number] for number in generator("voices").permutation(len(VARIANTS))]
    test, val = HELD_OUT_VOICES["test"], HELD_OUT_VOICES["val"]
    return {"test": order[:test], "val": order[test : test + val], "train": order[test + val :]}[split]


def speak(utterances: list[Utterance]) -> Iterator[Sound]:
    """Speak one utterance after the other; several processes share the work."""
    speakers = [Speaker() for _ in range(SPEAKERS)]
    try:
        with ThreadPoolExecutor(SPEAKERS) as pool:
            for start in range(0, len(utterances), SPEAKERS):
                group = utterances[start : start + SPEAKERS]
                spoken = pool.map(Speaker.say, speakers, group)
                for utterance, samples in zip(group, spoken, strict=True):
                    yield Sound(utterance.text, utterance.voice, samples)
    finally:
        for speaker in speakers:
            speaker.close()


def babble(bank: SoundBank, chance: np.random.Generator, length: int) -> np.ndarray:
    """Many voices at once, `(length,)` of mean square 1."""
    mixed = np.zeros(length)
    for _ in range(BABBLERS):
        place = 0
        while place < length:
            said = np.asarray(bank.sounds[int(chance.integers(len(bank.sounds)))].samples, dtype=np.float64)
            part = said[: length - place]
            mixed[place : place + len(part)] += part / root_mean_square(said)
            place += len(said) + int(chance.integers(0, RATE // 4))
    return mixed / root_mean_square(mixed)


@functools.cache
def code_version() -> str:
    """A checksum of the code that speaks and draws: what other code makes is something else."""
    folder = Path(sound.__file__).parent
    files = [Path(__file__), *(folder / f"{name}.py" for name in ("clips", "espeak", "noises"))]
    return hashlib.blake2b(b"".join(file.read_bytes() for file in files), digest_size=6).hexdigest()
