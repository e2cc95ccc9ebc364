"""A trigger word from recordings: folders of the word, of other words, and of backgrounds."""

import hashlib
import logging
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from lightwell.chance import generator
from lightwell.config.mistakes import ConfigMistakes, Mistake
from lightwell.data.mixtures import Mixtures
from lightwell.data.sound_bank import SoundBank, load_bank
from lightwell.sound import RATE
from lightwell.sound.backgrounds import Backgrounds
from lightwell.sound.clips import SUFFIXES, UnreadableSound, faults, read_clip, trimmed
from lightwell.sound.mixture import Sound, Sources

log = logging.getLogger(__name__)
SPLITS = ("train", "val", "test")
NOT_WORDS = ("backgrounds", "rooms")
LONGEST_ECHO = RATE  # samples: what comes a second after a word is none of it
SHORTEST = RATE // 50  # samples that are something said, or a background
SHOWN = 10  # file names in a message


class Recordings(Mixtures):
    """Words and backgrounds from WAV, FLAC or OGG files at any rate; folders may be nested.

    What is said in a file is its name up to two underscores, or else the name of its folder. All files of a speaker
    are in one split, which follows from the speaker's name alone, so that new files move no others.
    Backgrounds are cut in time: their beginnings are trained on, their ends tested on.

    Args:
        root: The folder.
        positives: Folders below it of the word.
        negatives: Folders of other words.
        backgrounds: Folders of noise.
        rooms: Folders of impulse responses of rooms; where there are none, rooms are drawn.
        speaker: A regular expression whose group is the speaker in a file's path; else every file is a speaker.
        ratio: Shares of the speakers to train, to validate and to test on.
        on_error: Whether a file that cannot be used stops the run before training or is skipped and counted.
        mixture_options: The arguments of `Mixtures`.
    """

    def __init__(
        self,
        *,
        root: str,
        positives: list[str] | None = None,
        negatives: list[str] | None = None,
        backgrounds: list[str] | None = None,
        rooms: list[str] | None = None,
        speaker: str | None = None,
        ratio: tuple[float, float, float] = (0.7, 0.1, 0.2),
        on_error: Literal["stop", "skip"] = "stop",
        **mixture_options: Any,
    ):
        super().__init__(**mixture_options)
        self.root = Path(root).expanduser()
        self.folders = {
            "positives": positives or ["positives"],
            "negatives": negatives or ["negatives"],
            "backgrounds": backgrounds or ["backgrounds"],
            "rooms": rooms or [],
        }
        self.speaker = speaker
        self.ratio = ratio
        self.on_error = on_error

    def make_sources(self) -> dict[str, Sources]:
        """Read the files, or find them read, and divide them among the splits."""
        banks = {kind: self._bank(kind, self.files(kind)) for kind in self.folders}
        self._tell_faults([fault for bank in banks.values() for fault in bank.faults])
        self.fingerprints = {kind: bank.fingerprint for kind, bank in banks.items()}
        return {
            split: Sources(
                self._of_split(banks["positives"].sounds, split),
                self._of_split(banks["negatives"].sounds, split),
                Backgrounds([self._passage(sound, split) for sound in banks["backgrounds"].sounds]),
                [from_the_strongest(sound.samples) for sound in self._of_split(banks["rooms"].sounds, split)],
            )
            for split in SPLITS
        }

    def files(self, kind: str) -> list[Path]:
        """The sound files of a kind, by name.

        Raises:
            ConfigMistakes: When a folder is not there, or has none.
        """
        found: list[Path] = []
        for name in self.folders[kind]:
            folder = self.root / name
            files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES)
            if not files:
                problem = f"There is no {'sound in the ' if folder.is_dir() else ''}folder {folder}."
                advice = f"Put WAV, FLAC or OGG files there, or give data.{kind}=[FOLDER,...] below data.root."
                raise ConfigMistakes([Mistake(f"data.{kind}", name, problem, advice)])
            found += files
        return found

    def split_of(self, source: str) -> str:
        """The split of a file, by its speaker."""
        match = re.search(self.speaker, source) if self.speaker else None
        speaker = match.group(1) if match else source
        drawn = generator("split", speaker).random() * sum(self.ratio)
        return SPLITS[int(np.searchsorted(np.cumsum(self.ratio)[:-1], drawn, side="right"))]

    def _of_split(self, sounds: Sequence[Sound], split: str) -> list[Sound]:
        return [sound for sound in sounds if self.split_of(sound.source) == split]

    def _passage(self, sound: Sound, split: str) -> Sound:
        """The part of a background that a split has."""
        ends = np.cumsum([0, *self.ratio]) / sum(self.ratio) * len(sound.samples)
        number = SPLITS.index(split)
        return Sound(sound.name, sound.source, sound.samples[int(ends[number]) : int(ends[number + 1])])

    def _bank(self, kind: str, files: list[Path]) -> SoundBank:
        digest = hashlib.blake2b(f"{kind} {self.word} {self.root.resolve()}".encode(), digest_size=12)
        for file in files:
            about = file.stat()
            digest.update(f"{file} {about.st_size} {about.st_mtime_ns}\n".encode())
        title = f"Reading {len(files)} files ({kind})"
        key = f"recordings 2 {digest.hexdigest()}"
        return load_bank(key, self._read(kind, files), count=len(files), title=title)

    def _read(self, kind: str, files: list[Path]) -> Iterator[Sound | str]:
        clipped = []
        for file in files:
            try:
                samples = read_clip(file)
            except UnreadableSound as error:
                yield str(error)
                continue
            fault = faults(samples)
            said = samples if kind in NOT_WORDS else trimmed(samples)
            if fault == "is silent" or len(said) < SHORTEST:
                yield f"{file} is silent."
                continue
            clipped += [str(file)] if fault else []
            name = self.word if kind == "positives" else self._name_of(file)
            yield Sound(name, file.relative_to(self.root).as_posix(), said)
        if clipped:
            log.warning("%d files were recorded too loud, and are used:\n    %s", len(clipped), _few(clipped))

    def _name_of(self, file: Path) -> str:
        """What is said in a file: its own name up to two underscores, or else its folder's."""
        name, underscores, _ = file.stem.partition("__")
        return (name if underscores else file.parent.name).replace("_", " ")

    def _tell_faults(self, messages: list[str]) -> None:
        if not messages:
            return
        shown = _few(messages)
        if self.on_error == "stop":
            problem = f"{len(messages)} files cannot be used:\n    {shown}\n"
            advice = "Mend or remove them, or leave them out with data.on_error=skip."
            raise ConfigMistakes([Mistake("data", None, problem, advice)])
        log.warning("%d files cannot be used and are left out:\n    %s", len(messages), shown)


def _few(lines: list[str]) -> str:
    return "\n    ".join(lines[:SHOWN]) + ("\n    ..." if len(lines) > SHOWN else "")


def from_the_strongest(response: np.ndarray) -> np.ndarray:
    """A room's impulse response without the time that sound needed to the microphone, which would delay the word."""
    first = int(np.abs(response.astype(np.int32)).argmax())
    return response[first : first + LONGEST_ECHO] / float(response[first] or 1)
