import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from lightwell.explain.faithfulness import deletion, insertion
from tests.explain.networks import Pooled

FOUR = torch.tensor([[[[0.4, 0.3], [0.2, 0.1]]]])
FIVE = torch.tensor([[[[0.3, 0.25, 0.2, 0.15, 0.1]]]])
MEASURES = pytest.mark.parametrize("measure", [deletion, insertion])


def total(inputs: Tensor) -> Tensor:
    """One score: the sum of the input."""
    return inputs.flatten(1).sum(1, keepdim=True)


@pytest.mark.parametrize(
    ("measure", "inputs", "steps", "curve", "fractions", "area"),
    [
        (deletion, FOUR, 2, [1, 0.3, 0], [0, 0.5, 1], 0.4),
        (insertion, FOUR, 2, [0, 0.7, 1], [0, 0.5, 1], 0.6),
        (deletion, FIVE, 3, [1, 0.45, 0.1, 0], [0, 0.4, 0.8, 1], 0.41),
        (insertion, FIVE, 3, [0, 0.55, 0.9, 1], [0, 0.4, 0.8, 1], 0.59),
    ],
)
def test_a_sum_has_the_curves_worked_out_by_hand(
    measure: Callable, inputs: Tensor, steps: int, curve: list[float], fractions: list[float], area: float
) -> None:
    result = measure(total, inputs, inputs[:, 0], target=0, steps=steps, fill=0)
    torch.testing.assert_close(result.curve, torch.tensor([curve]))
    torch.testing.assert_close(result.fractions, torch.tensor(fractions))
    torch.testing.assert_close(result.area, torch.tensor([area]))


def test_no_map_of_a_linear_score_does_better_than_its_own_terms_or_worse_than_their_reverse() -> None:
    generator = torch.Generator().manual_seed(0)
    weights, inputs = torch.randn(6, 6, generator=generator), torch.randn(2, 1, 6, 6, generator=generator)
    terms = weights * inputs[:, 0]

    def linear(inputs: Tensor) -> Tensor:
        return (weights * inputs).flatten(1).sum(1, keepdim=True)

    for measure, sign in ((deletion, 1), (insertion, -1)):
        best, worst = (measure(linear, inputs, maps, target=0, steps=36, fill=0).area for maps in (terms, -terms))
        for _ in range(10):
            area = measure(linear, inputs, torch.randn(2, 6, 6, generator=generator), target=0, steps=36, fill=0).area
            assert (sign * best < sign * area).all()
            assert (sign * area < sign * worst).all()


@MEASURES
def test_the_curve_runs_between_the_picture_and_the_cover(measure: Callable) -> None:
    network, inputs = Pooled().eval(), torch.rand(2, 3, 8, 8)
    curve = measure(network, inputs, torch.rand(2, 8, 8), target=1, steps=5).curve
    ends = curve[:, [0, -1]] if measure is deletion else curve[:, [-1, 0]]
    with torch.no_grad():
        picture, cover = network(inputs)[:, 1], network(torch.full_like(inputs, 0.5))[:, 1]
    torch.testing.assert_close(ends, torch.stack([picture, cover], 1))


def test_a_coarse_map_is_brought_to_the_picture() -> None:
    inputs = torch.zeros(1, 1, 4, 4)
    inputs[..., :2] = 1  # the left half
    coarse = torch.tensor([[[1.0, 0.0]]])
    assert deletion(total, inputs, coarse, target=0, steps=2, fill=0).curve.tolist() == [[8, 0, 0]]
    assert deletion(total, inputs, -coarse, target=0, steps=2, fill=0).curve.tolist() == [[8, 8, 0]]


@pytest.mark.parametrize("places", [(6,), (4, 5), (2, 3, 4)])
def test_sequences_pictures_and_volumes_can_be_measured(places: tuple[int, ...]) -> None:
    inputs = torch.rand(2, 3, *places)
    result = deletion(total, inputs, inputs.sum(1), target=0, steps=3, fill=0)
    assert result.curve.shape == (2, 4)
    torch.testing.assert_close(result.curve[:, 0], inputs.flatten(1).sum(1))
    assert (result.curve.diff() < 0).all()


@MEASURES
def test_several_classes_have_a_curve_each(measure: Callable) -> None:
    network, inputs, maps = Pooled().eval(), torch.rand(2, 3, 8, 8), torch.rand(2, 8, 8)
    every = measure(network, inputs, maps, target="all", steps=4)
    assert every.curve.shape == (2, 3, 5)
    assert every.area.shape == (2, 3)
    for target in range(3):
        torch.testing.assert_close(every.curve[:, target], measure(network, inputs, maps, target=target, steps=4).curve)
    own = measure(network, inputs, maps, target=torch.tensor([2, 0]), steps=4)
    torch.testing.assert_close(own.area, every.area[[0, 1], [2, 0]])


def test_a_cover_may_be_a_colour_or_a_copy_of_each_picture() -> None:
    inputs, maps = torch.rand(2, 3, 4, 4), torch.rand(2, 4, 4)
    colour = torch.tensor([0.1, 0.2, 0.3])[:, None, None]
    torch.testing.assert_close(
        deletion(total, inputs, maps, target=0, fill=colour).curve[:, -1], torch.full((2,), 16 * 0.6)
    )
    assert deletion(total, inputs, maps, target=0, fill=inputs).curve.diff().abs().max() < 1e-5


def test_a_constant_map_takes_the_pixels_in_reading_order() -> None:
    inputs = torch.arange(4.0).view(1, 1, 2, 2)
    for value in (0.0, -3.0):
        curve = deletion(total, inputs, torch.full((1, 2, 2), value), target=0, fill=0).curve
        assert curve.tolist() == [[6, 6, 5, 3, 0]]
    rows = torch.ones(1, 1, 100, 100)
    rows[..., 50:, :] = 0
    halves = deletion(total, rows, torch.full((1, 7, 7), 0.1), target=0, steps=2, fill=0).curve
    assert halves.tolist() == [[5000, 0, 0]]  # rounding on the way to the picture's resolution makes no difference


@MEASURES
def test_a_map_with_a_nan_has_no_area_and_spoils_no_other(measure: Callable) -> None:
    inputs, maps = torch.rand(2, 1, 4, 4), torch.rand(2, 4, 4)
    expected = measure(total, inputs, maps, target=0)
    maps[0, 1, 1] = math.nan
    result = measure(total, inputs, maps, target=0)
    assert result.area[0].isnan()
    assert result.curve[0].isnan().all()
    assert torch.equal(result.curve[1], expected.curve[1])


def test_maps_with_channels_are_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match=r"without a dimension of channels"):
        deletion(total, torch.rand(2, 3, 4, 4), torch.rand(2, 3, 4, 4), target=0)


def test_no_forward_sees_more_than_a_bounded_batch() -> None:
    sizes = []

    def counted(inputs: Tensor) -> Tensor:
        sizes.append(len(inputs))
        return total(inputs)

    deletion(counted, torch.rand(50, 1, 4, 4), torch.rand(50, 4, 4), target=0, steps=16)
    assert max(sizes) == 32
    assert sum(sizes) == 50 * 17


@MEASURES
@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode, torch.enable_grad])
def test_the_network_is_left_as_it_was(measure: Callable, context: Callable) -> None:
    network = Pooled().train()
    expected = measure(network.eval(), inputs := torch.rand(2, 3, 8, 8), maps := torch.rand(2, 8, 8), target=1)
    network.train()
    before, state = network.features[1].running_mean.clone(), torch.random.get_rng_state()
    with context():
        result = measure(network, inputs.clone(), maps.clone(), target=torch.tensor([1, 1]))
        assert torch.equal(result.curve, expected.curve)
    assert network.training
    assert torch.equal(before, network.features[1].running_mean)
    assert torch.equal(state, torch.random.get_rng_state())


@settings(max_examples=50)
@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 40), st.integers(0, 9))
def test_deletion_and_insertion_of_a_sum_add_up_to_the_whole(height: int, width: int, steps: int, seed: int) -> None:
    inputs = torch.rand(3, 1, height, width, generator=torch.Generator().manual_seed(seed))
    maps = torch.rand(3, 2, 3, generator=torch.Generator().manual_seed(seed))
    deleted, inserted = (
        measure(total, inputs, maps, target=0, steps=steps, fill=0) for measure in (deletion, insertion)
    )
    assert deleted.curve.shape[1] <= min(steps, height * width) + 1
    assert deleted.fractions[0] == 0
    assert deleted.fractions[-1] == 1
    whole = inputs.flatten(1).sum(1)
    torch.testing.assert_close(deleted.curve + inserted.curve, whole[:, None].expand_as(deleted.curve))
    torch.testing.assert_close(deleted.area + inserted.area, whole)
