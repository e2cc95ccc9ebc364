import math
import warnings
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from torch import Tensor, nn

from lightwell.explain import saliency
from lightwell.explain.randomisation import cascade, randomised, rank_correlation, sanity_check
from tests.explain.networks import Pooled

LAYERS = ["head", "features.1", "features.0"]


def weights(network: nn.Module) -> list[Tensor]:
    return [*network.parameters(), *network.buffers()]


def digits_like(count: int = 256) -> tuple[Tensor, Tensor]:
    """Pictures with a bright square in one of four corners, which is their class."""
    generator = torch.Generator().manual_seed(0)
    pictures, labels = 0.3 * torch.rand(count, 1, 12, 12, generator=generator), torch.arange(count) % 4
    for picture, label in zip(pictures, labels.tolist(), strict=True):
        row, column = 6 * (label // 2), 6 * (label % 2)
        picture[:, row + 1 : row + 5, column + 1 : column + 5] += 0.7
    return pictures, labels


@pytest.fixture(scope="module")
def trained() -> nn.Sequential:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        blocks = [nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.ReLU()]
        network = nn.Sequential(*blocks, nn.Flatten(), nn.Linear(8 * 36, 32), nn.ReLU(), nn.Linear(32, 4))
        optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
        pictures, labels = digits_like()
        for _ in range(60):
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(pictures), labels).backward()
            optimizer.step()
        assert (network(pictures).argmax(1) == labels).float().mean() > 0.95
    return network.eval()


def test_random_weights_are_the_seeds_alone() -> None:
    network = Pooled()
    state = torch.random.get_rng_state()
    one, again, other = (randomised(network, seed=seed) for seed in (1, 1, 2))
    assert all(map(torch.equal, weights(one), weights(again)))
    assert not torch.equal(one.head.weight, other.head.weight)
    assert torch.equal(state, torch.random.get_rng_state())


def test_the_cascade_unlearns_one_layer_more_each_time_from_the_output_down() -> None:
    network = Pooled()
    network(torch.rand(4, 3, 8, 8))  # so that the batch normalisation has seen something
    before = [value.clone() for value in weights(network)]
    networks = dict(cascade(network))
    assert list(networks) == LAYERS
    for count, random in enumerate(networks.values(), 1):
        for number, layer in enumerate(LAYERS):
            same = map(torch.equal, weights(random.get_submodule(layer)), weights(network.get_submodule(layer)))
            assert all(same) == (number >= count)
    assert all(map(torch.equal, before, weights(network)))


def test_a_layer_has_the_same_random_weights_in_each_network_below_and_again() -> None:
    network = Pooled()
    state = torch.random.get_rng_state()
    top, *_, bottom = [random for _, random in cascade(network, seed=3)]
    again, *_ = [random for _, random in cascade(network, seed=3)]
    other, *_ = [random for _, random in cascade(network, seed=4)]
    assert torch.equal(top.head.weight, bottom.head.weight)
    assert torch.equal(top.head.weight, again.head.weight)
    assert not torch.equal(top.head.weight, other.head.weight)
    assert torch.equal(state, torch.random.get_rng_state())


@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode])
def test_the_check_works_in_validation_and_test(context: Callable) -> None:
    network, inputs = Pooled(), torch.rand(2, 3, 8, 8)
    expected = sanity_check(lambda network: saliency(network, inputs, target=0), network)
    with context():
        assert sanity_check(lambda network: saliency(network, inputs, target=0), network) == expected


def test_a_network_without_layers_is_named() -> None:
    with pytest.raises(ValueError, match="ReLU has no layer"):
        list(cascade(nn.ReLU()))


def test_an_explanation_that_ignores_the_network_never_changes() -> None:
    pictures = torch.rand(3, 3, 8, 8)
    edges = pictures.diff(dim=2).abs().sum(1)
    for explain in (lambda network: pictures, lambda network: edges):
        assert sanity_check(explain, Pooled()) == [(layer, pytest.approx(1)) for layer in LAYERS]


def guided_backpropagation(network: nn.Module, inputs: Tensor, target: Tensor) -> Tensor:
    """Known to show the picture rather than the network: ReLUs let only positive gradients back (Nie et al., 2018)."""

    def guide(module: nn.Module, arguments: tuple[Tensor, ...], output: Tensor) -> None:
        output.register_hook(lambda gradient: gradient.clamp_min(0))

    handles = [module.register_forward_hook(guide) for module in network.modules() if isinstance(module, nn.ReLU)]
    try:
        return saliency(network, inputs, target=target)
    finally:
        for handle in handles:
            handle.remove()


def test_the_gradient_passes_where_guided_backpropagation_fails(trained: nn.Sequential) -> None:
    pictures, labels = (part[:32] for part in digits_like())
    gradient, guided = (
        [correlation for _, correlation in sanity_check(explain, trained)]
        for explain in (
            lambda network: saliency(network, pictures, target=labels),
            lambda network: guided_backpropagation(network, pictures, labels),
        )
    )
    assert all(abs(correlation) < 0.3 for correlation in gradient)
    assert all(correlation > 0.6 for correlation in guided[:3])  # though the linear layers have unlearned everything


def test_maps_that_a_random_network_leaves_empty_are_left_out() -> None:
    def explain(network: nn.Module) -> Tensor:
        maps = torch.arange(8.0).view(2, 4).clone()
        maps[0] *= network.training  # the first is empty in evaluation mode
        return maps

    network = Pooled().train()
    copies = sanity_check(lambda copied: explain(network if copied is network else copied.eval()), network)
    assert copies == [(layer, pytest.approx(1)) for layer in LAYERS]
    assert all(math.isnan(value) for _, value in sanity_check(lambda network: torch.zeros(2, 4), network))


def test_rank_correlation_is_of_the_order_alone() -> None:
    maps = torch.randn(2, 3, 5, dtype=torch.float64)
    torch.testing.assert_close(rank_correlation(maps, maps.exp()), torch.ones(2, dtype=torch.float64))
    torch.testing.assert_close(rank_correlation(maps, -maps), -torch.ones(2, dtype=torch.float64))


@settings(max_examples=50)
@given(st.integers(2, 40), st.integers(2, 6), st.integers(0, 99))
def test_rank_correlation_is_scipys_with_and_without_ties(size: int, values: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    tied = torch.randint(values, (3, 2, size), generator=generator).float()
    free = torch.randn(3, 2, size, generator=generator)
    for one, other in ((tied, free), (free, tied), (tied, tied.roll(1, 0)), (free, free.roll(1, 0))):
        pairs = zip(one.flatten(1), other.flatten(1), strict=True)
        with warnings.catch_warnings(action="ignore", category=stats.ConstantInputWarning):  # whose answer is NaN too
            expected = [stats.spearmanr(*pair).statistic for pair in pairs]
        result = rank_correlation(one, other)
        torch.testing.assert_close(result, torch.tensor(expected, dtype=torch.float64), equal_nan=True)


@pytest.mark.parametrize("value", [0.0, 2.0, math.nan])
def test_maps_that_order_nothing_have_no_correlation(value: float) -> None:
    maps, others = torch.rand(2, 9), torch.rand(2, 9)
    maps[0] = value
    assert rank_correlation(maps, others).isnan().tolist() == [True, False]
    assert rank_correlation(others, maps).isnan().tolist() == [True, False]


def test_one_nan_spoils_a_map() -> None:
    maps = torch.rand(1, 9)
    maps[0, 3] = math.nan
    assert rank_correlation(maps, torch.rand(1, 9)).isnan().all()
