import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from lightwell.explain.integrated_gradients import integrated_gradients
from tests.conformance.architectures import architecture, pictures
from tests.explain.networks import Pooled


def three_parts(inputs: Tensor) -> Tensor:
    x, y, z = inputs.T
    return (5 * x + y**2 + z.sin())[:, None]


def relu_network(seed: int, inputs: int = 6) -> nn.Sequential:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return nn.Sequential(nn.Linear(inputs, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 3)).double()


def numbers(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_each_part_of_a_sum_gets_its_own_change() -> None:
    inputs, baseline = torch.tensor([[1.0, 2.0, 3.0]]).double(), torch.tensor([0.5, 1.0, 1.0]).double()
    expected = torch.tensor([[2.5, 3.0, 0.0]]).double()
    expected[0, 2] = torch.sin(inputs[0, 2]) - torch.sin(baseline[2])
    fixed = integrated_gradients(three_parts, inputs, target=0, baseline=baseline, steps=20)
    torch.testing.assert_close(fixed.attributions, expected, rtol=0, atol=1e-12)
    refined = integrated_gradients(three_parts, inputs, target=0, baseline=baseline, error=1e-5)
    torch.testing.assert_close(refined.attributions, expected, rtol=0, atol=1e-4)


def test_a_linear_score_needs_one_step() -> None:
    network = nn.Linear(5, 2).double()
    inputs, baseline = numbers(3, 5), numbers(5, seed=1)
    explained = integrated_gradients(network, inputs, target=1, baseline=baseline, steps=1)
    torch.testing.assert_close(explained.attributions, network.weight[1].detach() * (inputs - baseline))
    assert explained.completeness_error.max() < 1e-12


def test_two_networks_of_one_function_have_one_explanation() -> None:
    def one(inputs: Tensor) -> Tensor:
        return (inputs[:, :1].relu() - 1 - inputs[:, 1:].relu()).relu()

    def other(inputs: Tensor) -> Tensor:
        return ((inputs[:, :1] - 1).relu() - inputs[:, 1:].relu()).relu()

    inputs = torch.tensor([[3.0, 1.0]])
    for score in (one, other):
        explained = integrated_gradients(score, inputs, target=0, error=1e-3)
        torch.testing.assert_close(explained.attributions, torch.tensor([[1.5, -0.5]]), rtol=0, atol=3e-3)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 1000), target=st.sampled_from([0, 2, "all"]))
def test_the_sum_is_right_within_the_bound_or_the_error_is_told(seed: int, target: int | str) -> None:
    network, inputs = relu_network(seed), numbers(2, 6, seed=seed)
    explained = integrated_gradients(network, inputs, target=target, error=0.02, most_steps=243)
    change = (network(inputs) - network(torch.zeros_like(inputs))).detach()
    change = change if target == "all" else change[:, target]
    error = (explained.attributions.sum(-1) - change).abs()
    torch.testing.assert_close(explained.change, change)
    torch.testing.assert_close(explained.completeness_error, error, rtol=0, atol=1e-12)
    within = (error <= 0.02 * change.abs()).reshape(2, -1).all(1)
    assert (within | (explained.steps == 243)).all()


def test_fifty_steps_miss_by_a_third_where_refinement_does_not() -> None:
    network, image = architecture("resnet18"), pictures(1)
    fixed = integrated_gradients(network, image, target=3, steps=50)
    refined = integrated_gradients(network, image, target=3, error=0.05)
    assert fixed.completeness_error > 0.25 * fixed.change.abs()
    assert refined.completeness_error <= 0.05 * refined.change.abs()
    assert refined.steps < 729


def test_refinement_ends_at_the_stated_number_and_says_what_is_left() -> None:
    explained = integrated_gradients(architecture("resnet18"), pictures(1), target=3, error=1e-6, most_steps=30)
    assert explained.steps == 27
    assert explained.completeness_error > 1e-6 * explained.change.abs()


def test_fewer_steps_than_refinement_begins_with_are_refused() -> None:
    with pytest.raises(ValueError, match="most_steps=5 is fewer"):
        integrated_gradients(three_parts, torch.ones(1, 3), target=0, most_steps=5)


def test_refinement_takes_no_gradient_twice() -> None:
    network, seen = relu_network(0), []
    network.register_forward_pre_hook(lambda module, arguments: seen.append(arguments[0].clone()))
    explained = integrated_gradients(network, numbers(1, 6), target=0, error=1e-9, most_steps=243)
    rows = torch.cat(seen[1:]).detach()  # the first pass has both ends
    assert explained.steps == len(rows) == 243
    assert len(rows.unique(dim=0)) == 243
    expected = ((torch.arange(243) + 0.5) / 243)[:, None] * numbers(1, 6)
    torch.testing.assert_close(rows.sort(0).values, expected.sort(0).values)


def test_no_forward_pass_sees_more_than_was_allowed() -> None:
    network, sizes = relu_network(0), []
    network.register_forward_pre_hook(lambda module, arguments: sizes.append(len(arguments[0])))
    integrated_gradients(network, numbers(2, 6), target=0, steps=50, at_once=8)
    assert max(sizes) <= 8 and sum(sizes) == 2 * (50 + 2)


def test_an_example_is_the_same_alone_and_in_any_batch() -> None:
    torch.manual_seed(0)
    network, images = Pooled().eval(), torch.randn(3, 3, 8, 8)
    target = torch.tensor([0, 2, 1])
    together = integrated_gradients(network, images, target=target)
    for number in range(3):
        alone = integrated_gradients(network, images[number : number + 1], target=int(target[number]))
        for one, other in zip(together, alone, strict=True):
            assert torch.equal(one[number : number + 1], other)


def test_the_baseline_is_a_value_an_input_or_one_for_each() -> None:
    network, inputs = relu_network(0), numbers(2, 6)
    value, single, each = (
        integrated_gradients(network, inputs, target=0, baseline=baseline, steps=9).attributions
        for baseline in (0.3, torch.full_like(inputs[0], 0.3), torch.full_like(inputs, 0.3))
    )
    assert torch.equal(value, single) and torch.equal(value, each)


def test_an_input_like_its_baseline_has_nothing_to_share_out() -> None:
    explained = integrated_gradients(relu_network(0), torch.zeros(1, 6).double(), target="all")
    assert not explained.attributions.any() and not explained.completeness_error.any()
    assert explained.steps == 27


def test_a_score_that_comes_back_to_where_it_was_ends_refinement() -> None:
    explained = integrated_gradients(lambda inputs: (inputs - 0.5) ** 2, torch.ones(1, 1), target=0)
    assert explained.change == 0 and explained.steps == 27
    assert explained.attributions.abs().max() < 1e-6


def test_what_is_not_a_number_is_not_refined() -> None:
    explained = integrated_gradients(relu_network(0), torch.full((1, 6), torch.nan).double(), target=0)
    assert explained.completeness_error.isnan() and explained.steps == 27
