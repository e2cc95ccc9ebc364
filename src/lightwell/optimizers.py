"""Optimizers that torch does not have."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

LONGEST_STEP = 0.03  # root mean square, of values in [0, 1]: what curvature says holds only nearby
FIRST_STEP = 0.01  # on average, where no curvature is known yet
CURVED = 1e-10  # the least cosine between a step and the change of gradient that tells of curvature


class BoundedLBFGS(torch.optim.Optimizer):
    """L-BFGS within [0, 1], for each parameter on its own: pictures that do not know of each other.

    A step needs one evaluation of the loss and its gradient. Values at a bound whose gradient points outwards stay
    there and take no part (Bertsekas' projection, 1982); what remains is two-loop L-BFGS (Nocedal, 1980) without a
    line search. The first step is so long that float32 can hold it whatever the picture's size, which torch's own is
    not: it divides by the sum over all values.

    Args:
        params: The pictures, or groups of them.
        lr: A factor on every step.
        history_size: How many steps are remembered; each costs twice a picture's memory.
    """

    outputs = ("picture",)

    def __init__(self, params: Iterable[Any], *, lr: float = 1.0, history_size: int = 20):
        super().__init__(params, {"lr": lr, "history_size": history_size})

    @torch.no_grad()
    def step(self, closure: Callable[[], Tensor]) -> Tensor:  # type: ignore[override]
        """Evaluate the loss, and change each parameter that has a gradient."""
        with torch.enable_grad():
            loss = closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._change(parameter, parameter.grad, group["lr"], group["history_size"])
        return loss

    def _change(self, parameter: Tensor, gradient: Tensor, lr: float, history_size: int) -> None:
        state = self.state[parameter]
        self._remember(state, parameter, gradient, history_size)
        free = ~(((parameter <= 0) & (gradient > 0)) | ((parameter >= 1) & (gradient < 0)))
        wanted = gradient * free
        direction = -_two_loops(wanted, state["steps"], state["changes"]) * free if state["steps"] else -wanted
        if not state["steps"] or not (direction * wanted).sum() < 0:  # leads upwards, or is no number
            state["steps"], state["changes"] = [], []
            direction = -wanted * (FIRST_STEP / wanted.abs().mean().clamp_min(torch.finfo(wanted.dtype).tiny))
        length = direction.square().mean().sqrt()
        if length > LONGEST_STEP:
            direction *= LONGEST_STEP / length
        parameter.add_(direction, alpha=lr).clamp_(0, 1)

    @staticmethod
    def _remember(state: dict[str, Any], parameter: Tensor, gradient: Tensor, history_size: int) -> None:
        """Keep the last step and what it did to the gradient."""
        if not state:
            state.update(steps=[], changes=[])
        else:
            step, change = parameter - state["at"], gradient - state["gradient"]
            if (step * change).sum() > CURVED * step.norm() * change.norm():
                state["steps"] = [*state["steps"], step][-history_size:]
                state["changes"] = [*state["changes"], change][-history_size:]
        state["at"], state["gradient"] = parameter.clone(), gradient.clone()


def _two_loops(gradient: Tensor, steps: list[Tensor], changes: list[Tensor]) -> Tensor:
    """The gradient times what the remembered steps tell of the inverse Hessian."""
    curvatures = [(step * change).sum() for step, change in zip(steps, changes, strict=True)]
    direction, shares = gradient.clone(), []
    for step, change, curvature in zip(reversed(steps), reversed(changes), reversed(curvatures), strict=True):
        shares.append((step * direction).sum() / curvature)
        direction -= shares[-1] * change
    direction *= curvatures[-1] / changes[-1].square().sum()
    for step, change, curvature, share in zip(steps, changes, curvatures, reversed(shares), strict=True):
        direction += step * (share - (change * direction).sum() / curvature)
    return direction
