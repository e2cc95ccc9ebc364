import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from lightwell.explain import saliency
from lightwell.explain.robustness import sensitivity


def test_a_constant_explanation_is_not_sensitive() -> None:
    assert sensitivity(torch.ones_like, torch.rand(3, 1, 4, 4)).tolist() == [0, 0, 0]


def test_the_saliency_of_a_linear_network_is_not_sensitive() -> None:
    network = torch.nn.Linear(6, 2)
    assert sensitivity(lambda inputs: saliency(network, inputs, target=1), torch.rand(3, 6)).tolist() == [0, 0, 0]


def test_a_step_close_by_is_found_and_a_gentle_slope_is_not_one() -> None:
    inputs = torch.full((1, 4), 0.01)
    step = sensitivity(torch.sign, inputs, radius=0.02, samples=50)
    slope = sensitivity(lambda inputs: 1 + inputs, inputs, radius=0.02, samples=50)
    assert step.item() >= 1
    assert slope.item() <= 0.02


@settings(max_examples=30)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=3), st.floats(1e-3, 1.0), st.integers(0, 9))
def test_a_map_that_is_its_input_moves_by_at_most_the_radius(shape: list[int], radius: float, seed: int) -> None:
    inputs = torch.ones(2, *shape)
    result = sensitivity(lambda inputs: inputs, inputs, radius=radius, seed=seed)
    assert result.shape == (2,)
    assert (result > 0).all()
    assert (result <= radius * (1 + 1e-4) + 1e-6).all()


def test_more_samples_can_only_find_more() -> None:
    inputs = torch.rand(4, 8)
    few, many = (sensitivity(torch.square, inputs, samples=samples) for samples in (2, 20))
    assert (few <= many).all()
    assert (few < many).any()


def test_an_example_is_as_sensitive_alone_as_in_a_batch_and_again() -> None:
    inputs = torch.rand(3, 2, 5)
    state = torch.random.get_rng_state()
    together = sensitivity(torch.square, inputs, seed=4)
    assert torch.equal(together, torch.cat([sensitivity(torch.square, inputs[[place]], seed=4) for place in range(3)]))
    assert not torch.equal(together, sensitivity(torch.square, inputs, seed=5))
    assert torch.equal(state, torch.random.get_rng_state())


@pytest.mark.parametrize("value", [0.0, math.nan])
def test_a_map_without_content_has_no_sensitivity(value: float) -> None:
    def explain(inputs: Tensor) -> Tensor:
        return torch.stack([torch.full_like(inputs[0], value), inputs[1]])

    assert sensitivity(explain, torch.rand(2, 4)).isnan().tolist() == [True, False]


def test_float64_stays_float64() -> None:
    assert sensitivity(torch.square, torch.rand(2, 4, dtype=torch.float64)).dtype == torch.float64
