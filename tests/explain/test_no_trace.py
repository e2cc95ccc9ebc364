"""An explanation leaves the network as it found it, whatever happens."""

import copy
from collections.abc import Callable

import pytest
import torch
from torch import nn

from lightwell.explain import (
    class_activation_map,
    class_image,
    dataset_search,
    deletion,
    grad_cam,
    grad_cam_plus_plus,
    input_x_gradient,
    insertion,
    integrated_gradients,
    layer_cam,
    occlusion,
    randomised,
    saliency,
    score_cam,
    smooth_grad,
)
from lightwell.explain.score import Score
from tests.explain.networks import Pooled


def image_of_a_class(score: Score, inputs: torch.Tensor, *, target: object) -> torch.Tensor:
    return class_image(score, inputs.shape[1:], target=1, steps=2)


def search(score: Score, inputs: torch.Tensor, *, target: object) -> list[torch.Tensor]:
    if inputs.shape[1] != 3:
        score(inputs)
    found = dataset_search(score, [(inputs, torch.arange(len(inputs)))], layers=["features.2"], top=1)
    return [*found["features.2"]] if isinstance(found["features.2"], tuple) else [found["features.2"].values]


def deleted(score: Score, inputs: torch.Tensor, *, target: object) -> torch.Tensor:
    return deletion(score, inputs, inputs[:, 0], target=target, steps=2).curve


def inserted(score: Score, inputs: torch.Tensor, *, target: object) -> torch.Tensor:
    return insertion(score, inputs, inputs[:, 0], target=target, steps=2).curve


MAPS = [
    saliency,
    input_x_gradient,
    smooth_grad,
    integrated_gradients,
    occlusion,
    class_activation_map,
    grad_cam,
    grad_cam_plus_plus,
    layer_cam,
    score_cam,
    deleted,
    inserted,
]
EXPLANATIONS = [*MAPS, image_of_a_class, search]
IMAGES = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def in_use() -> Pooled:
    """A network in the middle of training: mixed flags, a frozen layer, accumulated gradients."""
    torch.manual_seed(0)
    network = Pooled().train()
    network.features[1].eval()
    network.head.bias.requires_grad_(False)
    network(IMAGES).sum().backward()
    return network


def state(network: nn.Module) -> list:
    return [
        [(name, module.training) for name, module in network.named_modules()],
        [(name, value.requires_grad, value.clone()) for name, value in network.named_parameters()],
        [(name, None if value.grad is None else value.grad.clone()) for name, value in network.named_parameters()],
        [(name, value.clone()) for name, value in network.named_buffers()],
        [len(module._forward_hooks) + len(module._forward_pre_hooks) for module in network.modules()],
        torch.random.get_rng_state(),
    ]


def same(one: object, other: object) -> bool:
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


@pytest.mark.parametrize("explain", EXPLANATIONS)
def test_nothing_is_left_behind(explain: Callable) -> None:
    network = in_use()
    before = state(network)
    explain(network, IMAGES, target=1)
    assert same(before, state(network))


@pytest.mark.parametrize("explain", EXPLANATIONS)
def test_nothing_is_left_behind_when_the_network_raises(explain: Callable) -> None:
    network = in_use()
    before = state(network)
    with pytest.raises(RuntimeError):
        explain(network, IMAGES[:, :2], target=1)
    assert same(before, state(network))


def half_precision() -> torch.autocast:
    return torch.autocast("cpu", torch.bfloat16)


@pytest.mark.parametrize("explain", EXPLANATIONS)
@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode, torch.enable_grad, half_precision])
def test_the_answer_is_the_same_in_training_validation_and_test(explain: Callable, context: Callable) -> None:
    network = in_use()
    expected = explain(copy.deepcopy(network).eval(), IMAGES, target=1)
    with context():
        images, target = IMAGES.clone(), torch.tensor([1, 1])
        assert same(numbers(expected), numbers(explain(network, images, target=target)))


@pytest.mark.parametrize("explain", MAPS)
def test_the_answer_is_the_same_for_frozen_weights_and_other_layouts_of_memory(explain: Callable) -> None:
    network = in_use()
    expected = explain(network, IMAGES, target=1)
    frozen = copy.deepcopy(network).requires_grad_(False)
    assert same(numbers(expected), numbers(explain(frozen, IMAGES, target=1)))
    turned = network.to(memory_format=torch.channels_last)
    images = IMAGES.contiguous(memory_format=torch.channels_last)
    for one, other in zip(numbers(expected), numbers(explain(turned, images, target=1)), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("explain", MAPS)
def test_a_picture_may_have_one_channel(explain: Callable) -> None:
    network = nn.Sequential(
        nn.Conv2d(1, 3, 3), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 2)
    )
    for values in numbers(explain(network, IMAGES[:, :1], target=1)):
        assert values.isfinite().all()


def numbers(explained: object) -> list[torch.Tensor]:
    """The tensors of an explanation, whatever it comes in."""
    parts = explained if isinstance(explained, list | tuple) else [explained]
    return [part for part in parts if isinstance(part, torch.Tensor)]


def test_an_input_keeps_its_own_gradient() -> None:
    images = IMAGES.clone().requires_grad_()
    images.grad = torch.ones_like(images)
    saliency(in_use(), images, target=0)
    assert torch.equal(images.grad, torch.ones_like(images))


def test_random_weights_are_new_repeatable_and_elsewhere() -> None:
    network = in_use()
    before = state(network)
    one, other = randomised(network, seed=1), randomised(network, seed=1)
    assert same(before, state(network))
    assert torch.equal(one.head.weight, other.head.weight)
    assert not torch.equal(one.head.weight, network.head.weight)
