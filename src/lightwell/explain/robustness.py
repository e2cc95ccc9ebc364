"""Whether an explanation holds still when its input hardly moves."""

from collections.abc import Callable

import torch
from torch import Tensor


def sensitivity(
    explain: Callable[[Tensor], Tensor], inputs: Tensor, *, radius: float = 0.02, samples: int = 10, seed: int = 0
) -> Tensor:
    """The largest change of a map under small changes of its input, over its size (Yeh et al., 2019).

    Both are Euclidean norms. The changes are drawn evenly from -radius to radius in each pixel, the same for each
    example, so that an example's figure does not depend on its batch.

    Args:
        explain: Maps inputs to maps `(batch, ...)`, for instance
            `lambda inputs: saliency(score, inputs, target=target)`.
        inputs: `(batch, ...)`.
        radius: The largest change of a pixel.
        samples: How many changes are tried, one after another.
        seed: Of the changes.

    Returns:
        `(batch,)`, 0 for a map that stays the same; NaN where a map is all zero or holds a NaN.
    """
    generator = torch.Generator().manual_seed(seed)
    inputs = inputs.detach()
    maps = explain(inputs).detach().flatten(1)
    changes = []
    for _ in range(samples):
        noise = (2 * torch.rand(inputs.shape[1:], generator=generator) - 1) * radius
        changes.append((explain(inputs + noise.to(inputs)).detach().flatten(1) - maps).norm(dim=1))
    size = maps.norm(dim=1)
    return (torch.stack(changes).amax(0) / size).masked_fill(size == 0, torch.nan)
