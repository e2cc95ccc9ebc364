import pytest
import torch
from torch import nn
from torchvision import models

from lightwell.explain import class_activation_map
from tests.explain.networks import Pooled, ToyConvNet


def test_contributions_and_bias_add_up_to_the_score() -> None:
    torch.manual_seed(0)
    network, images = Pooled().eval(), torch.randn(4, 3, 8, 8)
    target = torch.tensor([0, 2, 1, 2])
    explained = class_activation_map(network, images, target=target)
    score = network(images).gather(1, target[:, None])[:, 0]
    torch.testing.assert_close(explained.contributions.sum(1) + explained.bias, score)
    torch.testing.assert_close(explained.maps.mean((1, 2)) + explained.bias, score)
    torch.testing.assert_close(explained.bias, network.head.bias[target])


def test_a_contribution_is_the_weight_times_the_maps_mean() -> None:
    torch.manual_seed(0)
    network, images = Pooled().eval(), torch.randn(2, 3, 8, 8)
    explained = class_activation_map(network, images, target=1)
    averages = network.features(images).mean((2, 3))
    torch.testing.assert_close(explained.contributions, network.head.weight[1] * averages)


@pytest.mark.parametrize("name", ["resnet18", "googlenet", "mobilenet_v2", "densenet121"])
def test_torchvisions_pooling_networks_have_exact_maps(name: str) -> None:
    torch.manual_seed(0)
    options = {"aux_logits": False, "init_weights": False} if name == "googlenet" else {}
    network = models.get_model(name, weights=None, **options).eval()
    images = torch.randn(2, 3, 64, 64)
    explained = class_activation_map(network, images, target=3)
    torch.testing.assert_close(explained.maps.mean((1, 2)) + explained.bias, network(images)[:, 3])


def test_frozen_weights_do_not_hinder() -> None:
    network = Pooled().eval().requires_grad_(False)
    assert class_activation_map(network, torch.randn(1, 3, 8, 8), target=0).maps.shape == (1, 8, 8)


@pytest.mark.parametrize(
    "network",
    [
        ToyConvNet(),
        nn.Sequential(nn.Conv2d(1, 2, 3), nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(2, 3)),
        nn.Sequential(nn.Conv2d(1, 2, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2, 3), nn.Linear(3, 3)),
    ],
)
def test_networks_without_such_an_end_are_refused(network: nn.Module) -> None:
    with pytest.raises(ValueError, match="global average pooling"):
        class_activation_map(network, torch.rand(1, 1, 4, 4), target=0)
