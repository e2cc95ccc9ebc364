"""SmoothGrad: saliency averaged over noisy copies of the input."""

import functools

import torch
from torch import Tensor

from lightwell.chance import torch_seed
from lightwell.explain.gradient import sum_of_gradients
from lightwell.explain.score import Score, Target, each_target, undisturbed


def smooth_grad(
    score: Score,
    inputs: Tensor,
    *,
    target: Target,
    samples: int = 25,
    noise: float = 0.15,
    seed: int = 0,
    at_once: int | None = None,
) -> Tensor:
    """The mean of the gradients at noisy copies of each input (Smilkov et al., 2017).

    A network's gradient jumps between neighbouring inputs; the mean keeps what they share. It is the gradient of
    the score blurred by the noise.

    Args:
        score: Maps inputs to `(batch, K)` scores, before softmax or sigmoid.
        inputs: `(batch, ...)`, any number of dimensions.
        target: The scores asked about: one class, one an example, several an example, or "all".
        samples: Noisy copies of each example.
        noise: Standard deviation of the noise, as a share of the example's own range (largest minus smallest value).
        seed: The noise of a copy depends on this and the copy's number alone: an example's map is the same in any
            batch, and on any device. The examples of a batch share the noise, each at its own scale.
        at_once: Copies in a forward pass; None for what is fast and small on a CPU. The result changes by rounding.

    Returns:
        Signed, in the shape of `inputs`; several classes stand in a dimension of their own after the batch.
    """
    weights = torch.full((samples,), 1 / samples, dtype=torch.float64)
    maps = []
    with undisturbed(score):
        for example, one in zip(inputs.detach().clone(), each_target(target, len(inputs)), strict=True):
            noisy = functools.partial(_noisy, example, noise, seed)
            maps.append(sum_of_gradients(score, noisy, weights, like=example, target=one, at_once=at_once))
    return torch.stack(maps)


def _noisy(example: Tensor, noise: float, seed: int, numbers: Tensor) -> Tensor:
    """The copies of these numbers."""
    deviation = noise * (example.max() - example.min())
    return example + deviation * torch.stack([_noise(example, seed, int(number)) for number in numbers])


def _noise(example: Tensor, seed: int, number: int) -> Tensor:
    """Standard normal numbers, drawn on the CPU in float32 so that devices and precisions agree."""
    generator = torch.Generator().manual_seed(torch_seed(seed, "smooth_grad", number))
    return torch.randn(example.shape, generator=generator, dtype=torch.float32).to(example)
