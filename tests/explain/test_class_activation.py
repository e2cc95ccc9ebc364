import pytest
import torch
from torch import nn
from torchvision import models

from lightwell.explain import class_activation_map, contrastive
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


def test_all_classes_come_from_one_forward() -> None:
    torch.manual_seed(0)
    network, images = Pooled().eval(), torch.randn(2, 3, 8, 8)
    runs = []
    network.features.register_forward_hook(lambda *_: runs.append(1))
    together = class_activation_map(network, images, target="all")
    assert len(runs) == 1
    assert together.maps.shape == (2, 3, 8, 8) and together.contributions.shape == (2, 3, 5)
    torch.testing.assert_close(together.maps.mean((2, 3)) + together.bias, network(images))
    for number in range(3):
        alone = class_activation_map(network, images, target=number)
        for part, of_one in zip(together, alone, strict=True):
            torch.testing.assert_close(part[:, number], of_one)


def test_what_a_task_does_to_the_scores_is_counted_in() -> None:
    torch.manual_seed(0)
    network, images = Pooled(classes=1).eval(), torch.randn(2, 3, 8, 8)

    def both(inputs: torch.Tensor) -> torch.Tensor:
        return torch.cat([-network(inputs), 2 * network(inputs)], dim=1)

    explained = class_activation_map(both, images, target="all")
    torch.testing.assert_close(explained.maps.mean((2, 3)) + explained.bias, both(images))
    torch.testing.assert_close(explained.maps[:, 1], -2 * explained.maps[:, 0])


def test_sequences_have_class_activation_maps() -> None:
    network = nn.Sequential(nn.Conv1d(2, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(4, 3))
    sequences = torch.randn(2, 2, 20)
    explained = class_activation_map(network.eval(), sequences, target=1)
    assert explained.maps.shape == (2, 18)
    torch.testing.assert_close(explained.maps.mean(1) + explained.bias, network(sequences)[:, 1])


@pytest.mark.parametrize("head", ["linear", "convolution of the averages", "convolution before the pooling"])
def test_a_1_x_1_convolution_may_stand_for_the_linear_layer(head: str) -> None:
    torch.manual_seed(0)
    features = [nn.Conv2d(3, 5, 3), nn.ReLU(inplace=True)]
    pool, convolution = nn.AdaptiveAvgPool2d(1), nn.Conv2d(5, 4, 1)
    linear = nn.Linear(5, 4)
    linear.weight.data, linear.bias.data = convolution.weight.data.flatten(1), convolution.bias.data
    end = {
        "linear": [pool, nn.Flatten(), linear],
        "convolution of the averages": [pool, convolution, nn.Flatten()],
        "convolution before the pooling": [convolution, pool, nn.Flatten()],
    }[head]
    network, images = nn.Sequential(*features, *end).eval(), torch.randn(2, 3, 8, 8)
    explained = class_activation_map(network, images, target="all")
    torch.testing.assert_close(explained.maps.mean((2, 3)) + explained.bias, network(images))
    torch.testing.assert_close(explained.contributions.sum(2) + explained.bias, network(images))
    by_hand = torch.einsum("ck,bkhw->bchw", linear.weight, nn.Sequential(*features)(images))
    if head == "convolution before the pooling":  # each class has a feature map of its own, with the bias in it
        by_hand += linear.bias[:, None, None]
        assert explained.contributions.shape == (2, 4, 4) and not explained.bias.any()
    torch.testing.assert_close(explained.maps, by_hand)


def test_rectified_maps_of_classes_are_taken_as_they_are() -> None:
    """SqueezeNet's end."""
    torch.manual_seed(0)
    network = models.squeezenet1_1(weights=None, num_classes=6).eval()
    images = torch.randn(2, 3, 64, 64)
    explained = class_activation_map(network, images, target=4)
    assert (explained.maps >= 0).all()
    torch.testing.assert_close(explained.maps.mean((1, 2)), network(images)[:, 4])


def test_a_layer_derived_from_the_linear_one_that_does_something_else_is_refused() -> None:
    class Cosine(nn.Linear):
        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            return nn.functional.linear(nn.functional.normalize(inputs), nn.functional.normalize(self.weight))

    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), Cosine(2, 3))
    with pytest.raises(ValueError, match="global average pooling"):
        class_activation_map(network, torch.rand(1, 1, 4, 4), target=0)


def test_scores_that_are_overwritten_or_contrasted_are_taken_apart_too() -> None:
    torch.manual_seed(0)
    network, images = Pooled().eval(), torch.randn(2, 3, 8, 8)
    for score in (contrastive(network), lambda inputs: network(inputs).mul_(2).sub_(1)):
        explained = class_activation_map(score, images, target="all")
        scores = score(images)
        torch.testing.assert_close(explained.maps.mean((2, 3)) + explained.bias, scores)
        constant = explained.bias - explained.bias[:1]
        torch.testing.assert_close(constant, torch.zeros_like(constant))


def test_double_precision_is_kept() -> None:
    network, images = Pooled().eval().double(), torch.randn(2, 3, 8, 8, dtype=torch.float64)
    explained = class_activation_map(network, images, target=0)
    assert {part.dtype for part in explained} == {torch.float64}
    rest = explained.maps.mean((1, 2)) + explained.bias - network(images)[:, 0]
    assert rest.abs().max() < 1e-14


def test_what_is_not_a_number_stays_so() -> None:
    images = torch.randn(2, 3, 8, 8)
    images[1, 0, 2, 2] = torch.nan
    maps, contributions, bias = class_activation_map(Pooled().eval(), images, target=0)
    assert maps[0].isfinite().all() and contributions[0].isfinite().all() and bias[0].isfinite()
    assert maps[1].isnan().any() and contributions[1].isnan().all() and bias[1].isnan()
