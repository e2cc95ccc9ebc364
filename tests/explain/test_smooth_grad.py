import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from lightwell.explain.gradient import saliency
from lightwell.explain.smooth_grad import smooth_grad
from tests.explain.networks import Pooled


def half_square(inputs: Tensor) -> Tensor:
    """A score whose gradient is its input, so that the mean gradient is the mean noisy copy."""
    return inputs.flatten(1).square().sum(1, keepdim=True) / 2


def seeded() -> Pooled:
    torch.manual_seed(0)
    return Pooled().eval()


IMAGES = torch.randn(3, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def test_it_is_the_mean_of_plain_gradients_at_the_noisy_copies() -> None:
    network, images = seeded().double(), IMAGES.double()
    one, two = (smooth_grad(half_square, images, target=0, samples=count) for count in (1, 2))
    copies = [one, 2 * two - one]
    assert not torch.allclose(*copies)
    expected = sum(saliency(network, copy, target=1) for copy in copies) / 2
    torch.testing.assert_close(smooth_grad(network, images, target=1, samples=2), expected, rtol=0, atol=1e-12)


def test_the_noise_is_a_share_of_each_examples_own_range() -> None:
    images = torch.rand(2, 1, 100, 100, dtype=torch.float64) * torch.tensor([1.0, 8.0])[:, None, None, None] - 3
    noise = smooth_grad(half_square, images, target=0, samples=1, noise=0.2) - images
    assert noise.mean((1, 2, 3)).abs().max() < 0.1
    torch.testing.assert_close(noise.std((1, 2, 3)), torch.tensor([0.2, 1.6], dtype=torch.float64), rtol=0.03, atol=0)


def test_a_kink_becomes_as_smooth_as_the_noise() -> None:
    inputs = torch.linspace(-1, 1, 21)[None]
    smooth = smooth_grad(lambda inputs: inputs.relu().sum(1, keepdim=True), inputs, target=0, samples=4000)
    torch.testing.assert_close(smooth, torch.special.ndtr(inputs / 0.3), rtol=0, atol=0.03)


def test_a_linear_score_has_the_gradient_that_it_always_had() -> None:
    network = nn.Linear(5, 2).double()
    inputs = torch.randn(2, 5, dtype=torch.float64)
    torch.testing.assert_close(smooth_grad(network, inputs, target="all"), saliency(network, inputs, target="all"))


@settings(deadline=None, max_examples=30)
@given(shape=st.lists(st.integers(1, 5), min_size=1, max_size=4), samples=st.integers(1, 9), at_once=st.integers(1, 10))
def test_how_the_samples_are_cut_changes_nothing(shape: list[int], samples: int, at_once: int) -> None:
    inputs = torch.rand(2, *shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    together = smooth_grad(half_square, inputs, target=0, samples=samples)
    apart = smooth_grad(half_square, inputs, target=0, samples=samples, at_once=at_once)
    torch.testing.assert_close(together, apart, rtol=0, atol=1e-12)


def test_no_forward_pass_sees_more_than_was_allowed() -> None:
    network, sizes = seeded(), []
    network.register_forward_pre_hook(lambda module, arguments: sizes.append(len(arguments[0])))
    smooth_grad(network, IMAGES, target=0, samples=25, at_once=8)
    assert max(sizes) <= 8 and sum(sizes) == 75


@pytest.mark.parametrize(("side", "most"), [(224, 4), (16, 16)])
def test_large_inputs_are_taken_few_at_a_time_unasked(side: int, most: int) -> None:
    network, sizes = seeded().pool.append(nn.Linear(3, 2)), []
    network.register_forward_pre_hook(lambda module, arguments: sizes.append(len(arguments[0])))
    smooth_grad(network, torch.rand(1, 3, side, side), target=0, samples=50)
    assert most / 2 < max(sizes) <= most and sum(sizes) == 50


def test_an_example_has_the_same_map_alone_and_in_any_batch() -> None:
    target = torch.tensor([0, 2, 1])
    together = smooth_grad(seeded(), IMAGES, target=target)
    for number in range(3):
        alone = smooth_grad(seeded(), IMAGES[number : number + 1], target=int(target[number]))
        assert torch.equal(together[number : number + 1], alone)


def test_a_seed_gives_the_same_map_and_another_seed_another() -> None:
    one, again, other = (smooth_grad(seeded(), IMAGES, target=0, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(one, again) and not torch.allclose(one, other)


def test_a_constant_input_has_no_range_and_so_no_noise() -> None:
    grey = torch.full((1, 3, 8, 8), 0.5)
    torch.testing.assert_close(smooth_grad(seeded(), grey, target=0), saliency(seeded(), grey, target=0))
