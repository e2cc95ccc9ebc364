"""Distances between all rows of two matrices of embeddings, through which gradients pass."""

from collections.abc import Callable
from typing import Literal

from torch import Tensor
from torch.nn import functional as F

Distance = Literal["squared_euclidean", "euclidean", "cosine"]
SMALLEST = 1e-12  # below it, a distance has no direction, and the root's slope no end


def squared_euclidean(first: Tensor, second: Tensor) -> Tensor:
    """`(n, d)` and `(m, d)` to `(n, m)`: |a - b| squared."""
    lengths = first.square().sum(1)[:, None] + second.square().sum(1)
    return (lengths - 2 * first @ second.T).clamp_min(0)


def euclidean(first: Tensor, second: Tensor) -> Tensor:
    """`(n, d)` and `(m, d)` to `(n, m)`: |a - b|."""
    return squared_euclidean(first, second).clamp_min(SMALLEST).sqrt()


def cosine(first: Tensor, second: Tensor) -> Tensor:
    """`(n, d)` and `(m, d)` to `(n, m)`: one minus the cosine of the angle between them."""
    return 1 - F.normalize(first) @ F.normalize(second).T


DISTANCES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "squared_euclidean": squared_euclidean,
    "euclidean": euclidean,
    "cosine": cosine,
}
