"""Intervals that hold as often as they say, on worlds whose law is known."""

from collections.abc import Callable

import numpy as np
import pytest

from lightwell.chance import generator
from lightwell.sweeps.power_law import PowerLaw, fit

BUDGETS = 2 ** np.arange(5, 12)
SEEDS, TESTED, WORLDS = 3, 1000, 60
FARTHER = 8 * int(BUDGETS[-1])
Law = Callable[[np.ndarray], np.ndarray]


def measure(truth: Law, chance: np.random.Generator, examples: np.ndarray, *, spread: float = 0.1) -> np.ndarray:
    """Errors as runs with different seeds would show them on a finite test set."""
    errors = truth(examples) * (1 + spread * chance.standard_normal(len(examples)))
    return chance.binomial(TESTED, np.clip(errors, 0, 1)) / TESTED


def sweep_of(truth: Law, world: int, budgets: np.ndarray = BUDGETS) -> tuple[PowerLaw, np.random.Generator]:
    chance = generator(world, "a world of known law")
    examples = np.repeat(budgets, SEEDS).astype(float)
    return fit(examples, measure(truth, chance, examples), tested=TESTED), chance


@pytest.mark.parametrize(
    ("a", "b", "c"), [(1, 0.5, 0), (1, 0.5, 0.01), (2, 0.7, 0.005), (0.5, 0.2, 0), (0.5, 0.3, 0.05), (3, 0.8, 0)]
)
def test_a_run_on_eight_times_the_data_measures_what_was_predicted_nine_times_in_ten(a, b, c):
    inside = {"measured": 0, "law": 0, "needed": 0}
    goal = max(0.03, 1.3 * c)
    for world in range(WORLDS):
        law, chance = sweep_of(lambda examples: a * examples**-b + c, world)
        (error,) = measure(lambda examples: a * examples**-b + c, chance, np.array([float(FARTHER)]))
        for name, estimate, truth in (
            ("measured", law.predict(FARTHER), error),
            ("law", law.curve(FARTHER), a * FARTHER**-b + c),
            ("needed", law.needed(goal), ((goal - c) / a) ** (-1 / b)),
        ):
            inside[name] += estimate.low <= truth <= estimate.high
    # 90 % are promised; of 60 worlds fewer than 48 would hold once in a hundred such tests.
    assert min(inside.values()) >= 0.8 * WORLDS, inside


def test_the_promise_holds_though_small_budgets_have_not_begun_to_learn():
    def truth(examples: np.ndarray) -> np.ndarray:
        return np.where(examples < 100, 0.5, 1.5 * examples**-0.5 + 0.005)

    inside = 0
    for world in range(WORLDS):
        law, chance = sweep_of(truth, world)
        low, high = law.predict(FARTHER)[1:]
        inside += low <= measure(truth, chance, np.array([float(FARTHER)]))[0] <= high
    assert inside >= 0.8 * WORLDS
    assert np.median(law.starts) == 128


def test_the_promise_holds_though_no_budget_follows_the_law_exactly():
    inside = 0
    for world in range(WORLDS):
        off = 1 + 0.1 * generator(world, "misfit").standard_normal(len(BUDGETS) + 1)

        def truth(examples: np.ndarray, off: np.ndarray = off) -> np.ndarray:
            return (1.0 * examples**-0.4 + 0.01) * off[np.searchsorted(BUDGETS, examples)]

        law, chance = sweep_of(truth, world)
        low, high = law.predict(FARTHER)[1:]
        inside += low <= measure(truth, chance, np.array([float(FARTHER)]))[0] <= high
    assert inside >= 0.8 * WORLDS


def test_precise_measurements_find_the_law_again():
    examples = np.repeat(2.0 ** np.arange(4, 15), 3)
    law = fit(examples, 2 * examples**-0.5 + 0.02, tested=1_000_000)
    a, b, c = law.best
    assert a == pytest.approx(2, rel=0.15)
    assert b == pytest.approx(0.5, abs=0.03)
    assert c == pytest.approx(0.02, abs=0.002)
    low, high = law.needed(0.04)[1:]
    assert low < (0.02 / 2) ** -2 < high


def test_more_test_examples_and_more_budgets_narrow_the_interval():
    def width(budgets: np.ndarray, tested: int) -> float:
        examples = np.repeat(budgets, SEEDS).astype(float)
        low, high = fit(examples, examples**-0.5 + 0.01, tested=tested).predict(FARTHER)[1:]
        return high - low

    assert width(BUDGETS, 10_000) < width(BUDGETS, 300)
    assert width(BUDGETS, 1000) < width(BUDGETS[:5], 1000)


def test_where_more_data_do_not_help_no_number_is_promised():
    for world in range(5):
        law, _ = sweep_of(lambda examples: np.full(len(examples), 0.1), world)
        assert law.needed(0.03).value > FARTHER
        assert law.needed(0.03).high == np.inf
        assert law.curve(FARTHER).high > 0.08


def test_errors_that_are_all_chance_promise_nothing():
    chance = generator("noise")
    examples = np.repeat(BUDGETS, SEEDS).astype(float)
    law = fit(examples, chance.uniform(0.05, 0.4, len(examples)), tested=TESTED)
    low, high = law.predict(FARTHER)[1:]
    assert high - low > 0.1
    assert law.needed(0.03).high == np.inf


def test_a_task_without_a_single_error_needs_no_more_data():
    examples = np.repeat(BUDGETS, SEEDS).astype(float)
    law = fit(examples, np.zeros(len(examples)), tested=TESTED)
    assert law.needed(0.03).high <= BUDGETS[0]
    assert law.predict(FARTHER).low == 0
    assert 0 < law.predict(FARTHER).high < 0.01  # none of 1000 wrong is no proof of never


def test_the_same_runs_give_the_same_answer():
    first, second = (sweep_of(lambda examples: examples**-0.4, 7)[0] for _ in range(2))
    assert first.predict(5000) == second.predict(5000)
    assert first.needed(0.02) == second.needed(0.02)


def test_too_few_budgets_are_refused():
    with pytest.raises(ValueError, match="at least 4 budgets, got 2"):
        fit(np.array([32.0, 32.0, 64.0]), np.array([0.3, 0.2, 0.1]), tested=TESTED)
