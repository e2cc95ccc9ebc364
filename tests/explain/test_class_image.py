from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from lightwell.explain.class_image import class_image
from lightwell.explain.fourier import Pixels, Waves, frequencies
from tests.explain.networks import Pooled

PARAMETRISATIONS = ["fourier", "pixels"]
SHAPE = (3, 12, 12)


def seeded(classes: int = 3) -> Pooled:
    torch.manual_seed(0)
    return Pooled(classes).eval()


def linear(*shape: int) -> Callable[[Tensor], Tensor]:
    """Scores that are sums of the inputs, weighted by values of this shape."""
    weights = torch.randn(shape, generator=torch.Generator().manual_seed(0))

    def score(inputs: Tensor) -> Tensor:
        return inputs.flatten(1) @ weights.flatten(1).T

    score.weights = weights  # type: ignore[attr-defined]
    return score


@pytest.mark.parametrize("parametrisation", PARAMETRISATIONS)
def test_with_an_l2_penalty_a_linear_score_leads_to_half_its_weights_over_the_penalty(parametrisation: str) -> None:
    score = linear(3, 2, 8, 7)
    free = {"jitter": 0.0, "bounds": None, "parametrisation": parametrisation, "steps": 400, "learning_rate": 0.5}
    images = class_image(score, (2, 8, 7), target="all", others=0.0, l2=0.7, **free)
    torch.testing.assert_close(images, score.weights / (2 * 0.7), rtol=0, atol=1e-5)
    # Held down, the others take their share of the weights away; the penalty pulls to where it started.
    images = class_image(score, (2, 8, 7), target="all", others=0.5, l2=0.7, start=0.3, **free)
    rest = (score.weights.sum(0) - score.weights) / 2
    torch.testing.assert_close(images, 0.3 + (score.weights - 0.5 * rest) / (2 * 0.7), rtol=0, atol=1e-5)


def test_between_bounds_a_linear_score_leads_to_the_bounds() -> None:
    score = linear(2, 1, 6, 6)
    images = class_image(
        score, (1, 6, 6), target="all", others=0.0, jitter=0.0, parametrisation="pixels", bounds=(-1.0, 3.0), steps=500
    )
    torch.testing.assert_close(images, torch.where(score.weights > 0, 3.0, -1.0), rtol=0, atol=0.05)


@pytest.mark.parametrize("parametrisation", PARAMETRISATIONS)
def test_each_image_raises_its_own_class_above_the_others(parametrisation: str) -> None:
    network = seeded()
    images = class_image(network, SHAPE, target="all", parametrisation=parametrisation, steps=60)
    assert images.shape == (3, *SHAPE) and images.min() >= 0 and images.max() <= 1 and not images.requires_grad
    before, after = network(torch.full((1, *SHAPE), 0.5))[0], network(images)
    assert (after.diagonal() > before).all()
    lead_before, lead_after = before - (before.sum() - before) / 2, after.diagonal() * 1.5 - after.sum(1) / 2
    assert (lead_after > lead_before).all()


def test_the_more_the_others_are_held_down_the_further_they_are_behind() -> None:
    score = linear(4, *SHAPE)

    def behind(others: float) -> Tensor:
        scores = score(class_image(score, SHAPE, target="all", others=others, steps=60))
        return scores.diagonal() - (scores.sum(1) - scores.diagonal()) / 3

    assert (behind(0.5) > behind(0.0) + 1).all() and (behind(1.0) > behind(0.5)).all()


def test_the_same_seed_gives_the_same_image_and_another_seed_another() -> None:
    torch.manual_seed(1)
    one = class_image(seeded(), SHAPE, target="all", steps=20)
    torch.manual_seed(2)
    assert torch.equal(class_image(seeded(), SHAPE, target="all", steps=20), one)
    assert not torch.equal(class_image(seeded(), SHAPE, target="all", steps=20, seed=1), one)


def test_a_class_has_its_image_among_any_others() -> None:
    network = seeded(20)
    everything = class_image(network, SHAPE, target="all", steps=10)
    for label in (0, 7, 19):
        alone = class_image(network, SHAPE, target=label, steps=10)
        assert alone.shape == (1, *SHAPE)
        torch.testing.assert_close(alone[0], everything[label], rtol=0, atol=1e-3)
    several = class_image(network, SHAPE, target=torch.tensor([19, 3]), steps=10)
    torch.testing.assert_close(several, everything[[19, 3]], rtol=0, atol=1e-3)


@pytest.mark.parametrize("target", [3, -1, torch.tensor([0, 3]), torch.tensor([]), "most"])
def test_a_class_that_is_not_there_is_told(target: object) -> None:
    with pytest.raises(ValueError, match=r"no class .* among 3"):
        class_image(seeded(), SHAPE, target=target, steps=1)  # type: ignore[arg-type]


def test_what_does_not_exist_or_fit_is_told() -> None:
    with pytest.raises(ValueError, match="fourier or pixels"):
        class_image(seeded(), SHAPE, target=0, parametrisation="wavelets")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="without spatial dimensions"):
        class_image(nn.Linear(5, 2), (5,), target=0)


@pytest.mark.parametrize("shape", [(1, 8, 8), (1, 16, 17), (4, 9), (2, 1, 6), (2, 3, 4, 5), (3, 1, 1)])
@pytest.mark.parametrize("parametrisation", PARAMETRISATIONS)
def test_any_number_of_channels_and_dimensions_of_any_length(shape: tuple[int, ...], parametrisation: str) -> None:
    score = linear(2, *shape)
    regular = {"parametrisation": parametrisation, "blur": 0.3, "total_variation": 0.01, "l2": 0.01}
    images = class_image(score, shape, target="all", others=0.0, steps=20, **regular)
    assert images.shape == (2, *shape)
    middle = score(torch.full((1, *shape), 0.5))[0]
    assert (score(images).diagonal() > middle).all()


def test_an_input_need_not_have_any_extent() -> None:
    images = class_image(nn.Linear(5, 2), (5,), target="all", parametrisation="pixels", steps=5)
    assert images.shape == (2, 5)


@pytest.mark.parametrize("parametrisation", PARAMETRISATIONS)
def test_units_that_are_silent_at_the_start_wake(parametrisation: str) -> None:
    def score(inputs: Tensor) -> Tensor:
        return (inputs - 0.5).relu().flatten(1).sum(1, keepdim=True)

    leaf = torch.full((1, 1, 8, 8), 0.5, requires_grad=True)
    assert not torch.autograd.grad(score(leaf).sum(), leaf)[0].any()
    images = class_image(score, (1, 8, 8), target=0, parametrisation=parametrisation)
    assert score(images) > 5


def test_it_starts_where_it_is_told_but_not_quite_at_a_bound() -> None:
    mean = torch.tensor([0.1, 0.5, 0.9])[:, None, None]
    images = class_image(seeded(), SHAPE, target=0, start=mean, steps=0)
    torch.testing.assert_close(images[0], mean.expand(SHAPE), rtol=0, atol=0.03)
    black = class_image(linear(1, *SHAPE), SHAPE, target=0, start=0.0, parametrisation="pixels", jitter=0.0, steps=0)
    assert black.min() > 0.01 and black.max() < 0.03


def test_a_score_that_never_moves_leaves_the_start() -> None:
    network = seeded()
    nn.init.zeros_(network.head.weight)
    images = class_image(network, SHAPE, target=1, steps=20)
    torch.testing.assert_close(images, torch.full_like(images, 0.5), rtol=0, atol=0.05)


def test_a_score_that_is_not_a_number_gives_an_image_of_none() -> None:
    network = seeded()
    images = class_image(lambda inputs: network(inputs) * torch.tensor([1.0, torch.nan, 1.0]), SHAPE, target=1, steps=3)
    assert images.isnan().all()


def variation(images: Tensor) -> Tensor:
    return sum(images.diff(dim=dimension).abs().mean((1, 2, 3)) for dimension in (2, 3))


@pytest.mark.parametrize("parametrisation", PARAMETRISATIONS)
@pytest.mark.parametrize("option", [{"total_variation": 0.5}, {"blur": 0.5}, {"jitter": 0.2}])
def test_total_variation_blur_and_jitter_make_an_image_smoother(option: dict, parametrisation: str) -> None:
    score = linear(2, 1, 16, 16)
    plain = {"parametrisation": parametrisation, "jitter": 0.0, "steps": 60}
    rough = class_image(score, (1, 16, 16), target="all", **plain)
    smooth = class_image(score, (1, 16, 16), target="all", **{**plain, **option})
    assert (variation(smooth) < 0.9 * variation(rough)).all()


def test_waves_make_a_smoother_image_than_pixels() -> None:
    score = linear(2, 1, 16, 16)
    waves, pixels = (class_image(score, (1, 16, 16), target="all", parametrisation=name) for name in PARAMETRISATIONS)
    assert (variation(waves) < 0.7 * variation(pixels)).all()


def test_a_heavy_total_variation_leaves_one_even_tone() -> None:
    images = class_image(linear(1, 1, 8, 8), (1, 8, 8), target=0, total_variation=10.0, jitter=0.0)
    assert variation(images) < 0.01


def test_an_l2_penalty_keeps_an_image_near_its_start() -> None:
    score = linear(1, 1, 8, 8)
    distances = [
        (class_image(score, (1, 8, 8), target=0, l2=l2, start=0.3) - 0.3).square().sum() for l2 in (0.0, 1.0, 10.0)
    ]
    assert distances[0] > distances[1] > distances[2]


def test_jitter_shows_the_image_up_to_so_many_whole_pixels_aside() -> None:
    """The middle of 8 pixels, jittered by a tenth of 8 rounded up to 1, is raised with its neighbours and no others."""

    def middle(inputs: Tensor) -> Tensor:
        return inputs[:, :1, 4]

    image = class_image(middle, (1, 8), target=0, jitter=0.1, parametrisation="pixels")[0, 0]
    assert ((image > 0.6) == torch.tensor([False] * 3 + [True] * 3 + [False] * 2)).all()


def test_float64_stays_float64() -> None:
    assert class_image(seeded().double(), SHAPE, target=0, steps=2).dtype == torch.float64


def test_probabilities_are_raised_by_their_logits() -> None:
    network = seeded()
    expected = class_image(network, SHAPE, target="all", steps=10)
    assert torch.equal(class_image(nn.Sequential(network, nn.Softmax(1)), SHAPE, target="all", steps=10), expected)


def test_a_network_in_use_is_left_as_it_was() -> None:
    network = seeded().train()
    network(torch.rand(2, *SHAPE)).sum().backward()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    gradients = [parameter.grad.clone() for parameter in network.parameters()]
    state = torch.random.get_rng_state()
    with torch.inference_mode():
        images = class_image(network, SHAPE, target="all", start=torch.rand(3, 1, 1), steps=3)
    assert not images.is_inference()
    torch.random.set_rng_state(state)
    class_image(network, SHAPE, target="all", steps=3)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert network.training
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert all(map(torch.equal, gradients, (parameter.grad for parameter in network.parameters())))


@given(lengths=st.lists(st.integers(1, 9), min_size=1, max_size=3))
def test_waves_can_be_any_image(lengths: list[int]) -> None:
    shape = tuple(lengths)
    wanted = torch.randn(shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    waves = Waves(shape)
    values = waves.values(waves.parameters(wanted) / waves.weights)
    torch.testing.assert_close(values, wanted, rtol=0, atol=1e-5)


@given(lengths=st.lists(st.integers(2, 9), min_size=1, max_size=3), deviation=st.floats(0.1, 3))
def test_waves_and_pixels_are_blurred_alike_and_keep_their_mean(lengths: list[int], deviation: float) -> None:
    shape = tuple(lengths)
    noise = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    waves, pixels = Waves(shape), Pixels(shape)
    image = waves.values(waves.parameters(noise))
    by_waves = waves.values(waves.blurred(waves.parameters(noise), deviation))
    torch.testing.assert_close(by_waves, pixels.blurred(image, deviation), rtol=0, atol=1e-4)
    torch.testing.assert_close(by_waves.mean(), image.mean(), rtol=0, atol=1e-4)


@pytest.mark.parametrize("lengths", [(128,), (64, 64), (32, 32, 32)])
def test_a_step_of_all_waves_moves_each_octave_as_far(lengths: tuple[int, ...]) -> None:
    waves, rises = Waves(lengths), frequencies(lengths)
    corner = torch.zeros(lengths)
    corner[(0,) * len(lengths)] = 1
    in_phase = torch.fft.rfftn(corner)
    octaves = [(rises >= low) & (rises < 2 * low) for low in (1 / 16, 1 / 8, 1 / 4)]
    moved = [float(waves.values(in_phase * octave)[(0,) * len(lengths)]) for octave in octaves]
    assert max(moved) < 1.3 * min(moved)
