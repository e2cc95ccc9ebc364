"""Explanations by the gradient of a score with respect to the input."""

import torch
from torch import Tensor

from lightwell.explain.score import Score, Target, select, undisturbed


def saliency(score: Score, inputs: Tensor, *, target: Target) -> Tensor:
    """Gradient of a score with respect to the input (Simonyan, Vedaldi and Zisserman, 2014).

    Where it is large, the smallest change of the input moves the score the most.

    Args:
        score: Maps inputs to `(batch, K)` scores, before softmax or sigmoid.
        inputs: `(batch, ...)`, any number of dimensions.
        target: The score asked about: one index, or one per example.

    Returns:
        Signed gradients, in the shape of `inputs`.
    """
    with undisturbed(score):
        inputs = inputs.detach().clone().requires_grad_()
        # One example's score does not depend on another's input, so the sum has each example's own gradient.
        return torch.autograd.grad(select(score(inputs), target).sum(), inputs)[0]
