import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from lightwell.explain.localisation import at_resolution_of, intersection_over_union, mass_inside, pointing_game

sides = st.integers(1, 12)


def one_pixel(side: int, row: int, column: int) -> Tensor:
    mask = torch.zeros(1, side, side, dtype=torch.bool)
    mask[0, row, column] = True
    return mask


def test_mass_inside_counts_positive_values_only() -> None:
    maps = torch.tensor([[[3.0, 1.0], [-5.0, 0.0]]])
    evidence = torch.tensor([[[True, False], [True, False]]])
    assert mass_inside(maps, evidence).item() == 0.75


def test_a_map_that_says_nothing_has_no_share() -> None:
    assert mass_inside(torch.zeros(1, 4, 4), torch.ones(1, 8, 8, dtype=torch.bool)).isnan().all()


def test_an_even_map_has_the_share_of_the_cells_that_hold_evidence() -> None:
    evidence = torch.zeros(1, 10, 10, dtype=torch.bool)
    evidence[:, :3] = True  # one and a half rows of a map of five
    assert at_resolution_of(torch.ones(1, 5, 5), evidence).float().mean() == pytest.approx(0.4)
    torch.testing.assert_close(mass_inside(torch.ones(1, 5, 5), evidence), torch.tensor([0.4]))


def test_a_perfect_and_a_worst_map_score_one_and_nought() -> None:
    evidence = torch.rand(3, 9, 7, generator=torch.Generator().manual_seed(0)) > 0.6
    perfect = evidence * torch.rand(3, 9, 7)
    worst = ~evidence * (1 + torch.rand(3, 9, 7))
    for measure in (mass_inside, pointing_game):
        assert measure(perfect, evidence).tolist() == [1, 1, 1]
        assert measure(worst, evidence).tolist() == [0, 0, 0]
    assert intersection_over_union(evidence, evidence).tolist() == [1, 1, 1]
    assert intersection_over_union(~evidence, evidence).tolist() == [0, 0, 0]


def test_the_maximum_points_within_its_tolerance() -> None:
    maps = torch.rand(1, 30, 30, generator=torch.Generator().manual_seed(0))
    maps[0, 10, 10] = 2
    evidence = one_pixel(30, 13, 14)  # five pixels away
    assert pointing_game(maps, evidence).item() == 0
    assert pointing_game(maps, evidence, tolerance=4.9).item() == 0
    assert pointing_game(maps, evidence, tolerance=5).item() == 1


@pytest.mark.parametrize(("cells", "pixels"), [(4, 20), (5, 5), (3, 21), (7, 35)])
def test_a_coarse_map_points_where_its_enlargement_does(cells: int, pixels: int) -> None:
    maps = torch.rand(1, cells, cells, generator=torch.Generator().manual_seed(cells))
    maps[0, 1, cells - 2] = 2  # no cell at a side, where the enlargement is even
    large = F.interpolate(maps[:, None], (pixels, pixels), mode="bilinear")[:, 0]
    highest = large == large.max()
    assert highest.sum() == 1
    assert pointing_game(maps, highest).item() == 1
    assert pointing_game(maps, ~highest).item() == 0


def test_a_coarse_map_gains_nothing_from_evidence_elsewhere_in_its_cell() -> None:
    maps = torch.tensor([[[1.0, 0.0], [0.0, 0.0]]])
    assert pointing_game(maps, one_pixel(10, 2, 2)).item() == 1
    assert pointing_game(maps, one_pixel(10, 0, 0)).item() == 0


def test_equal_maxima_share_the_point() -> None:
    maps = torch.tensor([[[1.0, 0.0], [1.0, 0.0], [0.5, 0.0], [1.0, 0.0]]])
    evidence = torch.tensor([[[True, True], [False, True], [True, True], [True, True]]])
    assert pointing_game(maps, evidence).item() == pytest.approx(2 / 3)


@pytest.mark.parametrize("value", [0.0, 1.0, -1.0, math.nan])
def test_a_map_that_points_nowhere_has_no_score(value: float) -> None:
    maps = torch.stack([torch.full((3, 3), value), torch.eye(3)])
    evidence = torch.eye(3, dtype=torch.bool).expand(2, 3, 3)
    assert pointing_game(maps, evidence).isnan().tolist() == [True, False]


def test_a_negative_uneven_map_points_nowhere() -> None:
    assert pointing_game(-torch.rand(1, 3, 3) - 0.1, torch.ones(1, 3, 3, dtype=torch.bool)).isnan().all()


def test_nothing_points_to_no_evidence() -> None:
    nothing = torch.zeros(1, 3, 3, dtype=torch.bool)
    assert pointing_game(torch.eye(3)[None], nothing).isnan().all()
    assert intersection_over_union(nothing, nothing).isnan().all()
    assert intersection_over_union(~nothing, nothing).item() == 0


@settings(max_examples=50)
@given(sides, sides, sides, sides, st.integers(0, 3), st.integers(0, 99))
def test_any_sizes_and_batches_score_from_nought_to_one(
    h: int, w: int, height: int, width: int, batch: int, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    maps = torch.randn(batch, h, w, generator=generator)
    evidence = torch.rand(batch, height, width, generator=generator) > 0.5
    for score in (
        pointing_game(maps, evidence),
        pointing_game(maps, evidence, tolerance=2),
        mass_inside(maps, evidence),
    ):
        assert score.shape == (batch,)
        assert ((score >= 0) & (score <= 1 + 1e-6) | score.isnan()).all()
    alone = [pointing_game(maps[[place]], evidence[[place]]) for place in range(batch)]
    torch.testing.assert_close(pointing_game(maps, evidence), torch.cat([torch.zeros(0), *alone]), equal_nan=True)
