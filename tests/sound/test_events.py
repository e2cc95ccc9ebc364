"""Events worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwell.sound.events import Detector, Hearing, score, smoothed


def heard(probabilities: np.ndarray, detector: Detector, *, chunk: int | None = None) -> list[float]:
    hearing, times = Hearing(detector), 0.1 * np.arange(1, len(probabilities) + 1)
    size = chunk or len(probabilities)
    parts = [slice(start, start + size) for start in range(0, len(probabilities), size)]
    return [event.time for part in parts for event in hearing.hear(probabilities[part], times[part])]


def test_an_event_is_heard_once_where_the_threshold_is_reached() -> None:
    probabilities = np.array([0, 0, 0.9, 0.9, 0, 0.9, 0, 0, 0, 0.9])
    at_once = Detector(threshold=0.5, smoothing=1, refractory=0.0)
    assert heard(probabilities, at_once) == pytest.approx([0.3, 0.6, 1.0])
    assert heard(probabilities, at_once._replace(refractory=0.35)) == pytest.approx([0.3, 1.0])
    assert heard(probabilities, at_once._replace(smoothing=2)) == pytest.approx([0.4])


@given(
    values=st.lists(st.floats(0, 1), min_size=1, max_size=60),
    chunk=st.integers(1, 20),
    smoothing=st.integers(1, 6),
    refractory=st.floats(0, 1),
)
def test_a_stream_has_the_events_of_the_whole(
    values: list[float], chunk: int, smoothing: int, refractory: float
) -> None:
    detector = Detector(0.5, smoothing, refractory)
    assert heard(np.array(values), detector, chunk=chunk) == heard(np.array(values), detector)


@given(values=st.lists(st.floats(0, 1), min_size=1, max_size=50), steps=st.integers(1, 10))
def test_smoothing_looks_back_and_never_ahead(values: list[float], steps: int) -> None:
    whole = smoothed(np.array(values), steps)
    for place in range(len(values)):
        assert whole[place] == pytest.approx(np.mean(values[max(0, place + 1 - steps) : place + 1]))


def test_each_word_is_met_by_one_event_at_most() -> None:
    found = score(np.array([1.1, 1.3, 4.0, 7.9]), np.array([1.0, 5.0, 8.0]), early=0.25, late=0.75, seconds=7200)
    assert (found.hits, found.false_alarms, found.misses) == (2, 2, 1)
    assert found.latencies == pytest.approx([0.1, -0.1])
    assert found.precision == 0.5 and found.recall == pytest.approx(2 / 3) and found.f1 == pytest.approx(4 / 7)
    assert found.false_alarms_an_hour == 1


def test_no_false_alarm_in_an_hour_proves_little() -> None:
    low, high = score(np.array([]), np.array([]), early=0.25, late=0.75, seconds=3600).false_alarm_interval()
    assert low == 0 and high == pytest.approx(3.689, abs=1e-3)
    low, high = score(np.arange(10.0), np.array([]), early=0.25, late=0.75, seconds=3600).false_alarm_interval()
    assert (low, high) == (pytest.approx(4.795, abs=1e-3), pytest.approx(18.390, abs=1e-3))  # Garwood's table
