"""Asking a detector about sound files: when is the word spoken in them?"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from lightwell.listening import Heard, Listener
from lightwell.runs.load import Run
from lightwell.sound.clips import UnreadableSound

BLOCK = 10.0  # seconds of a file that are in memory at once
DIGITS = 6  # of a probability that is written


def predict_sounds(run: Run, files: list[Path], *, every_step: bool = False) -> Iterator[dict[str, Any]]:
    """What the run hears in each file, in order.

    Args:
        run: A detector's.
        files: Sounds at any rate; they may be long.
        every_step: Whether to tell the probability of every step, too.

    Yields:
        `{"file", "events": [{"time", "score"}], "seconds"}`, with every step also `{"times", "probabilities"}`; or
        `{"file", "error"}` for a file that cannot be read to its end.

    Raises:
        NoRun: When the run is no detector's, or was not tested.
    """
    for file in files:
        listener = Listener(run)
        try:
            parts = [heard for _, heard in heard_in(file, listener, block=BLOCK)]
        except UnreadableSound as error:
            yield {"file": str(file), "error": str(error)}
            continue
        answer: dict[str, Any] = {
            "file": str(file),
            "events": [event._asdict() for part in parts for event in part.events],
            "seconds": listener.seconds,
        }
        if every_step:
            answer["times"] = np.concatenate([part.times for part in parts]).tolist()
            probabilities = np.concatenate([part.probabilities for part in parts]).astype(np.float64)
            answer["probabilities"] = probabilities.round(DIGITS).tolist()
        yield answer


def heard_in(file: Path, listener: Listener, *, block: float) -> Iterator[tuple[np.ndarray, Heard]]:
    """What a listener hears in a file, which is read as it is listened to.

    Args:
        file: WAV, FLAC or OGG.
        listener: That hears it.
        block: How many seconds are read at once.

    Yields:
        A block, `(samples, channels)` float32, and what became known with it; the last block is empty.

    Raises:
        UnreadableSound: When the file cannot be decoded to its end, or is empty.
    """
    for samples, rate in blocks_of(file, seconds=block):
        yield samples, listener.listen(samples, rate)
    yield samples[:0], listener.finish()


def blocks_of(file: Path, *, seconds: float) -> Iterator[tuple[np.ndarray, int]]:
    """The sound of a file, `(samples, channels)` float32 at a time, and its rate.

    Raises:
        UnreadableSound: When the file cannot be decoded to its end, or is empty.
    """
    with _opened(file) as sound:
        size = max(1, round(seconds * sound.samplerate))
        while len(samples := sound.read(size, dtype="float32", always_2d=True)):
            yield samples, sound.samplerate
        if sound.tell() < sound.frames:
            raise UnreadableSound(f"{file} ends after {sound.tell()} of {sound.frames} samples.")


def seconds_of(file: Path) -> float:
    """How long a sound is, by what its file says of itself.

    Raises:
        UnreadableSound: When the file is no sound, or is empty.
    """
    with _opened(file) as sound:
        return sound.frames / sound.samplerate


@contextmanager
def _opened(file: Path) -> Iterator[Any]:
    import soundfile

    try:
        with soundfile.SoundFile(file) as sound:
            if not sound.frames:
                raise UnreadableSound(f"{file} holds no samples.")
            yield sound
    except (OSError, RuntimeError) as error:
        raise UnreadableSound(f"{file} cannot be read as a sound: {error}") from error
