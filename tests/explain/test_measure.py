import torch

from lightwell.explain import mass_inside


def test_mass_inside_counts_positive_values_only() -> None:
    maps = torch.tensor([[[3.0, 1.0], [-5.0, 0.0]]])
    evidence = torch.tensor([[[True, False], [True, False]]])
    assert mass_inside(maps, evidence).item() == 0.75


def test_a_map_that_says_nothing_has_no_share() -> None:
    assert mass_inside(torch.zeros(1, 4, 4), torch.ones(1, 8, 8, dtype=torch.bool)).isnan().all()


def test_an_even_map_has_the_share_of_the_area() -> None:
    evidence = torch.zeros(1, 10, 10, dtype=torch.bool)
    evidence[:, :3] = True
    torch.testing.assert_close(mass_inside(torch.ones(1, 5, 5), evidence), torch.tensor([0.3]))
