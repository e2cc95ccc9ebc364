import math
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from lightwell.explain.localisation import intersection_over_union
from lightwell.explain.segmentation import largest_component, segmentation

METHODS = ["percentile", "otsu", "grab_cut"]


@pytest.fixture(autouse=True)
def opencv(request: pytest.FixtureRequest) -> None:
    """GrabCut is tested where OpenCV is there."""
    if getattr(request.node, "callspec", None) and "grab_cut" in request.node.callspec.params.values():
        pytest.importorskip("cv2", reason="an extra: pip install lightwell[segmentation]")


def rectangle(rows: slice, columns: slice, side: int = 40) -> Tensor:
    mask = torch.zeros(1, side, side, dtype=torch.bool)
    mask[:, rows, columns] = True
    return mask


def painted(mask: Tensor) -> Tensor:
    """A red object on green, with a little noise."""
    noise = 0.15 * torch.rand(len(mask), 3, *mask.shape[1:], generator=torch.Generator().manual_seed(0))
    colour = torch.tensor([0.7, 0.0, 0.0])[:, None, None]
    return noise + torch.where(mask[:, None], colour, colour.roll(1, 0))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("ground", [0.0, 0.2, -1.0])
@pytest.mark.parametrize("rows", [slice(3, 6), slice(10, 33)], ids=["small", "large"])
def test_a_known_rectangle_is_found(method: str, ground: float, rows: slice) -> None:
    truth = rectangle(rows, slice(8, 20))
    maps = torch.where(truth, 1.0, ground)
    assert torch.equal(segmentation(maps, method=method, pictures=painted(truth)), truth)


def test_a_percentile_keeps_that_share() -> None:
    maps = torch.rand(2, 20, 20, generator=torch.Generator().manual_seed(0))
    assert segmentation(maps).sum((1, 2)).tolist() == [20, 20]
    assert segmentation(maps, percentile=70).sum((1, 2)).tolist() == [120, 120]
    assert (segmentation(maps) <= segmentation(maps, percentile=70)).all()


def test_negative_values_are_never_foreground() -> None:
    maps = torch.full((1, 10, 10), -1.0)
    maps[0, 2, 3] = 1
    maps[0, 5] = -0.5
    for method in ("percentile", "otsu"):
        assert segmentation(maps, method=method, percentile=50).nonzero().tolist() == [[0, 2, 3]]


def test_otsu_parts_two_heaps() -> None:
    generator = torch.Generator().manual_seed(0)
    truth = torch.rand(1, 30, 30, generator=generator) > 0.7
    maps = torch.where(truth, 2.0, 0.5) + 0.1 * torch.randn(1, 30, 30, generator=generator)
    assert torch.equal(segmentation(maps, method="otsu"), truth)


def test_grab_cut_grows_from_the_saliency_to_the_edges_of_the_object() -> None:
    pytest.importorskip("cv2", reason="an extra: pip install lightwell[segmentation]")
    truth = rectangle(slice(10, 30), slice(6, 34))
    place = torch.arange(40.0)
    bump = torch.exp(-((place - 20) ** 2) / 50)
    maps = F.avg_pool2d(bump[None, :, None] * bump[None, None, :], 5)  # coarse, within the object
    assert intersection_over_union(segmentation(maps, pictures=painted(truth)), truth).item() < 0.3
    grown = segmentation(maps, method="grab_cut", pictures=painted(truth))
    assert intersection_over_union(grown, truth).item() > 0.95


def test_grab_cut_is_repeatable_whatever_opencv_did_before() -> None:
    cv2 = pytest.importorskip("cv2", reason="an extra: pip install lightwell[segmentation]")
    generator = torch.Generator().manual_seed(0)
    maps, pictures = torch.rand(2, 30, 30, generator=generator), torch.rand(2, 3, 30, 30, generator=generator)
    before, threads = segmentation(maps, method="grab_cut", pictures=pictures), cv2.getNumThreads()
    try:
        cv2.setNumThreads(1)
        cv2.setRNGSeed(123)
        assert torch.equal(before, segmentation(maps, method="grab_cut", pictures=pictures))
    finally:
        cv2.setNumThreads(threads)
    assert torch.equal(before[[1]], segmentation(maps[[1]], method="grab_cut", pictures=pictures[[1]]))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("side", [6, 37])
def test_a_map_that_says_nothing_of_where_has_an_empty_mask(method: str, side: int) -> None:
    spoilt = {"nan": torch.eye(6), "infinite": torch.eye(6)}
    spoilt["nan"][2, 2], spoilt["infinite"][3, 3] = math.nan, math.inf
    constants = [torch.full((6, 6), value) for value in (0.0, 0.1, -2.0, math.nan)]
    maps = torch.stack([*constants, *spoilt.values(), -torch.rand(6, 6) - 0.1, torch.eye(6)])
    masks = segmentation(maps, method=method, pictures=torch.rand(len(maps), 3, side, side))
    assert masks.shape == (len(maps), side, side)
    assert masks.flatten(1).any(1).tolist() == [False] * (len(maps) - 1) + [True]


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=40)
@given(
    st.integers(0, 3),
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(1, 9),
    st.sampled_from([1, 3]),
    st.sampled_from([1e-320, 1e-30, 1.0, 1e30]),
    st.sampled_from([torch.float32, torch.float64, torch.bfloat16]),
    st.integers(0, 9),
)
def test_any_map_gives_a_mask(
    method: str, batch: int, h: int, w: int, height: int, width: int, channels: int, scale: float, dtype: torch.dtype,
    seed: int,
) -> None:  # fmt: skip
    generator = torch.Generator().manual_seed(seed)
    maps = (torch.randint(-3, 9, (batch, h, w), generator=generator).double() * scale).to(dtype)
    pictures = torch.rand(batch, channels, height, width, generator=generator)
    masks = segmentation(maps, method=method, pictures=pictures)
    assert masks.shape == (batch, height, width)
    assert masks.dtype == torch.bool


def test_values_too_close_to_part_into_levels_are_parted_all_the_same() -> None:
    maps = torch.ones(1, 4, 4, dtype=torch.float64)
    maps[0, 1, 2] = torch.nextafter(maps[0, 1, 2], torch.tensor(2.0, dtype=torch.float64))
    assert segmentation(maps, method="otsu").nonzero().tolist() == [[0, 1, 2]]


def test_the_largest_component_is_the_one_kept() -> None:
    mask = torch.tensor([[1, 1, 0, 1], [0, 0, 1, 1], [0, 0, 0, 1]], dtype=torch.bool)
    kept = torch.tensor([[0, 0, 0, 1], [0, 0, 1, 1], [0, 0, 0, 1]], dtype=torch.bool)
    assert torch.equal(largest_component(torch.stack([mask, ~mask & False])), torch.stack([kept, ~mask & False]))


def test_of_equal_components_the_first_is_kept() -> None:
    assert largest_component(torch.tensor([[[True, False, True]]])).tolist() == [[[True, False, False]]]


@settings(max_examples=40)
@given(st.integers(0, 2), st.integers(1, 9), st.integers(1, 9), st.integers(0, 99))
def test_a_largest_component_is_whole_and_part_of_the_mask(batch: int, height: int, width: int, seed: int) -> None:
    masks = torch.rand(batch, height, width, generator=torch.Generator().manual_seed(seed)) > 0.5
    kept = largest_component(masks)
    assert (kept <= masks).all()
    assert torch.equal(kept.flatten(1).any(1), masks.flatten(1).any(1))
    assert torch.equal(kept, largest_component(kept))
    grown = F.max_pool2d(kept[:, None].float(), (3, 1), 1, (1, 0)) + F.max_pool2d(
        kept[:, None].float(), (1, 3), 1, (0, 1)
    )
    assert torch.equal((grown[:, 0] > 0) & masks, kept)  # no neighbour of it was left out


def test_grab_cut_without_pictures_is_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match="Give `pictures`"):
        segmentation(torch.eye(3)[None], method="grab_cut")


def test_an_unknown_method_is_named() -> None:
    with pytest.raises(ValueError, match="called 'water'"):
        segmentation(torch.eye(3)[None], method="water")  # type: ignore[arg-type]


def test_without_opencv_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'lightwell\[segmentation\]'"):
        segmentation(torch.eye(3)[None], method="grab_cut", pictures=torch.rand(1, 3, 3, 3))


def test_numpys_and_torchs_random_states_are_left_alone() -> None:
    pytest.importorskip("cv2", reason="an extra: pip install lightwell[segmentation]")
    before = torch.random.get_rng_state(), np.random.get_state()[1].copy()
    segmentation(torch.eye(9)[None], method="grab_cut", pictures=painted(torch.eye(9)[None] > 0))
    assert torch.equal(before[0], torch.random.get_rng_state())
    assert (before[1] == np.random.get_state()[1]).all()
