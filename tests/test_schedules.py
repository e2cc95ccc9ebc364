import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwell.schedules import Constant, Cosine, OneCycle, Plateau, Step


@given(st.floats(0, 0.9), st.floats(0, 1))
def test_factors_lie_between_nothing_and_the_full_rate(warmup: float, progress: float) -> None:
    for schedule in (Constant(warmup=warmup), Cosine(warmup=warmup), Step(warmup=warmup), OneCycle(warmup=warmup)):
        assert 0 <= schedule(progress) <= 1


def test_warm_up_is_linear_and_then_full() -> None:
    schedule = Constant(warmup=0.2)
    assert schedule(0.1) == pytest.approx(0.5)
    assert schedule(0.2) == schedule(1.0) == 1.0


def test_cosine_starts_full_is_halfway_at_half_and_ends_at_its_floor() -> None:
    schedule = Cosine(floor=0.1)
    assert schedule(0.0) == pytest.approx(1.0)
    assert schedule(0.5) == pytest.approx(0.55)
    assert schedule(1.0) == pytest.approx(0.1)


def test_step_falls_at_each_milestone() -> None:
    schedule = Step(milestones=[0.5, 0.75], factor=0.1)
    assert [schedule(at) for at in (0.49, 0.5, 0.8)] == pytest.approx([1.0, 0.1, 0.01])


def test_plateau_waits_its_patience_and_then_reduces() -> None:
    schedule = Plateau(factor=0.5, patience=1)
    for loss in (1.0, 0.9, 0.95, 0.96):
        schedule.observe(loss, best_is="min")
    assert schedule(0.9) == 0.5
    schedule.observe(0.1, best_is="min")
    assert schedule(0.9) == 0.5
