"""BoundedLBFGS: what it finds, what it stays within, and that pictures do not know of each other."""

import copy

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from lightwell.optimizers import BoundedLBFGS


def quadratic(size: int, seed: int) -> tuple[Tensor, Tensor]:
    """A matrix with eigenvalues from 1 to 1000, and where its bowl is deepest."""
    drawn = torch.Generator().manual_seed(seed)
    rotation, _ = torch.linalg.qr(torch.randn(size, size, generator=drawn, dtype=torch.float64))
    bowl = rotation @ torch.diag(torch.logspace(0, 3, size, dtype=torch.float64)) @ rotation.T
    return bowl, torch.rand(size, generator=drawn, dtype=torch.float64) * 0.8 + 0.1


def minimised(bowls: list[tuple[Tensor, Tensor]], steps: int, start: float = 0.5) -> list[Tensor]:
    values = [torch.full_like(deepest, start).requires_grad_() for _, deepest in bowls]
    optimizer = BoundedLBFGS([{"params": [each]} for each in values])

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = torch.stack([(v - d) @ b @ (v - d) / 2 for v, (b, d) in zip(values, bowls, strict=True)]).sum()
        loss.backward()
        return loss

    for _ in range(steps):
        optimizer.step(closure)
    return [each.detach() for each in values]


def test_it_finds_the_bottom_of_a_narrow_valley() -> None:
    bowl, deepest = quadratic(30, seed=0)
    (found,) = minimised([(bowl, deepest)], steps=200)
    assert (found - deepest).abs().max() < 1e-5


def test_it_finds_the_best_that_lies_within_the_bounds() -> None:
    # Without a coupling between the values, the bounded minimum is the unbounded one, clamped.
    bowl = torch.diag(torch.logspace(0, 2, 12, dtype=torch.float64))
    deepest = torch.linspace(-0.5, 1.5, 12, dtype=torch.float64)
    (found,) = minimised([(bowl, deepest)], steps=150)
    assert torch.allclose(found, deepest.clamp(0, 1), atol=1e-5)


@settings(max_examples=15, deadline=None)
@given(size=st.integers(1, 20), steps=st.integers(1, 25), seed=st.integers(0, 100))
def test_it_never_leaves_the_bounds(size: int, steps: int, seed: int) -> None:
    bowl, deepest = quadratic(size, seed)
    (found,) = minimised([(bowl, 5 * deepest - 2)], steps=steps)
    assert found.min() >= 0 and found.max() <= 1


def test_a_picture_is_changed_as_it_would_be_alone() -> None:
    first, second = quadratic(10, seed=1), quadratic(17, seed=2)
    together = minimised([first, second], steps=12)
    assert torch.equal(together[0], minimised([first], steps=12)[0])
    assert torch.equal(together[1], minimised([second], steps=12)[0])


def test_the_first_step_of_a_large_picture_is_not_lost_in_rounding() -> None:
    picture = torch.full((3, 1024, 1024), 0.5, requires_grad=True)
    slope = torch.linspace(-1, 1, picture.numel()).reshape(picture.shape) * 1e-9
    before = picture.detach().clone()
    BoundedLBFGS([picture]).step(lambda: (_backward(picture, slope), torch.zeros(()))[1])
    assert (picture.detach() != before).float().mean() > 0.97


def _backward(picture: Tensor, slope: Tensor) -> None:
    picture.grad = slope


def test_a_gradient_that_is_no_number_leaves_no_trace_in_the_memory() -> None:
    picture = torch.full((4,), 0.5, requires_grad=True)
    optimizer = BoundedLBFGS([picture])
    for slope in (1.0, float("nan"), 1.0):
        optimizer.step(lambda slope=slope: (_backward(picture, torch.full((4,), slope)), torch.zeros(()))[1])
    kept = optimizer.state[picture]
    assert all(torch.isfinite(step).all() for step in kept["steps"])


def test_it_goes_on_from_a_saved_state_as_if_it_had_not_stopped() -> None:
    bowl, deepest = quadratic(15, seed=3)

    def optimise(values: Tensor, optimizer: BoundedLBFGS, steps: int) -> None:
        def closure() -> Tensor:
            optimizer.zero_grad()
            loss = (values - deepest) @ bowl @ (values - deepest) / 2
            loss.backward()
            return loss

        for _ in range(steps):
            optimizer.step(closure)

    straight = torch.full_like(deepest, 0.5).requires_grad_()
    optimizer = BoundedLBFGS([straight])
    optimise(straight, optimizer, 7)
    again = straight.detach().clone().requires_grad_()
    resumed = BoundedLBFGS([again])
    resumed.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    optimise(straight, optimizer, 8)
    optimise(again, resumed, 8)
    assert torch.equal(straight, again)
