"""Explanations by the gradient of a score with respect to the input."""

import math
from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

from lightwell.explain.score import Score, Target, logits, select, undisturbed

# Four pictures of 224 pixels, or sixteen small ones. With more, the first feature maps outgrow what the C library keeps
# for the next pass (32 MB a tensor), and fetching that memory anew takes longer than larger batches save.
VALUES_AT_ONCE, MOST_AT_ONCE = 5 * 2**17, 16


def saliency(
    score: Score, inputs: Tensor, *, target: Target, form: Literal["signed", "absolute", "largest"] = "signed"
) -> Tensor:
    """Gradient of a score with respect to the input (Simonyan, Vedaldi and Zisserman, 2014).

    Where it is large, the smallest change of the input moves the score the most.

    Args:
        score: Maps inputs to `(batch, K)` scores, before softmax or sigmoid.
        inputs: `(batch, ...)`, any number of dimensions.
        target: The scores asked about: one class, one an example, several an example, or "all".
        form: "signed", the gradient; "absolute", its size; or "largest", the largest size over the channels, which
            are the dimension after the batch.

    Returns:
        In the shape of `inputs`, without the channels for "largest"; several classes stand in a dimension of their
        own after the batch. Not-a-number where the score is not a number.
    """
    with undisturbed(score):
        gradient = gradient_of(score, inputs, target)
    if form == "signed":
        return gradient
    if form == "absolute":
        return gradient.abs()
    if form == "largest":
        return gradient.abs().amax(1 + gradient.ndim - inputs.ndim)
    raise ValueError(f"There is no form {form!r} of saliency. Take signed, absolute or largest.")


def input_x_gradient(score: Score, inputs: Tensor, *, target: Target) -> Tensor:
    """Each input value times its gradient (Shrikumar et al., 2016).

    What each value adds to the score where that is linear in the input, and 0 stands for nothing there.

    Args:
        score: Maps inputs to `(batch, K)` scores, before softmax or sigmoid.
        inputs: `(batch, ...)`, any number of dimensions.
        target: The scores asked about: one class, one an example, several an example, or "all".

    Returns:
        Signed, in the shape of `inputs`; several classes stand in a dimension of their own after the batch.
    """
    with undisturbed(score):
        gradient = gradient_of(score, inputs, target)
    return gradient * (inputs.detach() if gradient.ndim == inputs.ndim else inputs.detach()[:, None])


def gradient_of(score: Score, inputs: Tensor, target: Target) -> Tensor:
    """The gradient, `(batch, ...)` or for several classes `(batch, C, ...)`; to be called inside `undisturbed`.

    Where a score is not a number, neither is its gradient: a ReLU would make a clean 0 of it.
    """
    inputs = inputs.detach().clone().requires_grad_()
    # A network may overwrite the copy it is given, but not a tensor whose gradient is wanted.
    scores = select(logits(score, inputs.clone()), target)
    # One example's score does not depend on another's input, so the sum has each example's own gradient.
    sums = scores.sum(0)
    if sums.ndim == 0:
        gradient = torch.autograd.grad(sums, inputs)[0]
    else:
        gradient = torch.stack([torch.autograd.grad(each, inputs, retain_graph=True)[0] for each in sums], dim=1)
    unknown = scores.isnan().view(*scores.shape, *[1] * (inputs.ndim - 1))
    return gradient.masked_fill(unknown, torch.nan)


def sum_of_gradients(
    score: Score,
    points: Callable[[Tensor], Tensor],
    weights: Tensor,
    *,
    like: Tensor,
    target: Target,
    at_once: int | None,
) -> Tensor:
    """The weighted sum of one example's gradients at several points, a few at a time.

    Args:
        score: Maps inputs to `(batch, K)` scores.
        points: Gives the points `(n, ...)` of the numbers `(n,)` asked for.
        weights: `(points,)`.
        like: A point: its shape, type and device.
        target: Of the one example.
        at_once: Points in a forward pass, at most; None for what is fast on a CPU. More take memory and gain nothing.

    Returns:
        The shape of one point, after a dimension for several classes.
    """
    fast = max(1, min(MOST_AT_ONCE, VALUES_AT_ONCE // max(1, like.numel())))
    total = torch.zeros((), dtype=like.dtype, device=like.device)
    for numbers in torch.arange(len(weights)).tensor_split(math.ceil(len(weights) / (at_once or fast))):
        gradient = gradient_of(score, points(numbers), target)
        total = total + torch.tensordot(weights[numbers].to(gradient), gradient, dims=1)
    return total
