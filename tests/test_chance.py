import subprocess
import sys

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lightwell.chance import generator, torch_seed, uniform

DRAW = "from lightwell.chance import generator, uniform; import numpy; print(generator(3, 'x', 1).random(), uniform(numpy.arange(3), 3, 'x', columns=2).tolist())"  # noqa: E501


@given(st.lists(st.integers(0, 2**40), min_size=1, max_size=30, unique=True), st.integers(0, 2**31), st.integers(1, 8))
def test_a_row_depends_on_its_index_alone(indices: list[int], seed: int, columns: int) -> None:
    together = uniform(np.array(indices), seed, "flip", columns=columns)
    alone = [uniform(np.array([index]), seed, "flip", columns=columns)[0] for index in indices]
    assert np.array_equal(together, alone)


def test_numbers_are_uniform_and_uncorrelated_across_columns_and_neighbours() -> None:
    draws = uniform(np.arange(20_000), 0, "test", columns=3)
    assert draws.min() >= 0 and draws.max() < 1
    for column in draws.T:
        assert stats.kstest(column, "uniform").pvalue > 1e-3
    assert abs(np.corrcoef(draws[:, 0], draws[:, 1])[0, 1]) < 0.03
    assert abs(np.corrcoef(draws[:-1, 0], draws[1:, 0])[0, 1]) < 0.03


def test_each_part_of_the_key_counts() -> None:
    keys = [(0, "shuffle", 0), (1, "shuffle", 0), (0, "augmentation", 0), (0, "shuffle", 1)]
    assert len({generator(*key).random() for key in keys}) == len(keys)
    assert len({torch_seed(*key) for key in keys}) == len(keys)


def test_another_process_draws_the_same() -> None:
    runs = [subprocess.run([sys.executable, "-c", DRAW], capture_output=True, text=True, check=True) for _ in range(2)]
    assert runs[0].stdout == runs[1].stdout != ""
