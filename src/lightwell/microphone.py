"""A microphone as a stream of blocks that a listener hears, with what was lost counted."""

import queue
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from lightwell.listening import Listener
from lightwell.sound.events import Event

BLOCK = 0.04  # seconds: what a microphone gives at once; a step of the networks
WAITING = 250  # blocks: how far the listener may fall behind
PATIENCE = 5.0  # seconds without a block: the microphone is gone


class NoMicrophone(Exception):
    """There is no way to hear; the message says what is missing."""


class Arrivals:
    """What the thread of a sound card hands over to the one that listens, and how much was lost on the way.

    Args:
        rate: Of the samples.
        patience: After how many seconds without samples there is nothing to wait for.
    """

    def __init__(self, rate: int, patience: float = PATIENCE):
        self.rate = rate
        self.patience = patience
        self.blocks: queue.Queue[tuple[int, np.ndarray]] = queue.Queue(WAITING)
        self.lost = 0
        self.due: float | None = None  # when the next sample is recorded, by the sound card's clock

    def receive(self, samples: np.ndarray, count: int, time: Any, status: Any) -> None:
        """Keep a block `(count, channels)`, as sounddevice calls it; a listener that is too slow loses it."""
        recorded = time.inputBufferAdcTime
        if status.input_overflow and self.due is not None:  # it does not say how much was lost, but the clock does
            self.lost += max(0, round((recorded - self.due) * self.rate))
        self.due = recorded + count / self.rate
        try:
            self.blocks.put_nowait((self.lost, samples.copy()))
            self.lost = 0
        except queue.Full:
            self.lost += count

    def heard_by(self, listener: Listener) -> Iterator[Event]:
        """The events, as they come.

        Raises:
            NoMicrophone: When no more samples arrive.
        """
        while True:
            try:
                lost, samples = self.blocks.get(timeout=self.patience)
            except queue.Empty:
                raise NoMicrophone(
                    f"The microphone has been still for {self.patience:g} s. Is it plugged in?"
                ) from None
            if lost:
                yield from listener.skip(lost, self.rate)
            yield from listener.hear(samples, self.rate)


@contextmanager
def microphone() -> Iterator[Arrivals]:
    """What the machine's own microphone hears from now on, at the microphone's own rate.

    Raises:
        NoMicrophone: When there is none, or nothing to ask it with.
    """
    try:
        import sounddevice
    except ModuleNotFoundError as error:
        raise NoMicrophone("A microphone needs sounddevice, an extra: pip install lightwell[mic]") from error
    except OSError as error:
        raise NoMicrophone(f"{error}. It reaches the microphone: sudo apt install libportaudio2") from error
    try:
        rate = round(sounddevice.query_devices(kind="input")["default_samplerate"])
        arrivals = Arrivals(rate)
        with sounddevice.InputStream(
            samplerate=rate, blocksize=round(BLOCK * rate), channels=1, dtype="float32", callback=arrivals.receive
        ):
            yield arrivals
    except sounddevice.PortAudioError as error:
        raise NoMicrophone(
            f"There is no microphone to be heard: {error}. `python -m sounddevice` lists them."
        ) from error
