import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwell.render.answer_chart import MOST_TICKS, AnswerChart, LogScale
from lightwell.render.charts import Tick


def test_equal_ratios_are_equally_far_apart_on_a_logarithmic_axis():
    scale = LogScale(10, 1000, 0, 100)
    assert [scale(value) for value in (10, 100, 1000)] == [0, 50, 100]


def test_what_lies_outside_stays_at_the_edge():
    scale = LogScale(10, 1000, 0, 100)
    assert scale(0) == 0
    assert scale(float("inf")) == 100


@given(low=st.floats(1e-5, 1e4), ratio=st.floats(10, 1e6))
def test_ticks_are_round_few_and_inside(low, ratio):
    ticks = LogScale(low, low * ratio, 0, 100).ticks()
    assert 1 <= len(ticks) <= MOST_TICKS
    assert all(low <= tick <= low * ratio for tick in ticks)
    assert all(f"{tick:e}"[0] in "1235" for tick in ticks)


@pytest.mark.parametrize("words", ["</svg><script>alert(1)</script>", '" onload="alert(1)'])
def test_words_stay_words(words):
    chart = AnswerChart(words, words, words, [Tick(1, words)], [Tick(1, words)], [], [], goal=Tick(1, words))
    assert "<script" not in chart.svg()
    assert '" onload' not in chart.svg()
