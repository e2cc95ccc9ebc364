"""Maps drawn over pictures: what colour means, and that no map, however odd, is without a picture."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lightwell.render.cards import card, contact_sheet
from lightwell.render.overlay import oddity, overlay, scale_of

GREY = np.full((20, 30, 3), 120, dtype=np.uint8)


def colours(values: np.ndarray, *, signed: bool = True) -> np.ndarray:
    return np.asarray(overlay(GREY, values, signed=signed)).astype(int)


def test_red_speaks_for_the_class_and_blue_against_it() -> None:
    values = np.zeros((4, 4))
    values[:, 0], values[:, 3] = 1, -1
    drawn = colours(values)
    left, right = drawn[:, 10], drawn[:, -10]
    assert (left[:, 0] > left[:, 2] + 50).all() and (right[:, 2] > right[:, 0] + 50).all()


def test_both_sides_share_one_scale() -> None:
    values = np.zeros((4, 4))
    values[:, 0], values[:, 3] = 1, -0.1
    drawn = colours(values)
    assert np.ptp(drawn[:, 10], axis=1).max() > 3 * np.ptp(drawn[:, -10], axis=1).max()


@pytest.mark.parametrize("signed", [True, False])
def test_a_map_of_nothing_leaves_the_grey_picture(signed: bool) -> None:
    drawn = colours(np.zeros((4, 4)), signed=signed)
    assert (drawn == drawn[..., :1]).all()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.zeros((2, 2)), "is zero everywhere"),
        (np.full((2, 2), 3.0), "is the same everywhere"),
        (np.full((2, 2), -3.0), "is the same everywhere"),
        (np.array([[-1.0, -2.0]]), "speaks nowhere for the class"),
        (np.array([[1.0, np.nan]]), "holds values that are not finite"),
        (np.array([[1.0, -np.inf]]), "holds values that are not finite"),
        (np.array([[1.0, -2.0]]), None),
    ],
)
def test_an_odd_map_is_said_to_be_odd_and_drawn(values: np.ndarray, said: str | None) -> None:
    assert oddity(values, signed=True) == said
    drawn = overlay(GREY, values, signed=True)
    assert np.isfinite(scale_of(values))
    assert card([drawn], ["A caption."], scale=scale_of(values), signed=True).width == drawn.width


def test_one_extreme_value_does_not_darken_all_the_rest() -> None:
    values = np.ones((64, 64))
    values[0, 0] = 1e6
    assert scale_of(values) == 1


@settings(max_examples=25)
@given(st.integers(5, 40), st.integers(5, 40), st.integers(1, 12), st.integers(1, 12))
def test_any_size_is_drawn_in_the_pictures_proportions(height: int, width: int, rows: int, columns: int) -> None:
    pixels = np.zeros((height, width, 3), dtype=np.uint8)
    drawn = overlay(pixels, np.ones((rows, columns)), signed=False)
    assert drawn.width * height == drawn.height * width and min(drawn.size) >= 256


def test_a_sheet_has_a_cell_for_each_card() -> None:
    cards = [Image.new("RGB", (50, 40), "red"), Image.new("RGB", (30, 60), "blue"), Image.new("RGB", (10, 10))]
    sheet = np.asarray(contact_sheet(cards, columns=2))
    assert (sheet == (255, 0, 0)).all(2).sum() == 50 * 40
    assert (sheet == (0, 0, 255)).all(2).sum() == 30 * 60
