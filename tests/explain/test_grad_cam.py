"""Explanations by one layer's feature maps."""

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn

from lightwell.explain import class_activation_map, grad_cam, grad_cam_plus_plus, layer_cam, score_cam
from lightwell.explain.layers import feature_maps
from tests.explain.networks import Pooled, ToyConvNet

NUMBERS = torch.arange(16.0).view(1, 1, 4, 4)
METHODS = [grad_cam, grad_cam_plus_plus, layer_cam, score_cam]


class ToyWithModules(ToyConvNet):
    """The toy network with its ReLU as a layer."""

    def __init__(self, *, inplace: bool) -> None:
        super().__init__()
        self.relu = nn.ReLU(inplace=inplace)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.head(self.relu(self.convolution(images)).flatten(1))


@pytest.mark.parametrize("inplace", [False, True])
def test_the_maps_known_by_hand(inplace: bool) -> None:
    network = ToyWithModules(inplace=inplace)
    at_convolution = grad_cam(network, NUMBERS, target=0, layer="convolution")
    torch.testing.assert_close(at_convolution, torch.tensor([[[11.25, 13.5], [20.25, 22.5]]]))
    at_relu = grad_cam(network, NUMBERS, target=0, layer="relu")
    torch.testing.assert_close(at_relu, torch.tensor([[[0.0, 4.0], [28.0, 32.5]]]))


def test_each_feature_maps_part_known_by_hand() -> None:
    network = ToyWithModules(inplace=True)
    with feature_maps(network, "convolution") as caught:
        gradient = caught.gradient(network(NUMBERS)[:, 0])
    parts = gradient.mean((2, 3), keepdim=True) * caught.maps
    torch.testing.assert_close(parts[0, 0], torch.tensor([[-3.75, 3.0], [23.25, 30.0]]))
    torch.testing.assert_close(parts[0, 1], torch.tensor([[15.0, 10.5], [-3.0, -7.5]]))


def test_grad_cam_of_a_pooling_network_is_its_class_activation_map_over_its_places() -> None:
    torch.manual_seed(0)
    network, images = Pooled().eval(), torch.randn(4, 3, 8, 8)
    target = torch.tensor([0, 2, 1, 2])
    exact = class_activation_map(network, images, target=target).maps
    torch.testing.assert_close(64 * grad_cam(network, images, target=target), exact)


@pytest.mark.parametrize("method", METHODS)
def test_all_classes_at_once_are_each_alone(method) -> None:
    torch.manual_seed(0)
    network, images = Pooled().eval(), torch.randn(2, 3, 8, 8)
    together = method(network, images, target="all")
    assert together.shape == (2, 3, 8, 8)
    for number in range(3):
        torch.testing.assert_close(together[:, number], method(network, images, target=number))
    some = method(network, images, target=torch.tensor([[2, 0], [1, 1]]))
    torch.testing.assert_close(some[0, 0], together[0, 2])
    torch.testing.assert_close(some[1, 1], together[1, 1])


@pytest.mark.parametrize("method", METHODS)
def test_an_example_does_not_see_the_others(method) -> None:
    torch.manual_seed(0)
    network, images = Pooled().eval(), torch.randn(3, 3, 8, 8)
    target = torch.tensor([2, 0, 1])
    together = method(network, images, target=target)
    for number in range(3):
        alone = method(network, images[number : number + 1], target=target[number : number + 1])
        torch.testing.assert_close(together[number : number + 1], alone)


@pytest.mark.parametrize("method", METHODS)
def test_dead_and_flat_layers_have_maps_of_numbers(method) -> None:
    network = Pooled().eval()
    for parameter in network.features.parameters():
        nn.init.zeros_(parameter)
    assert not method(network, torch.randn(1, 3, 8, 8), target=0).any()
    network.features[1].bias.data.fill_(1.0)
    flat = method(network, torch.randn(1, 3, 8, 8), target=0)
    assert flat.isfinite().all() and flat.std() < 1e-6


def test_what_speaks_against_the_class_is_negative() -> None:
    torch.manual_seed(0)
    maps = grad_cam(Pooled().eval(), torch.randn(4, 3, 8, 8), target=0)
    assert (maps < 0).any() and (maps > 0).any()
    plus_plus = grad_cam_plus_plus(Pooled().eval(), torch.randn(4, 3, 8, 8), target=0)
    assert (plus_plus >= 0).all()


@pytest.mark.parametrize("method", METHODS)
def test_sequences_have_maps_too(method) -> None:
    network = nn.Sequential(nn.Conv1d(2, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(4, 3))
    assert method(network.eval(), torch.randn(2, 2, 20), target=1).shape == (2, 18)


def test_a_softmax_at_the_end_is_left_out() -> None:
    torch.manual_seed(0)
    network, images = Pooled().eval(), torch.randn(2, 3, 8, 8)
    with_head = nn.Sequential(network, nn.Softmax(dim=1)).eval()
    for method in (*METHODS, lambda *args, **options: class_activation_map(*args, **options).maps):
        torch.testing.assert_close(method(with_head, images, target=1), method(network, images, target=1))


@pytest.mark.parametrize("method", METHODS)
def test_the_layer_is_the_last_with_places_unless_it_is_named(method) -> None:
    torch.manual_seed(0)
    network, images = Pooled().eval(), torch.randn(2, 3, 8, 8)
    network.features[1].bias.data.fill_(0.5)
    last = method(network, images, target=1)
    assert torch.equal(last, method(network, images, target=1, layer="features.2"))
    earlier = method(network, images, target=1, layer="features.0")
    assert earlier.shape == last.shape and not torch.allclose(earlier, last)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("layer", "told"), [("featuers", "nearest: features"), ("head", "has no places")])
def test_a_layer_that_will_not_do_is_told(method, layer: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        method(Pooled(), torch.randn(1, 3, 8, 8), target=0, layer=layer)


def test_maps_that_are_negative_everywhere_show_what_speaks_against_the_class() -> None:
    network, images = Pooled().eval(), torch.rand(1, 3, 8, 8)
    network.head.weight.data.fill_(-1.0)
    network.features[1].bias.data.fill_(3.0)
    assert (grad_cam(network, images, target=0) < 0).all()
    for method in (grad_cam_plus_plus, layer_cam):
        assert not method(network, images, target=0).any()
    assert (score_cam(network, images, target=0) >= 0).all()


def test_the_weights_of_grad_cam_plus_plus_are_the_papers() -> None:
    """By its equations 10 and 19, where the gradient is not 0."""
    network = ToyWithModules(inplace=False).double()
    numbers = 4 * NUMBERS.double()
    maps = network.relu(network.convolution(numbers)).detach()
    gradient = network.head.weight[0].detach().view(1, 2, 2, 2)
    alpha = gradient**2 / (2 * gradient**2 + maps.sum((2, 3), keepdim=True) * gradient**3)
    weights = (alpha * gradient.relu()).sum((2, 3), keepdim=True)
    ours = grad_cam_plus_plus(network, numbers, target=0, layer="relu")
    torch.testing.assert_close(ours, (weights * maps).sum(1))


def test_layer_cam_by_hand() -> None:
    """The second map's last three places have a negative gradient."""
    maps = layer_cam(ToyConvNet(), NUMBERS, target=0, layer="convolution")
    torch.testing.assert_close(maps, torch.tensor([[[0.0, 4.0], [31.0, 40.0]]]))


def test_score_cam_by_hand() -> None:
    network, images = Pooled().eval(), torch.rand(1, 3, 8, 8)
    with torch.no_grad():
        maps = network.features(images)
        scores = []
        for single in maps[0]:
            mask = (single - single.min()) / (single.max() - single.min())
            scores.append(network(images * mask)[0, 1])
        expected = (torch.stack(scores).softmax(0)[:, None, None] * maps[0]).sum(0)
    torch.testing.assert_close(score_cam(network, images, target=1)[0], expected)


def test_score_cam_holds_few_masked_inputs_at_once() -> None:
    network, images = Pooled().eval(), torch.rand(2, 3, 8, 8)
    sizes = []
    network.register_forward_pre_hook(lambda module, arguments: sizes.append(arguments[0].shape))
    score_cam(network, torch.rand(1, 3, 600, 600), target="all")
    assert sizes[1:] == [(1, 3, 600, 600)] * 6
    sizes.clear()
    score_cam(network, images, target="all")
    assert [size[0] for size in sizes] == [1, 2, 5, 5]


def test_score_cam_needs_a_layer_with_the_inputs_dimensions() -> None:
    class Sequence(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.convolution, self.head = nn.Conv1d(4, 5, 3), nn.Linear(5, 2)

        def forward(self, pictures: torch.Tensor) -> torch.Tensor:
            return self.head(self.convolution(pictures.flatten(1, 2)).mean(2))

    pictures = torch.rand(2, 1, 4, 9)
    with pytest.raises(ValueError, match="do not fit over inputs"):
        score_cam(Sequence().eval(), pictures, target=0, layer="convolution")
    assert grad_cam(Sequence().eval(), pictures, target=0, layer="convolution").shape == (2, 7)


@pytest.mark.parametrize("method", METHODS)
def test_what_is_not_a_number_stays_so(method) -> None:
    images = torch.randn(2, 3, 8, 8)
    images[1] = torch.nan
    maps = method(Pooled().eval(), images, target="all")
    assert maps[0].isfinite().all() and maps[1].isnan().all()


@pytest.mark.parametrize("method", METHODS)
@given(height=st.integers(3, 9), width=st.integers(3, 9), batch=st.integers(1, 3), side=st.integers(1, 3))
@settings(max_examples=10, deadline=None)
def test_maps_have_the_layers_resolution(method, height: int, width: int, batch: int, side: int) -> None:
    network = nn.Sequential(nn.Conv2d(2, 3, side), nn.ReLU(), nn.Flatten(2), Mean(), nn.Linear(3, 2)).double().eval()
    images = torch.rand(batch, 2, height, width, dtype=torch.float64)
    places = (height - side + 1, width - side + 1)
    assume(places != (1, 1))
    maps = method(network, images, target="all", layer="1")
    assert maps.shape == (batch, 2, *places) and maps.dtype == torch.float64


class Mean(nn.Module):
    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        return maps.mean(2)
