import pytest
import torch

from lightwell.explain import at_resolution_of, mass_inside


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
