"""Paintings drawn by program: the same for the same seed, at any size, and rich enough to take a style from."""

import subprocess
import sys
import zlib
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lightwell.data.drawn_painting import PAINTINGS, drawn_painting

each_painting = pytest.mark.parametrize("name", PAINTINGS)


@cache
def painting(name: str, longest_side: int = 256, seed: int = 0) -> np.ndarray:
    return drawn_painting(name, longest_side=longest_side, seed=seed)


def shrunk(pixels: np.ndarray, side: int) -> np.ndarray:
    height, width = (max(1, round(side * length / max(pixels.shape))) for length in pixels.shape[:2])
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BOX), dtype=float)


@each_painting
def test_a_painting_depends_on_its_name_and_seed_alone(name: str) -> None:
    first = drawn_painting(name, longest_side=64, seed=3)
    np.random.seed(0)
    drawn_painting(name, longest_side=32)
    assert np.array_equal(first, drawn_painting(name, longest_side=64, seed=3))


def test_another_process_draws_the_same_painting_without_torch() -> None:
    code = (
        "import sys, zlib; from lightwell.data.drawn_painting import drawn_painting; "
        "print(zlib.crc32(drawn_painting('swirls', longest_side=64).tobytes()), 'torch' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == [str(zlib.crc32(painting("swirls", 64).tobytes())), "False"]


@each_painting
def test_another_seed_is_another_painting(name: str) -> None:
    difference = np.abs(shrunk(painting(name), 64) - shrunk(painting(name, seed=1), 64))
    assert difference.mean() > 10


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(sorted(PAINTINGS)), st.integers(1, 150), st.integers(0, 2**40))
def test_any_size_is_drawn_in_the_paintings_proportions(name: str, longest_side: int, seed: int) -> None:
    pixels = drawn_painting(name, longest_side=longest_side, seed=seed)
    height, width = PAINTINGS[name].proportions
    assert pixels.shape == (max(1, round(longest_side * height)), max(1, round(longest_side * width)), 3)
    assert pixels.dtype == np.uint8 and max(pixels.shape[:2]) == longest_side


@each_painting
@pytest.mark.parametrize("longest_side", [60, 400])
def test_size_changes_the_resolution_alone(name: str, longest_side: int) -> None:
    here, there, other = (
        shrunk(pixels, 20) for pixels in (painting(name), painting(name, longest_side), painting(name, seed=1))
    )
    assert np.abs(here - there).mean() < 0.3 * np.abs(here - other).mean()


@each_painting
def test_a_painting_runs_from_dark_to_bright_through_many_colours(name: str) -> None:
    colours = Image.fromarray(painting(name)).convert("HSV")
    hue, saturation, value = (np.asarray(channel).ravel() for channel in colours.split())
    dark, bright = np.quantile(painting(name).mean(2), (0.05, 0.95))
    assert dark < 50 and bright > 150
    vivid = (saturation > 80) & (value > 60)
    shares = np.bincount(hue[vivid] // 16, minlength=16) / len(hue)  # of the colour circle's sixteenths
    assert vivid.mean() > 0.3 and (shares > 0.02).sum() >= 3


@each_painting
def test_a_painting_has_structure_at_every_scale_and_in_every_part(name: str) -> None:
    for side in (256, 128, 64, 32):
        down, across = np.gradient(shrunk(painting(name), side).mean(2))
        edges = np.hypot(down, across)
        assert edges.mean() > 8, side
        tiles = [tile for rows in np.array_split(edges, 4) for tile in np.array_split(rows, 4, axis=1)]
        assert min(tile.mean() for tile in tiles) > 2, side


def test_an_unknown_painting_is_told_with_the_known_ones_and_the_nearest() -> None:
    with pytest.raises(
        ValueError, match=r"no drawn painting 'woodcuts'; .*swirls, mosaic, woodcut.* Did you mean woodcut"
    ):
        drawn_painting("woodcuts", longest_side=64)


def test_a_painting_without_pixels_is_refused() -> None:
    with pytest.raises(ValueError, match="0 pixels"):
        drawn_painting("swirls", longest_side=0)
