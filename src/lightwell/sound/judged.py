"""Single events: how probable each word was, and which were heard, missed, or heard for nothing."""

from typing import NamedTuple

import numpy as np

from lightwell.sound.detection import Listened, matched
from lightwell.sound.events import Detector, smoothed


class JudgedEvent(NamedTuple):
    """Something heard, or not heard.

    Attributes:
        kind: `false alarm`, `missed` or `heard`.
        clip: The number of the clip.
        time: When, in seconds; of what was missed, when it was likeliest.
        what: What was said there.
        score: How probable it was, after smoothing.
    """

    kind: str
    clip: int
    time: float
    what: str
    score: float


def peaks(listened: Listened, detector: Detector) -> tuple[np.ndarray, np.ndarray]:
    """For each word of all clips how probable it was, at most, that it is the wanted one, and when: `(words,)` each.

    Of other words only the time counts in which no wanted word may be heard.
    """
    early, late = listened.tolerance
    smooth, times = smoothed(listened.probabilities, detector.smoothing), listened.times
    found = []
    for probabilities, words in zip(smooth, listened.words, strict=True):
        ends = [word.end for word in words if word.wanted]
        free = ~np.any([(times >= end - early) & (times <= end + late) for end in ends], axis=0) if ends else True
        for word in words:
            first = word.end - early if word.wanted else word.start
            inside = (times >= first) & (times <= word.end + late) & (True if word.wanted else free)
            step = int(np.argmax(np.where(inside, probabilities, -1.0)))
            found.append((probabilities[step], times[step]) if np.any(inside) else (0.0, word.end + early))
    probability, time = (np.array(column, dtype=np.float64) for column in zip(*found, strict=True))
    return probability, time


def some_events(listened: Listened, detector: Detector, *, of_each_kind: int) -> list[JudgedEvent]:
    """The most certain false alarms, the words missed that were least probable, and the most certain hits."""
    judged: list[JudgedEvent] = []
    probability, time = peaks(listened, detector)
    place = 0
    for number, words, events in zip(listened.numbers, listened.words, listened.events(detector), strict=True):
        found = matched(words, events, listened.tolerance)
        clip = int(number)
        for word, event in zip(words, found, strict=True):
            if word.wanted and event:
                judged.append(JudgedEvent("heard", clip, event.time, word.name, event.score))
            elif word.wanted:
                judged.append(JudgedEvent("missed", clip, float(time[place]), word.name, float(probability[place])))
            elif event:
                judged.append(JudgedEvent("false alarm", clip, event.time, word.name, event.score))
            place += 1
        alone = [event for event in events if event not in found]
        judged += [JudgedEvent("false alarm", clip, event.time, "the background", event.score) for event in alone]
    ordered = sorted(judged, key=lambda event: event.score if event.kind == "missed" else -event.score)
    kinds = ("false alarm", "missed", "heard")
    return [event for kind in kinds for event in [each for each in ordered if each.kind == kind][:of_each_kind]]
