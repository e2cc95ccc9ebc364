"""From probabilities over time to events, and how the events heard compare with those that happened."""

from typing import NamedTuple

import numpy as np
from scipy.stats import chi2

CONFIDENCE = 0.95


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


def smoothed(probabilities: np.ndarray, steps: int) -> np.ndarray:
    """The mean over each step and those before it, `(steps,)`; at the beginning over as many as there are."""
    sums = np.concatenate([[0.0], np.cumsum(probabilities, dtype=np.float64)])
    ends = np.arange(1, len(probabilities) + 1)
    starts = np.maximum(ends - steps, 0)
    return (sums[ends] - sums[starts]) / (ends - starts)


def heard(probabilities: np.ndarray, detector: Detector, *, step: float) -> np.ndarray:
    """The times of events, in seconds: the ends of the steps at which the smoothed probability reaches the threshold.

    Args:
        probabilities: `(steps,)`.
        detector: How they are judged.
        step: Seconds a step.
    """
    over = smoothed(probabilities, detector.smoothing) >= detector.threshold
    rising = np.flatnonzero(over & ~np.concatenate([[False], over[:-1]]))
    times: list[float] = []
    for time in (rising + 1) * step:
        if not times or time - times[-1] >= detector.refractory:
            times.append(float(time))
    return np.array(times)


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
