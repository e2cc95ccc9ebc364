"""Settling a detector, and what is told of it, worked out by hand."""

import numpy as np
import pytest

from lightwell.sound.detection import Listened, Tolerance, matched
from lightwell.sound.detection_story import detection_story
from lightwell.sound.events import Detector, Event
from lightwell.sound.judged import peaks, some_events
from lightwell.sound.mixture import Word

TIMES = 0.04 * np.arange(1, 251)


def word(name: str, start: float, end: float) -> Word:
    return Word(name, "a voice", start, end, wanted=name == "activate")


def listened(*clips: tuple[tuple[Word, ...], dict[float, float]]) -> Listened:
    """Clips with their words, and at which times which probability begins to be heard for 0.2 seconds."""
    rows = []
    for _, heard in clips:
        row = np.full(len(TIMES), 0.01)
        for time, probability in heard.items():
            row[(time - 1e-6 <= TIMES) & (time + 0.2 > TIMES)] = probability
        rows.append(row)
    words = [said for said, _ in clips]
    return Listened(np.arange(len(clips)), np.array(rows), words, TIMES, 10.0, Tolerance(0.25, 0.75))


HEARD = listened(
    ((word("activate", 1, 1.5), word("active", 4, 4.4)), {1.6: 0.9, 4.48: 0.6}),  # a hit, and one that fools it
    ((word("activate", 2, 2.5),), {2.6: 0.4, 7.0: 0.8}),  # one that is hardly heard, and an alarm for nothing
    ((), {}),
)
AT_A_HALF = Detector(0.5, smoothing=1, refractory=0.5)


def test_events_are_counted_over_all_clips() -> None:
    score = HEARD.score(AT_A_HALF)
    assert (score.hits, score.false_alarms, score.misses) == (1, 2, 1)
    assert score.hours == pytest.approx(30 / 3600) and score.latencies == pytest.approx([0.1])
    assert HEARD.counts(AT_A_HALF).tolist() == [[1, 1, 0], [0, 1, 1], [0, 0, 0]]


def test_counting_clip_by_clip_comes_to_the_same_at_every_threshold() -> None:
    chance = np.random.default_rng(0)
    words = tuple(word("activate" if number % 2 else "active", 2.0 * number, 2 * number + 0.5) for number in range(4))
    heard = Listened(np.arange(20), chance.random((20, 250)), [words] * 20, TIMES, 10.0, Tolerance(0.25, 0.75))
    for threshold, score in zip(*heard.trade_off(Detector(0.5, 3, 0.8)), strict=True):
        assert heard.counts(Detector(threshold, 3, 0.8)).sum(0).tolist() == [
            score.hits,
            score.false_alarms,
            score.misses,
        ]


def test_the_detector_is_settled_where_it_serves_best() -> None:
    detector = HEARD.settled()
    best = HEARD.score(detector)
    assert best.f1 == max(HEARD.score(Detector(threshold, 1, 0.5)).f1 for threshold in np.linspace(0.05, 0.95, 91))
    assert 0.01 < detector.threshold < 0.9


def test_each_word_is_told_with_how_often_it_fools() -> None:
    rows = {row.name: (row.said, row.heard) for row in HEARD.by_word(AT_A_HALF)}
    assert rows == {"activate": (2, 1), "active": (1, 1)}
    assert HEARD.by_word(AT_A_HALF)[0].wanted


def test_an_event_belongs_to_the_wanted_word_even_where_another_has_begun() -> None:
    words = (word("activate", 1, 1.5), word("active", 1.6, 2.0))
    assert matched(words, [Event(1.7, 0.9)], Tolerance(0.25, 0.75)) == [Event(1.7, 0.9), None]
    first, second = Event(1.7, 0.9), Event(2.1, 0.8)
    assert matched(words, [first, second], Tolerance(0.25, 0.75)) == [first, second]


def test_a_word_is_as_probable_as_its_best_moment() -> None:
    probability, time = peaks(HEARD, AT_A_HALF)
    assert probability == pytest.approx([0.9, 0.6, 0.4])
    assert time == pytest.approx([1.6, 4.48, 2.6], abs=1e-6)


def test_the_rate_of_misses_at_a_rate_of_false_alarms() -> None:
    trade_off = HEARD.trade_off(AT_A_HALF)
    none = trade_off.at(0.5)
    assert none is not None and none.false_alarms == 0 and none.recall == 0.5  # above 0.8 only the first is heard
    many = trade_off.at(1000)
    assert many is not None and many.recall == 1.0


def test_mistakes_and_hits_are_named() -> None:
    told = [(event.kind, event.what, round(event.time, 2)) for event in some_events(HEARD, AT_A_HALF, of_each_kind=3)]
    assert told == [
        ("false alarm", "the background", 7.0),
        ("false alarm", "active", 4.48),
        ("missed", "activate", 2.6),
        ("heard", "activate", 1.6),
    ]


def test_the_story_is_plain_and_its_intervals_hold_the_figures() -> None:
    story = detection_story(HEARD, AT_A_HALF, "activate")
    score = HEARD.score(AT_A_HALF)
    for name in ("f1", "precision", "recall", "false_alarms_an_hour"):
        low, high = story["intervals"][name]
        assert low <= getattr(score, name) <= high, name
    assert story["latencies_ms"] == [100.0] and story["hits"] == 1
    silent = listened(((), {}), ((word("activate", 1, 2),), {}))
    told = detection_story(silent, AT_A_HALF, "activate")
    assert told["hits"] == 0 and "precision" not in told["intervals"]
    assert told["intervals"]["false_alarms_an_hour"][0] == 0 < told["intervals"]["false_alarms_an_hour"][1]
