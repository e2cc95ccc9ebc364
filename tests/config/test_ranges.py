import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwell.config.ranges import RANGES, out_of_range

INSIDE_AND_OUTSIDE = [
    ("lr", [1e-9, 1, 3.5], [0, -1, math.inf, math.nan]),
    ("weight_decay", [0, 0.1], [-0.1]),
    ("momentum", [0, 0.999], [1, -0.1]),
    ("dropout", [0, 0.5], [1, 1.5, -0.1]),
    ("betas", [[0.9, 0.999], [0, 0]], [[0.9, 1.0], [-1, 0.5]]),
    ("batch_size", [1, 100_000], [0, -1]),
    ("image_size", [4, 2048], [3, 2049]),
    ("epochs", [0, 1], [-1]),
    ("seed", [0, 2**32 - 1], [-1, 2**32]),
    ("widths", [[1], [32, 64]], [[0], [32, -1]]),
    ("devices", [1, 8, -1, "auto", [0, 1]], [0, -2, [-1]]),
    ("budget", [1, None], [0]),
    ("warmup", [0, 1], [1.1]),
    ("decay", [0.99], [0, 1]),
    ("no_such_name", [-1, math.nan], []),
]


@pytest.mark.parametrize(("name", "inside", "outside"), INSIDE_AND_OUTSIDE)
def test_ranges_end_where_they_should(name, inside, outside):
    assert [value for value in inside if out_of_range(name, value)] == []
    assert [value for value in outside if not out_of_range(name, value)] == []


def test_what_is_allowed_is_told():
    assert out_of_range("lr", 0) == "It is out of range: lr has to be above 0."
    assert out_of_range("momentum", 1) == "It is out of range: momentum has to be at least 0 and below 1."
    assert out_of_range("image_size", 3) == "It is out of range: image_size has to be at least 4 and at most 2,048."
    assert out_of_range("devices", 0) == "It is out of range: devices has to be at least 1, or -1."
    assert out_of_range("widths", [8, 0]) == "0 is out of range: each has to be at least 1."


@given(st.sampled_from(sorted(RANGES)), st.booleans() | st.none() | st.text() | st.dictionaries(st.text(), st.none()))
def test_only_numbers_have_ranges(name, value):
    assert out_of_range(name, value) is None
