"""Drawings of what style transfer did: maps of terms, Gram matrices, and the film of a picture."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lightwell.render.animation import MOST_FRAMES, write_animation
from lightwell.render.gram_sheet import MOST_CHANNELS, LayerGrams, distance_from_style, gram_sheet, shown_channels
from lightwell.render.moved_sheet import MovedTerm, moved_sheet

WHITE = (255, 255, 255)


def term(lowered: np.ndarray, name: str = "style relu1_1") -> MovedTerm:
    return MovedTerm(name, 5.0, 5.0 - float(lowered.sum()), np.abs(lowered), lowered, np.abs(lowered))


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def reddish(pixels: np.ndarray) -> np.ndarray:
    return pixels[..., 0].astype(int) - pixels[..., 2] > 60


def test_what_was_lowered_is_red_where_it_fell_and_blue_where_it_rose() -> None:
    lowered = np.zeros((40, 60))
    lowered[:, :20], lowered[:, 40:] = 1, -1
    plain = np.full((40, 60, 3), 128, dtype=np.uint8)
    difference = np.zeros_like(lowered)
    with_it, without = (
        np.asarray(moved_sheet([term(values)], start=plain, result=plain)) for values in (lowered, difference)
    )
    assert with_it.shape == without.shape
    middle = with_it[-220:, with_it.shape[1] // 3 : -with_it.shape[1] // 4]
    red, blue = reddish(middle), reddish(middle[..., ::-1])
    assert red.sum() > 3000 and blue.sum() > 3000
    assert np.nonzero(red)[1].mean() < np.nonzero(blue)[1].mean() - 50


def test_every_term_has_a_row_below_the_pictures() -> None:
    start, result = picture(30, 40), picture(30, 40, seed=1)
    heights = [moved_sheet([term(np.ones((30, 40)))] * count, start=start, result=result).height for count in (0, 1, 3)]
    assert heights[1] - heights[0] > 192 and heights[2] - heights[0] == 3 * (heights[1] - heights[0])


@settings(max_examples=10, deadline=None)
@given(st.integers(4, 90), st.integers(4, 90), st.integers(1, 30), st.integers(1, 30))
def test_pictures_and_maps_of_any_size_are_drawn(height: int, width: int, rows: int, columns: int) -> None:
    sheet = moved_sheet(
        [term(np.ones((rows, columns)))], start=picture(height, width), result=picture(height, width), side=64
    )
    assert sheet.mode == "RGB" and sheet.height > 2 * round(64 * height / max(height, width))


def test_maps_of_nothing_and_of_what_is_not_finite_are_drawn_without_a_warning(
    recwarn: pytest.WarningsRecorder,
) -> None:
    odd = np.ones((8, 8))
    odd[0, 0], odd[1, 1] = np.nan, np.inf
    moved_sheet([term(np.zeros((8, 8))), term(odd)], start=picture(8, 8), result=picture(8, 8))
    assert not recwarn.list


def gram(channels: int, seed: int = 0) -> np.ndarray:
    features = np.maximum(np.random.default_rng(seed).normal(size=(channels, 400)), 0)
    return features @ features.T / 400


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 150), st.integers(0, 1000))
def test_the_strongest_channels_are_shown_each_once(channels: int, seed: int) -> None:
    style = gram(channels, seed)
    shown = shown_channels(style)
    assert len(set(shown.tolist())) == len(shown) == min(channels, MOST_CHANNELS)
    hidden = np.setdiff1d(np.arange(channels), shown)
    assert not len(hidden) or np.diag(style)[hidden].max() <= np.diag(style)[shown].min()


def test_channels_that_answer_together_lie_side_by_side() -> None:
    two_things = np.random.default_rng(0).random((2, 300)) > 0.5
    features = two_things[np.arange(20) % 2] * np.random.default_rng(1).uniform(0.8, 1.2, (20, 300))
    kinds = shown_channels(features @ features.T) % 2
    assert np.abs(np.diff(kinds)).sum() == 1


def test_channels_that_never_answer_do_no_harm() -> None:
    style = gram(10)
    style[3] = style[:, 3] = 0
    assert sorted(shown_channels(style)) == list(range(10))
    assert sorted(shown_channels(np.zeros((10, 10)))) == list(range(10))


def test_the_distance_is_a_share_of_the_styles_own_size() -> None:
    style = gram(12)
    assert distance_from_style(style, style) == 0
    assert distance_from_style(np.zeros_like(style), style) == pytest.approx(1)
    assert distance_from_style(3 * style, style) == pytest.approx(2)


def test_a_layers_three_matrices_share_one_order_and_one_scale() -> None:
    style = gram(30)
    grams = LayerGrams("relu1_1", start=style, style=style, result=0 * style)
    sheet = np.asarray(gram_sheet([grams], side=120)).astype(int)
    matrices = sheet[-120 - 20 - 8 : -20 - 8].reshape(120, -1, 3)
    left = 150
    start, its_style, result = (matrices[:, left + 128 * place : left + 128 * place + 120] for place in range(3))
    assert np.array_equal(start, its_style) and start.std() > 20
    assert result.max() < 20


def test_gram_matrices_fit_a_page_of_1200_pixels() -> None:
    layers = [LayerGrams(f"relu{k}_1", gram(k * 40), gram(k * 40, 1), gram(k * 40, 2)) for k in (1, 2, 3)]
    sheet = gram_sheet(layers)
    assert 1000 < sheet.width <= 1200 and sheet.height > 3 * 340


def write_frames(folder: Path, count: int, size: tuple[int, int] = (48, 32)) -> list[Path]:
    """A bar that wanders down a grey picture, from the top in the first frame to the bottom in the last."""
    paths = []
    for number in range(count):
        pixels = np.full((*size[::-1], 3), 90, dtype=np.uint8)
        top = round(number / max(1, count - 1) * (size[1] - 8))
        pixels[top : top + 8] = (240, 200, 40)
        pixels[:, : 1 + number % 5] = 10 * (number % 20)  # no two neighbours are alike
        paths.append(folder / f"{number:04d}.png")
        Image.fromarray(pixels).save(paths[-1])
    return paths


def read(animation: Path) -> tuple[list[np.ndarray], list[int]]:
    frames, durations = [], []
    with Image.open(animation) as film:
        for number in range(film.n_frames):
            film.seek(number)
            frames.append(np.asarray(film.convert("RGB")).astype(int))
            durations.append(film.info["duration"])
    return frames, durations


@pytest.mark.parametrize("suffix", ["webp", "gif"])
def test_an_animation_shows_every_frame_in_order_and_the_last_for_longer(tmp_path: Path, suffix: str) -> None:
    paths = write_frames(tmp_path, 6)
    target = tmp_path / "art" / f"film.{suffix}"
    write_animation(iter(paths), target, seconds_a_frame=0.2, last_seconds=1.5)
    frames, durations = read(target)
    assert durations == [200] * 5 + [1500]
    for frame, path in zip(frames, paths, strict=True):
        assert np.abs(frame - np.asarray(Image.open(path))).mean() < 12
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_a_long_run_is_thinned_to_its_first_and_last_and_frames_between(tmp_path: Path) -> None:
    paths = write_frames(tmp_path, MOST_FRAMES + 37)
    write_animation(paths, tmp_path / "film.gif", seconds_a_frame=0.05)
    frames, durations = read(tmp_path / "film.gif")
    assert len(frames) == MOST_FRAMES and sum(durations) == 50 * (MOST_FRAMES - 1) + 2000
    for frame, path in ((frames[0], paths[0]), (frames[-1], paths[-1])):
        assert np.abs(frame - np.asarray(Image.open(path))).mean() < 5


def test_a_torn_frame_is_left_out(tmp_path: Path) -> None:
    paths = write_frames(tmp_path, 5)
    paths[2].write_bytes(paths[2].read_bytes()[:60])
    paths[4].write_bytes(b"")
    write_animation(paths, tmp_path / "film.webp")
    frames, durations = read(tmp_path / "film.webp")
    assert len(frames) == 3 and durations[-1] == 2000
    assert np.abs(frames[-1] - np.asarray(Image.open(paths[3]))).mean() < 12


def test_frames_of_coarser_scales_are_brought_to_the_last_ones_size(tmp_path: Path) -> None:
    (tmp_path / "coarse").mkdir()
    coarse = write_frames(tmp_path / "coarse", 3, size=(24, 16))
    write_animation([*coarse, *write_frames(tmp_path, 2)], tmp_path / "film.webp")
    frames, _ = read(tmp_path / "film.webp")
    assert [frame.shape for frame in frames] == [(32, 48, 3)] * 5


def test_one_frame_is_a_still_picture(tmp_path: Path) -> None:
    write_animation(write_frames(tmp_path, 1), tmp_path / "film.webp")
    with Image.open(tmp_path / "film.webp") as film:
        assert film.size == (48, 32) and getattr(film, "n_frames", 1) == 1


def test_an_animation_of_nothing_or_of_an_unknown_kind_is_refused_and_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="None of the 0 frames"):
        write_animation([], tmp_path / "film.webp")
    with pytest.raises(ValueError, match=r"film\.mp4 .* \.webp or \.gif"):
        write_animation(write_frames(tmp_path, 1)[:1], tmp_path / "film.mp4")
    assert not list(tmp_path.glob("*film*"))
