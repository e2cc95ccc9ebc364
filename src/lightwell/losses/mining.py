"""Which triplets of a batch teach, counted without ever making a (batch, batch, batch) tensor.

A triplet is an anchor, a positive of the same person and a negative of another. Where the choice of triplets stays the
same, their loss is a function of the matrix of distances alone; its slope at each distance is all that the gradient
needs. So mining takes no part in backpropagation, and its largest matrix is (pairs, batch).
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

# From d(anchor, positive) - d(anchor, negative) to losses and their slopes.
Terms = Callable[[Tensor], tuple[Tensor, Tensor]]
# Of a (pairs, batch) matrix: on a CPU what stays in its cache, elsewhere what keeps it busy.
NUMBERS_AT_ONCE = {"cpu": 65_536}
NUMBERS_ELSEWHERE = 4_000_000


class Tally(NamedTuple):
    """What a batch's triplets come to.

    Attributes:
        slopes: `(batch, batch)`: of the summed losses, at each distance.
        total: The summed losses.
        teaching: How many triplets have a loss above 0.
        triplets: How many were chosen from: all valid ones, where all are looked at.
    """

    slopes: Tensor
    total: Tensor
    teaching: Tensor
    triplets: Tensor


def mine_hard(distances: Tensor, same: Tensor, terms: Terms) -> Tally:
    """For each anchor its farthest positive and its nearest negative (Hermans, Beyer and Leibe, 2017)."""
    farthest, positive = distances.masked_fill(~others(same), -torch.inf).max(1)
    nearest, negative = distances.masked_fill(same, torch.inf).min(1)
    (anchor,) = (farthest.isfinite() & nearest.isfinite()).nonzero(as_tuple=True)
    return tally(distances, anchor, positive[anchor], negative[anchor], terms)


def mine_semi_hard(distances: Tensor, same: Tensor, terms: Terms) -> Tally:
    """For each anchor and positive, the nearest negative that is farther than the positive: FaceNet's rule."""
    anchor, positive = others(same).nonzero(as_tuple=True)
    negatives = distances.masked_fill(same, torch.inf)
    nearest, negative = torch.empty_like(distances[anchor, positive]), torch.empty_like(anchor)
    for rows in parts(len(anchor), distances):
        nearest[rows], negative[rows] = farther_than(distances, negatives, anchor[rows], positive[rows]).min(1)
    found = nearest.isfinite()
    return tally(distances, anchor[found], positive[found], negative[found], terms)


def mine_distance_weighted(
    distances: Tensor, same: Tensor, terms: Terms, *, lengths: Tensor, dimensions: int, chance: torch.Generator
) -> Tally:
    """For each anchor and positive a negative drawn so that near and far ones are about as frequent.

    On a sphere of many dimensions most points are sqrt(2) apart, and negatives drawn evenly teach nothing (Wu et al.,
    2017). As there, distances below 0.5 count as 0.5, and none above 1.4 is drawn while there are nearer ones.

    Args:
        distances: What the loss is taken of.
        same: Who is the same person.
        terms: The loss of triplets.
        lengths: `(batch, batch)`: the Euclidean distances of the embeddings at unit length.
        dimensions: Of the embeddings.
        chance: What is drawn from.
    """
    near = lengths.clamp_min(0.5)
    density = (dimensions - 2) * near.log() + (dimensions - 3) / 2 * (1 - near.square() / 4).clamp_min(1e-8).log()
    unlikely = -density - 1e4 * (lengths > 1.4)
    likely = (unlikely - unlikely.masked_fill(same, -torch.inf).amax(1, keepdim=True)).exp().masked_fill(same, 0)
    anchor, positive = (others(same) & (likely.sum(1) > 0)[:, None]).nonzero(as_tuple=True)
    negative = torch.empty_like(anchor)
    for rows in parts(len(anchor), distances):
        negative[rows] = torch.multinomial(likely[anchor[rows]].cpu(), 1, generator=chance).squeeze(1).to(anchor.device)
    return tally(distances, anchor, positive, negative, terms)


def mine_all(distances: Tensor, same: Tensor, terms: Terms, *, semi_hard: bool = False) -> Tally:
    """Every valid triplet, or those alone whose negative is farther than the positive."""
    anchor, positive = others(same).nonzero(as_tuple=True)
    negatives = distances.masked_fill(same, torch.inf)
    slopes = torch.zeros_like(distances)
    total, teaching = distances.new_zeros(()), distances.new_zeros(())
    for rows in parts(len(anchor), distances):
        if semi_hard:
            nearer = farther_than(distances, negatives, anchor[rows], positive[rows]).neg_()
        else:
            nearer = distances[anchor[rows], positive[rows], None] - negatives.index_select(0, anchor[rows])
        losses, steep = terms(nearer)
        total += losses.sum()
        teaching += losses.sign().sum()
        slopes.index_put_((anchor[rows], positive[rows]), steep.sum(1), accumulate=True)
        slopes.index_add_(0, anchor[rows], steep, alpha=-1)
    return Tally(slopes, total, teaching, (len(same) - same.sum(1))[anchor].sum())


def farther_than(distances: Tensor, negatives: Tensor, anchor: Tensor, positive: Tensor) -> Tensor:
    """How much farther each negative is than the positive, `(pairs, batch)`: infinite for what is not farther.

    Masks of booleans would take ten times as long as this threshold.
    """
    farther = negatives.index_select(0, anchor).sub_(distances[anchor, positive, None])
    return F.threshold(farther, 0.0, torch.inf, inplace=True)


def tally(distances: Tensor, anchor: Tensor, positive: Tensor, negative: Tensor, terms: Terms) -> Tally:
    """What some triplets come to, each given by its three places in the batch."""
    losses, steep = terms(distances[anchor, positive] - distances[anchor, negative])
    slopes = torch.zeros_like(distances)
    slopes.index_put_((anchor, positive), steep, accumulate=True)
    slopes.index_put_((anchor, negative), -steep, accumulate=True)
    count = torch.tensor(len(anchor), device=distances.device)
    return Tally(slopes, losses.sum(), (losses > 0).sum(), count)


def others(same: Tensor) -> Tensor:
    """Who is the same person in another picture, `(batch, batch)`."""
    return same & ~torch.eye(len(same), dtype=torch.bool, device=same.device)


def parts(pairs: int, distances: Tensor) -> list[slice]:
    """The rows of a (pairs, batch) matrix, some at a time."""
    numbers = NUMBERS_AT_ONCE.get(distances.device.type, NUMBERS_ELSEWHERE)
    step = max(1, numbers // max(len(distances), 1))
    return [slice(start, start + step) for start in range(0, pairs, step)]
