"""From probabilities over time to events, and how the events heard compare with those that happened."""

from typing import NamedTuple

import numpy as np
from scipy.stats import chi2

CONFIDENCE = 0.95
ROUNDING = 1e-6  # seconds: times a step apart are not so to the last bit


class Detector(NamedTuple):
    """How a probability a step becomes events.

    Attributes:
        threshold: What the smoothed probability has to reach.
        smoothing: Over how many steps it is averaged, the present one and those before it.
        refractory: For how many seconds after an event no other is heard.
    """

    threshold: float
    smoothing: int
    refractory: float


class Event(NamedTuple):
    """Something heard.

    Attributes:
        time: When, in seconds: the moment at which it was known.
        score: How probable it was then, after smoothing.
    """

    time: float
    score: float


class Score(NamedTuple):
    """What was heard, against what happened.

    Attributes:
        hits: Events heard where one happened.
        false_alarms: Events heard where none happened.
        misses: Events that were not heard.
        latencies: Of the hits, in seconds after the end of the word.
        hours: How much was listened to.
    """

    hits: int
    false_alarms: int
    misses: int
    latencies: np.ndarray
    hours: float

    @property
    def precision(self) -> float:
        """The share of what was heard that happened; 1 where nothing was heard."""
        heard = self.hits + self.false_alarms
        return self.hits / heard if heard else 1.0

    @property
    def recall(self) -> float:
        """The share of what happened that was heard; 1 where nothing happened."""
        happened = self.hits + self.misses
        return self.hits / happened if happened else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    @property
    def false_alarms_an_hour(self) -> float:
        """Of all that was listened to."""
        return self.false_alarms / self.hours

    def false_alarm_interval(self) -> tuple[float, float]:
        """The 95 % interval of the rate an hour (Garwood, 1936): none in H hours only proves less than 3.7 / H."""
        tail = (1 - CONFIDENCE) / 2
        count = self.false_alarms
        low = chi2.ppf(tail, 2 * count) / 2 if count else 0.0
        return float(low / self.hours), float(chi2.ppf(1 - tail, 2 * count + 2) / 2 / self.hours)


class Hearing:
    """Turns probabilities into events as they come; remembers no more than the detector needs.

    Args:
        detector: How they are judged.
    """

    def __init__(self, detector: Detector):
        self.detector = detector
        self.before = np.empty(0)  # the last probabilities, over which the next ones are averaged
        self.over = False
        self.last = -np.inf

    def hear(self, probabilities: np.ndarray, times: np.ndarray) -> list[Event]:
        """The events in the next steps: where the smoothed probability reaches the threshold from below.

        Args:
            probabilities: `(steps,)`.
            times: `(steps,)`: when each step is known, in seconds.
        """
        detector = self.detector
        known = np.concatenate([self.before, probabilities])
        seen, self.before = len(self.before), known[max(0, len(known) - detector.smoothing + 1) :]
        if not len(probabilities):
            return []
        if known.max() < detector.threshold:  # as most of the time: then no mean reaches it, either
            self.over = False
            return []
        smooth = smoothed(known, detector.smoothing)[seen:]
        over = smooth >= detector.threshold
        rising = np.flatnonzero(over & ~np.concatenate([[self.over], over[:-1]]))
        events = []
        for step in rising:
            if times[step] - self.last >= detector.refractory - ROUNDING:
                self.last = float(times[step])
                events.append(Event(self.last, float(smooth[step])))
        self.over = bool(over[-1])
        return events


def smoothed(probabilities: np.ndarray, steps: int) -> np.ndarray:
    """The mean over each step and those before it, along the last axis; at the beginning over as many as there are."""
    padded = np.concatenate([np.zeros((*probabilities.shape[:-1], steps)), probabilities], axis=-1)
    sums = np.lib.stride_tricks.sliding_window_view(padded, steps, axis=-1)[..., 1:, :].sum(-1)
    return sums / np.minimum(np.arange(1, probabilities.shape[-1] + 1), steps)


def score(events: np.ndarray, ends: np.ndarray, *, early: float, late: float, seconds: float) -> Score:
    """Match events with the ends of words, each with one at most, in the order of time.

    Args:
        events: `(events,)`: when something was heard, in seconds, ascending.
        ends: `(words,)`: when the words ended, ascending.
        early: How long before its end a word may be heard.
        late: How long after it.
        seconds: How much was listened to.
    """
    latencies = []
    place = 0
    for end in ends:
        while place < len(events) and events[place] < end - early:
            place += 1
        if place < len(events) and events[place] <= end + late:
            latencies.append(events[place] - end)
            place += 1
    hits = len(latencies)
    return Score(hits, len(events) - hits, len(ends) - hits, np.array(latencies), seconds / 3600)
