"""What an occluding patch shows."""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from lightwell.chance import torch_seed

Fill = float | Sequence[float] | Literal["mean", "blur", "noise"]

BLUR = 1 / 20  # standard deviation, as a share of each side: ten or so pixels of a picture of 224


def covers(inputs: Tensor, fill: Fill, *, seed: int = 0) -> Tensor:
    """What shows wherever a patch lies on each input.

    Args:
        inputs: `(batch, channels, *spatial)`.
        fill: A number; a colour, one number a channel; "mean", of each input and channel; "blur", the input itself
            under a Gaussian whose standard deviation is a twentieth of each side; or "noise", normal, with the mean
            and deviation of each input and channel.
        seed: The noise hangs on this and on the size of the input alone; all inputs share it, each at its own scale.

    Returns:
        In the shape of `inputs`.

    Raises:
        ValueError: When the fill is another word, or a colour of another number of channels.
    """
    spatial = tuple(range(2, inputs.ndim))
    if isinstance(fill, int | float):
        return torch.full_like(inputs, fill)
    if not isinstance(fill, str):
        colour = torch.as_tensor(fill).to(inputs)
        if colour.shape != inputs.shape[1:2]:
            raise ValueError(
                f"A colour of {colour.numel()} values does not fit inputs of {inputs.shape[1]} channels. "
                "Give one value a channel."
            )
        return colour.view(-1, *[1] * len(spatial)).expand_as(inputs)
    if fill == "mean":
        return inputs.mean(spatial, keepdim=True).expand_as(inputs)
    if fill == "blur":
        return _blurred(inputs)
    if fill == "noise":
        generator = torch.Generator().manual_seed(torch_seed(seed, "occlusion"))
        noise = torch.randn(inputs.shape[1:], generator=generator, dtype=torch.float32).to(inputs)
        deviation = inputs.std(spatial, correction=0, keepdim=True)
        return inputs.mean(spatial, keepdim=True) + deviation * noise
    raise ValueError(f"There is no fill {fill!r}. Take a number, a colour, mean, blur or noise.")


def _blurred(inputs: Tensor) -> Tensor:
    """Near the border, the mean is over what there is."""
    for dimension in range(2, inputs.ndim):
        places = torch.arange(inputs.shape[dimension], device=inputs.device, dtype=inputs.dtype)
        deviation = BLUR * len(places)
        weights = (-(((places[:, None] - places) / deviation) ** 2) / 2).exp()
        weights /= weights.sum(0)
        inputs = torch.tensordot(inputs, weights, dims=([dimension], [0])).movedim(-1, dimension)
    return inputs
