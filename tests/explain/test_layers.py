"""Layers by name, and what they give."""

import pytest
import torch
from torch import nn

from lightwell.explain.layers import feature_maps, last_layer, module_named
from tests.explain.networks import Pooled, ToyConvNet

IMAGES = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))


class SharedReLU(nn.Module):
    """A ReLU, as a layer, that runs twice; and a layer that never does."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.relu = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 5, 3), nn.ReLU(inplace=True)
        self.head, self.spare = nn.Linear(5, 2), nn.Conv2d(3, 3, 1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.head(self.relu(self.second(self.relu(self.first(images)))).mean((2, 3)))


def test_the_last_layer_with_places_is_named() -> None:
    assert last_layer(Pooled(), IMAGES) == "features.2"
    assert last_layer(ToyConvNet(), IMAGES[:, :1, :4, :4]) == "convolution"


def test_a_layer_that_only_pools_is_passed_over() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(64, 2))
    assert last_layer(network, IMAGES) == "1"


def test_a_network_without_feature_maps_is_told() -> None:
    with pytest.raises(ValueError, match="Linear has no layer with feature maps"):
        last_layer(nn.Linear(3, 2), torch.randn(1, 3))


def test_one_example_is_enough_to_find_the_last_layer() -> None:
    network, batches = Pooled(), []
    network.register_forward_pre_hook(lambda module, arguments: batches.append(len(arguments[0])))
    last_layer(network, IMAGES)
    assert batches == [1]


@pytest.mark.parametrize(
    ("wrong", "nearest"),
    [("featuers.1", "features.1"), ("features.9", "features.2"), ("poll", "pool"), ("xyz", "pool.1, dropout, head")],
)
def test_a_wrong_name_is_told_the_nearest(wrong: str, nearest: str) -> None:
    with pytest.raises(ValueError, match=f"Pooled has no layer '{wrong}'. The nearest: .*{nearest}"):
        module_named(Pooled(), wrong)


def test_a_layer_is_caught_as_it_was_though_what_follows_overwrites_it() -> None:
    network = Pooled().eval()
    expected = network.features[:2](IMAGES)
    assert (expected < 0).any()
    with feature_maps(network, "features.1") as caught:
        scores = network(IMAGES)
    torch.testing.assert_close(caught.maps, expected.detach())
    torch.testing.assert_close(scores, network(IMAGES))
    gradient = network.head.weight[1].view(1, 5, 1, 1) / 64 * (expected > 0)
    torch.testing.assert_close(caught.gradient(scores[:, 1]), gradient)
    assert torch.equal(caught.gradient(scores[:, 1]), caught.gradient(scores[:, 1]))


def test_of_a_layer_that_runs_twice_the_last_time_counts() -> None:
    network = SharedReLU().eval()
    with feature_maps(network, "relu") as caught:
        scores = network(IMAGES)
    assert caught.maps.shape == (2, 5, 4, 4)
    torch.testing.assert_close(caught.gradient(scores[:, 0])[0, :, 0, 0], network.head.weight[0].detach() / 16)


def test_a_network_that_runs_twice_on_the_same_inputs_has_the_gradient_of_both() -> None:
    network = Pooled().eval()
    with feature_maps(network, "features.2") as caught:
        scores = network(IMAGES)[:, 0] + 2 * network(IMAGES)[:, 0]
    torch.testing.assert_close(caught.gradient(scores)[0, :, 0, 0], 3 * network.head.weight[0].detach() / 64)


def test_no_graph_is_kept_of_what_comes_before_the_layer() -> None:
    network, kept, before = Pooled(), [], []
    network.features[2].register_forward_pre_hook(lambda module, arguments: before.append(len(kept)))

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        kept.append(tensor)
        return tensor

    watched = torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor)
    with watched, feature_maps(network, "features.2"):
        network(IMAGES)
    assert before == [0] and kept


def test_layers_that_give_no_feature_maps_are_told() -> None:
    network = Pooled()
    told = r"'head' has no places: its output is of shape \(2, 3\)"
    with pytest.raises(ValueError, match=told), feature_maps(network, "head"):
        network(IMAGES)
    assert all(parameter.requires_grad for parameter in network.parameters())
    assert not any(module._forward_hooks for module in network.modules())


def test_a_layer_that_does_not_run_or_does_not_matter_is_told() -> None:
    network = SharedReLU()
    with feature_maps(network, "spare") as caught:
        scores = network(IMAGES)
    with pytest.raises(ValueError, match="'spare' never runs"):
        caught.gradient(scores)
    with feature_maps(network, "spare") as caught:
        scores = network(IMAGES)
        network.spare(IMAGES)
    with pytest.raises(ValueError, match="do not depend on the layer 'spare'"):
        caught.gradient(scores)


def test_frozen_weights_stay_frozen_and_the_others_learn() -> None:
    network = Pooled()
    network.features[0].requires_grad_(False)
    flags = [parameter.requires_grad for parameter in network.parameters()]
    with feature_maps(network, "features.1"):
        assert not any(parameter.requires_grad for parameter in network.parameters())
    assert [parameter.requires_grad for parameter in network.parameters()] == flags
