"""A copy of a sound with a chime wherever something was heard."""

import os
from pathlib import Path
from typing import Self

import numpy as np

SECONDS = 0.2
TONES = ((880.0, 0.0), (1320.0, 0.07))  # Hz, and when each begins: a fifth, upwards
ATTACK, DECAY = 0.005, 0.05  # seconds
LOUDNESS = 0.25  # of full scale


def chime(rate: int) -> np.ndarray:
    """Two soft tones, `(samples,)` float32 at a rate."""
    time = np.arange(round(SECONDS * rate)) / rate
    sound = np.zeros(len(time))
    for frequency, start in TONES:
        since = np.maximum(time - start, 0.0)
        loudness = np.minimum(since / ATTACK, 1) * np.exp(-since / DECAY)
        sound += loudness * np.sin(2 * np.pi * frequency * since)
    return (LOUDNESS * (1 - time / SECONDS) * sound).astype(np.float32)


class CannotWrite(Exception):
    """A file that is no sound by its name, or that cannot be opened; the message says what to do."""


class ChimedCopy:
    """Writes a copy of a sound file as it is heard, at its own rate and channels, with a chime at each event.

    A context: the file is there when it ends well, and not at all when it does not.

    Args:
        file: The sound.
        output: The copy; its suffix says what it is.

    Raises:
        CannotWrite: When the copy cannot be opened.
    """

    def __init__(self, file: Path, output: Path):
        import soundfile

        about = soundfile.info(file)
        self.output = output
        self.scratch = output.with_name(f".{os.getpid()}.{output.name}")
        kind = output.suffix[1:].upper()
        if kind not in soundfile.available_formats():
            raise CannotWrite(f"{output} is no sound by its name. End it in .wav or .flac.")
        subtype = about.subtype if soundfile.check_format(kind, about.subtype) else None
        try:
            self.writer = soundfile.SoundFile(self.scratch, "w", about.samplerate, about.channels, subtype, format=kind)
        except (OSError, RuntimeError) as error:
            raise CannotWrite(f"{output} cannot be opened to write. Is {output.parent} a folder of yours?") from error
        self.rate = about.samplerate
        self.chime = chime(self.rate)
        self.starts: list[int] = []  # of the chimes that are not written to their end
        self.waiting = np.empty((0, about.channels), dtype=np.float32)
        self.written = 0

    def write(self, block: np.ndarray, events: list[float], until: float) -> None:
        """Go on with a block.

        Args:
            block: `(samples, channels)`.
            events: When something was heard, in seconds: later than the last `until`.
            until: Up to when everything has been judged, in seconds: so far it can be written.
        """
        self.starts += [round(time * self.rate) for time in events]
        self.waiting = np.concatenate([self.waiting, block])
        self._write_waiting(int(until * self.rate) - self.written)

    def _write_waiting(self, count: int) -> None:
        part, self.waiting = self.waiting[:count].copy(), self.waiting[count:]
        for start in self.starts:
            first = max(start, self.written)
            played = self.chime[first - start :][: max(0, self.written + len(part) - first)]
            part[first - self.written :][: len(played)] += played[:, None]
        self.writer.write(np.clip(part, -1, 1))
        self.written += len(part)
        self.starts = [start for start in self.starts if start + len(self.chime) > self.written]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, mistake: type[BaseException] | None, *about_it: object) -> None:
        if mistake is None:
            end = max([self.written + len(self.waiting), *(start + len(self.chime) for start in self.starts)])
            missing = end - self.written - len(self.waiting)  # the last chime sounds to its end
            self.waiting = np.pad(self.waiting, [(0, missing), (0, 0)])
            self._write_waiting(len(self.waiting))
        self.writer.close()
        if mistake is None:
            self.scratch.replace(self.output)
        else:
            self.scratch.unlink(missing_ok=True)
