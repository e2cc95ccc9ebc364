import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwell.render.charts import line_chart, nice_ticks, reliability_chart, tick_label

numbers = st.floats(-1e12, 1e12, allow_nan=False)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [(0, 1, [0, 0.5, 1]), (0.05, 0.66, [0, 0.2, 0.4, 0.6, 0.8]), (0, 9, [0, 5, 10]), (2, 2, [1.8, 1.9, 2, 2.1, 2.2])],
)
def test_ticks_are_round_numbers_around_the_range(low: float, high: float, ticks: list[float]) -> None:
    assert nice_ticks(low, high) == ticks


@given(numbers, numbers)
def test_ticks_enclose_any_range_and_can_be_told_apart(one: float, other: float) -> None:
    low, high = sorted((one, other))
    ticks = nice_ticks(low, high)
    slack = 1e-6 * max(abs(low), abs(high), 1e-9)
    assert ticks[0] <= low + slack
    assert high - slack <= ticks[-1]
    assert 2 <= len(ticks) <= 7


def test_small_ticks_keep_their_digits() -> None:
    assert [tick_label(value, [0, 0.0005, 0.001]) for value in (0, 0.0005, 0.001)] == ["0.0000", "0.0005", "0.0010"]


def test_an_epoch_without_a_figure_is_passed_over() -> None:
    chart = line_chart("Loss", np.arange(4.0), {"validation": np.array([1, np.nan, np.inf, 0.5])})
    assert chart is not None
    assert [point.title for point in chart.lines[0].points] == ["validation, epoch 0: 1", "validation, epoch 3: 0.5"]


def test_every_point_lies_inside_the_frame_and_the_best_epoch_on_its_own() -> None:
    values = np.random.default_rng(0).normal(0, 10, 300)
    chart = line_chart("Loss", np.arange(300.0), {"training": values}, best_epoch=150)
    assert chart is not None
    assert chart.mark is not None
    left, top, right, bottom = chart.frame
    assert chart.mark.position == pytest.approx((left + right) / 2, abs=1)
    assert all(left <= point.x <= right and top <= point.y <= bottom for point in chart.lines[0].points)
    assert len(chart.lines[0].points) <= 80


def test_a_single_epoch_is_drawn() -> None:
    chart = line_chart("Loss", np.zeros(1), {"training": np.ones(1)})
    assert chart is not None
    assert len(chart.lines[0].points) == 1


def test_nothing_recorded_draws_nothing() -> None:
    assert line_chart("Loss", np.arange(2.0), {"training": np.full(2, np.nan)}) is None


def test_well_calibrated_answers_lie_on_the_diagonal() -> None:
    confidence = np.repeat([0.25, 0.75], 100)
    right = np.tile(np.arange(100), 2) < 100 * confidence
    chart = reliability_chart(confidence, right)
    left, _, _, bottom = chart.frame
    for point in chart.lines[0].points:
        assert point.x - left == pytest.approx(bottom - point.y, rel=0.15)
    assert chart.lines[0].points[1].title == "100 answers given with 75% confidence: 75% hold"
