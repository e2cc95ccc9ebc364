"""Listening to a stream of sound as it comes, at any rate and in chunks of any size."""

from typing import Any, NamedTuple

import numpy as np
import torch

from lightwell.models.log_mel import LogMel
from lightwell.runs.load import Run
from lightwell.runs.record import NoRun
from lightwell.sound import RATE
from lightwell.sound.events import Event, Hearing
from lightwell.tasks.trigger_detector import TriggerDetector

LONG = 1.0  # seconds: what is missing longer than this is no part of the same stretch of sound
NOTHING = np.empty(0, dtype=np.float32)


class Heard(NamedTuple):
    """What became known with a chunk of sound.

    Attributes:
        events: When the word was heard.
        times: `(steps,)`: when each step was known, in seconds from the beginning of the stream.
        probabilities: `(steps,)` float32: that the word had just been spoken then.
    """

    events: list[Event]
    times: np.ndarray
    probabilities: np.ndarray


class Listener:
    """A run's detector that hears a stream, chunk after chunk, as it would hear the whole at once.

    What it remembers has a bounded size however long the stream is, and its time is counted in whole samples.

    Args:
        run: A detector's, tested to its end.

    Raises:
        NoRun: When the run is no detector's, or was not tested, so that nobody knows its threshold.
    """

    def __init__(self, run: Run):
        if not isinstance(run.task, TriggerDetector):
            raise NoRun(f"{run.path} does not listen. Train a detector: python train.py experiment=trigger_word")
        if run.task.detector is None:
            raise NoRun(
                f"{run.path} was not tested to its end, so its threshold is not known: lightwell resume {run.path}"
            )
        self.task = run.task
        self.features = LogMel(bands=run.config["data"]["bands"])
        self.hearing = Hearing(run.task.detector)
        self.resampler = Resampler()
        self.samples = 0  # how many have been heard, at 16 kHz
        self._begin()

    @property
    def seconds(self) -> float:
        """Up to when everything has been judged; what comes from the next chunk is later."""
        return self.samples / RATE

    def hear(self, samples: np.ndarray, rate: int = RATE) -> list[Event]:
        """The events that become known with the next samples."""
        return self.listen(samples, rate).events

    def listen(self, samples: np.ndarray, rate: int = RATE) -> Heard:
        """What becomes known with the next samples.

        Args:
            samples: `(samples,)` or `(samples, channels)` in [-1, 1], any number; what is no number is silence.
            rate: Of these samples, in a second; it may change from chunk to chunk.
        """
        return self._advance(self.resampler(cleaned(samples), rate))

    def skip(self, samples: int, rate: int = RATE) -> list[Event]:
        """Go on after samples that were lost; returns the events before them.

        Up to a second is heard as silence. After more, the detector begins anew, and only the time goes on.
        """
        if samples <= LONG * rate:
            return self.hear(np.zeros(samples, dtype=np.float32), rate)
        events = self.finish().events
        self.samples += round(samples * RATE / rate)
        self._begin()
        return events

    def finish(self) -> Heard:
        """What becomes known when no more samples come: the resampler holds back those for which it needs the next."""
        return self._advance(self.resampler.rest())

    def _begin(self) -> None:
        network: Any = self.task.model
        self.left = NOTHING  # samples that the next frames look at
        self.state = network.beginning(1, torch.device("cpu"))
        self.began, self.steps = self.samples, 0
        self._expect(0)
        last, self.hearing = self.hearing.last, Hearing(self.hearing.detector)
        self.hearing.last = last  # the refractory time goes on

    @torch.inference_mode()
    def _advance(self, samples: np.ndarray) -> Heard:
        """Hear samples `(samples,)` at 16 kHz."""
        sound = np.concatenate([self.left, samples])
        self.samples += len(samples)
        if self.samples < self.due:  # small chunks are gathered until they make a step
            self.left = sound
            return Heard([], NOTHING, NOTHING)
        batch = torch.from_numpy(sound)[None]
        logits, self.state = self.task.listen(self.features(batch), self.state)
        self.left = self.features.left_over(batch)[0].numpy().copy()  # a view would hold the whole chunk
        probabilities = logits[0].sigmoid().numpy()
        times = self._expect(len(probabilities))
        return Heard(self.hearing.hear(probabilities, times), times, probabilities)

    def _expect(self, count: int) -> np.ndarray:
        """When the next steps are known, `(count,)` in seconds; then awaits the one after them."""
        times = self.began / RATE + self.task.times(np.arange(self.steps, self.steps + count + 1))
        self.steps += count
        self.due = round(times[-1] * RATE)  # the samples that have to be heard until then
        return times[:-1]


class Resampler:
    """Mono samples at a rate that may change, as one stream at 16 kHz; the same for chunks of any size."""

    def __init__(self) -> None:
        self.rate = RATE
        self.stream: Any = None

    def __call__(self, samples: np.ndarray, rate: int) -> np.ndarray:
        """The next samples `(samples,)` float32, as far as they can be known."""
        before = NOTHING if rate == self.rate else self.rest()
        if rate != self.rate:
            import soxr

            self.rate = rate
            self.stream = None if rate == RATE else soxr.ResampleStream(rate, RATE, num_channels=1)
        return np.concatenate([before, self.stream.resample_chunk(samples) if self.stream else samples])

    def rest(self) -> np.ndarray:
        """What was held back, as if silence followed; the next samples begin a new stream."""
        if self.stream is None:
            return NOTHING
        rest = self.stream.resample_chunk(NOTHING, last=True)
        self.stream.clear()
        return rest


def cleaned(samples: np.ndarray) -> np.ndarray:
    """Samples of any number of channels as mono float32 in [-1, 1]: a single infinity would deafen a network for good.

    Raises:
        TypeError: When they are whole numbers, which may mean anything.
    """
    if samples.dtype.kind != "f":
        raise TypeError(f"Samples are floats in [-1, 1], but these are {samples.dtype}. Divide them by full scale.")
    finite = np.where(np.isfinite(samples), samples, 0)
    mono = finite if finite.ndim == 1 else finite.mean(axis=1)
    return mono.clip(-1, 1).astype(np.float32, copy=False)
