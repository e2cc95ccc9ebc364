"""An explanation leaves the network as it found it, whatever happens."""

import copy
from collections.abc import Callable

import pytest
import torch
from torch import nn

from lightwell.explain import class_activation_map, randomised, saliency
from tests.explain.networks import Pooled

EXPLANATIONS = [saliency, class_activation_map]
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


@pytest.mark.parametrize("explain", EXPLANATIONS)
@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode, torch.enable_grad])
def test_the_answer_is_the_same_in_training_validation_and_test(explain: Callable, context: Callable) -> None:
    network = in_use()
    expected = explain(copy.deepcopy(network).eval(), IMAGES, target=1)
    with context():
        images, target = IMAGES.clone(), torch.tensor([1, 1])
        assert same(tuple(expected), tuple(explain(network, images, target=target)))


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
