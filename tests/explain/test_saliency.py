from collections.abc import Callable

import pytest
import torch
from torch import nn

from lightwell.explain.gradient import input_x_gradient, saliency
from lightwell.explain.integrated_gradients import integrated_gradients
from lightwell.explain.smooth_grad import smooth_grad
from tests.explain.networks import Pooled


def integrated(score: Callable, inputs: torch.Tensor, *, target: object) -> torch.Tensor:
    return integrated_gradients(score, inputs, target=target, steps=7).attributions


GRADIENTS = [saliency, input_x_gradient, smooth_grad, integrated]


def seeded() -> Pooled:
    torch.manual_seed(0)
    return Pooled().eval()


IMAGES = torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def test_the_gradient_of_a_function_known_by_heart() -> None:
    class Ramp(nn.Module):
        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            return (1 - (1 - inputs).relu()).sum(1, keepdim=True)

    inputs = torch.tensor([[1.0, 2.0, 3.0, 0.0, -1.0, 7.0]])
    assert torch.equal(saliency(Ramp(), inputs, target=0), torch.tensor([[0.0, 0.0, 0.0, 1.0, 1.0, 0.0]]))


def test_it_is_the_signed_gradient_of_each_examples_own_score() -> None:
    torch.manual_seed(0)
    network, images = Pooled().eval(), torch.randn(4, 3, 8, 8)
    target = torch.tensor([0, 2, 1, 2])
    together = saliency(network, images, target=target)
    for number in range(4):
        image = images[number : number + 1].clone().requires_grad_()
        expected = torch.autograd.grad(network(image)[0, target[number]], image)[0]
        torch.testing.assert_close(together[number : number + 1], expected)
    assert (together < 0).any() and (together > 0).any()


def test_a_score_is_explained_where_its_softmax_is_flat() -> None:
    network = nn.Linear(2, 2)
    network.weight.data = torch.tensor([[50.0, 0.0], [0.0, 50.0]])
    inputs = torch.tensor([[1.0, -1.0]])
    probabilities = nn.Sequential(network, nn.Softmax(dim=1))
    leaf = inputs.clone().requires_grad_()
    assert torch.autograd.grad(probabilities(leaf)[0, 0], leaf)[0].abs().max() < 1e-6
    assert saliency(probabilities, inputs, target=0)[0, 0] == 50


def test_the_gradient_is_autograds_own_in_float64() -> None:
    network, images = seeded().double(), IMAGES.double().requires_grad_()
    expected = torch.autograd.grad(network(images)[:, 2].sum(), images)[0]
    gradient = saliency(network, images, target=2)
    assert gradient.dtype == torch.float64 and not gradient.requires_grad
    torch.testing.assert_close(gradient, expected, rtol=0, atol=1e-12)
    times = input_x_gradient(network, images, target=2)
    torch.testing.assert_close(times, expected * images.detach(), rtol=0, atol=1e-12)


def test_a_map_has_a_sign_a_size_or_one_value_for_all_channels() -> None:
    signed = saliency(seeded(), IMAGES, target=1)
    assert torch.equal(saliency(seeded(), IMAGES, target=1, form="absolute"), signed.abs())
    assert torch.equal(saliency(seeded(), IMAGES, target=1, form="largest"), signed.abs().amax(1))
    assert saliency(seeded(), IMAGES, target="all", form="largest").shape == (4, 3, 8, 8)
    with pytest.raises(ValueError, match="signed, absolute or largest"):
        saliency(seeded(), IMAGES, target=1, form="positive")


def test_input_times_gradient_shares_out_a_linear_score() -> None:
    torch.manual_seed(0)
    network = nn.Linear(5, 3, bias=False)
    inputs = torch.randn(2, 5)
    torch.testing.assert_close(input_x_gradient(network, inputs, target="all").sum(2), network(inputs))


@pytest.mark.parametrize("explain", GRADIENTS)
def test_several_classes_are_those_classes_one_by_one(explain: Callable) -> None:
    network, target = seeded(), torch.tensor([[2, 0], [1, 2], [0, 0], [1, 0]])
    several = explain(network, IMAGES, target=target)
    everything = explain(network, IMAGES, target="all")
    assert several.shape == (4, 2, 3, 8, 8) and everything.shape == (4, 3, 3, 8, 8)
    for column in range(2):
        torch.testing.assert_close(several[:, column], explain(network, IMAGES, target=target[:, column]))
    for label in range(3):
        torch.testing.assert_close(everything[:, label], explain(network, IMAGES, target=label))


@pytest.mark.parametrize("explain", GRADIENTS)
@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode])
def test_it_works_where_gradients_are_off(explain: Callable, context: Callable) -> None:
    network = seeded()
    expected = explain(network, IMAGES, target="all")
    with context():
        assert torch.equal(explain(network, IMAGES.clone(), target="all"), expected)


@pytest.mark.parametrize("explain", GRADIENTS)
def test_frozen_weights_autocast_and_channels_last_change_nothing(explain: Callable) -> None:
    network, target = seeded(), torch.tensor([0, 2, 1, 2])
    expected = explain(network, IMAGES, target=target)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(explain(network, IMAGES, target=target), expected)
    assert torch.equal(explain(network.requires_grad_(False), IMAGES, target=target), expected)
    network = network.to(memory_format=torch.channels_last)
    images = IMAGES.to(memory_format=torch.channels_last)
    torch.testing.assert_close(explain(network, images, target=target), expected)


@pytest.mark.parametrize("explain", GRADIENTS)
def test_a_network_may_overwrite_what_it_is_given(explain: Callable) -> None:
    kind, rough = (nn.Sequential(nn.ReLU(inplace=place), nn.Flatten(), nn.Linear(192, 2)) for place in (False, True))
    rough.load_state_dict(kind.state_dict())
    images = IMAGES.clone()
    assert torch.equal(explain(rough, images, target=1), explain(kind, images, target=1))
    assert torch.equal(images, IMAGES)


@pytest.mark.parametrize("explain", GRADIENTS)
def test_not_a_number_stays_with_its_own_example(explain: Callable) -> None:
    images = IMAGES.clone()
    images[1, 0, 2, 2] = torch.nan
    maps = explain(seeded(), images, target=0)
    assert maps[1].isnan().all()
    clean = [0, 2, 3]
    torch.testing.assert_close(maps[clean], explain(seeded(), IMAGES, target=0)[clean])


@pytest.mark.parametrize("explain", GRADIENTS)
def test_a_score_that_never_moves_has_an_empty_map(explain: Callable) -> None:
    network = seeded()
    nn.init.zeros_(network.head.weight)
    assert torch.equal(explain(network, IMAGES, target=0), torch.zeros_like(IMAGES))


@pytest.mark.parametrize("explain", GRADIENTS)
def test_any_number_of_dimensions(explain: Callable) -> None:
    for shape in ((2, 5), (2, 4, 6), (2, 1, 3, 3), (2, 1, 2, 3, 4)):
        network = nn.Sequential(nn.Flatten(), nn.LazyLinear(2))
        network(torch.zeros(shape))
        assert explain(network, torch.randn(shape), target=1).shape == shape
