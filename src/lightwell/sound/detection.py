"""How well a network hears the words of some clips: settling its detector, and the trade-off that it can have."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lightwell.sound.events import ROUNDING, Detector, Event, Hearing, Score, score, smoothed
from lightwell.sound.mixture import Word

THRESHOLDS = 1 / (1 + np.exp(-np.linspace(-10, 10, 101)))
SMOOTHINGS = (1, 3, 5)  # steps
REFRACTORIES = (0.3, 0.5, 0.8)  # seconds
APART = 60.0  # between two clips on the line on which all are laid, so that nothing reaches from one into the next


class Tolerance(NamedTuple):
    """How far from the end of a word it may be heard, in seconds."""

    early: float
    late: float


@dataclass(frozen=True)
class Listened:
    """What a network said of some clips.

    Attributes:
        numbers: `(clips,)`, ascending: which clips of their split these are.
        probabilities: `(clips, steps)`.
        words: The words of each clip.
        times: `(steps,)`: when each step is known, in seconds.
        seconds: How long a clip is.
        tolerance: How far from the end of a word it may be heard.
    """

    numbers: np.ndarray
    probabilities: np.ndarray
    words: Sequence[tuple[Word, ...]]
    times: np.ndarray
    seconds: float
    tolerance: Tolerance

    @property
    def hours(self) -> float:
        """How much was listened to."""
        return len(self.words) * self.seconds / 3600

    def row_of(self, clip: int) -> int:
        """Which row a clip has."""
        return int(np.searchsorted(self.numbers, clip))

    def events(self, detector: Detector) -> list[list[Event]]:
        """What is heard in each clip."""
        return [Hearing(detector).hear(clip, self.times) for clip in self.probabilities]

    def score(self, detector: Detector) -> Score:
        """What is heard, against the wanted words."""
        return self._score(self._smooth(detector.smoothing), detector)

    def trade_off(self, detector: Detector) -> "TradeOff":
        """What every threshold would come to."""
        smooth = self._smooth(detector.smoothing)
        scores = [self._score(smooth, detector._replace(threshold=threshold)) for threshold in THRESHOLDS]
        return TradeOff(THRESHOLDS, scores)

    def settled(self) -> Detector:
        """The detector with the highest F1; of those thresholds that share it, the one in the middle."""
        best, chosen = -1.0, Detector(0.5, SMOOTHINGS[0], REFRACTORIES[0])
        for smoothing in SMOOTHINGS:
            for refractory in REFRACTORIES:
                detector = Detector(0.5, smoothing, refractory)
                f1 = np.array([each.f1 for each in self.trade_off(detector).scores])
                if f1.max() > best + 1e-9:
                    top = np.flatnonzero(f1 >= f1.max() - 1e-9)
                    best, chosen = f1.max(), detector._replace(threshold=float(THRESHOLDS[top[len(top) // 2]]))
        return chosen

    def counts(self, detector: Detector) -> np.ndarray:
        """`(clips, 3)`: the hits, false alarms and misses of each clip."""
        rows = []
        for words, events in zip(self.words, self.events(detector), strict=True):
            wanted = [word for word in words if word.wanted]
            hits = sum(event is not None for event in matched(wanted, events, self.tolerance))
            rows.append((hits, len(events) - hits, len(wanted) - hits))
        return np.array(rows)

    def by_word(self, detector: Detector) -> list["WordCount"]:
        """How often each word was heard, those first that are heard most often though they should not be."""
        counts: dict[tuple[str, bool], list[int]] = {}
        for words, events in zip(self.words, self.events(detector), strict=True):
            for word, event in zip(words, matched(words, events, self.tolerance), strict=True):
                count = counts.setdefault((word.name, word.wanted), [0, 0])
                count[0] += 1
                count[1] += event is not None
        rows = [WordCount(name, wanted, count, heard) for (name, wanted), (count, heard) in counts.items()]
        return sorted(rows, key=lambda row: (not row.wanted, -row.heard / row.said, -row.said, row.name))

    def _smooth(self, steps: int) -> np.ndarray:
        return smoothed(self.probabilities, steps)

    def _score(self, smooth: np.ndarray, detector: Detector) -> Score:
        """All clips on one line, each far from the next."""
        over = smooth >= detector.threshold
        rising = over.copy()
        rising[:, 1:] &= ~over[:, :-1]
        clips, steps = np.nonzero(rising)
        apart = self.seconds + APART
        events: list[float] = []
        for time in clips * apart + self.times[steps]:
            if not events or time - events[-1] >= detector.refractory - ROUNDING:
                events.append(time)
        ends = [number * apart + word.end for number, words in enumerate(self.words) for word in words if word.wanted]
        early, late = self.tolerance
        return score(np.array(events), np.array(ends), early=early, late=late, seconds=self.hours * 3600)


class WordCount(NamedTuple):
    """How often a word was said, and how often something was heard there."""

    name: str
    wanted: bool
    said: int
    heard: int


class TradeOff(NamedTuple):
    """What each threshold comes to.

    Attributes:
        thresholds: `(thresholds,)`, ascending.
        scores: One for each.
    """

    thresholds: np.ndarray
    scores: list[Score]

    def at(self, false_alarms_an_hour: float) -> Score | None:
        """The score with the fewest misses and no more false alarms than that; None where there is none."""
        allowed = [score for score in self.scores if score.false_alarms_an_hour <= false_alarms_an_hour]
        return max(allowed, key=lambda score: score.recall, default=None)


def matched(words: Sequence[Word], events: Sequence[Event], tolerance: Tolerance) -> list[Event | None]:
    """The event at each word, if there is one. An event belongs to a wanted word if it can, and to one word only.

    A word that is not wanted may be taken for a wanted one before it has ended: it counts from its beginning on.
    """
    left = list(events)
    found: list[Event | None] = [None] * len(words)
    for wanted in (True, False):
        for number, word in enumerate(words):
            if word.wanted is wanted:
                first = word.end - tolerance.early if wanted else word.start
                found[number] = next(
                    (event for event in left if first <= event.time <= word.end + tolerance.late), None
                )
                left = [event for event in left if event is not found[number]]
    return found
