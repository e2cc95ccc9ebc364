"""Which part of a picture each term of the loss has moved."""

from dataclasses import dataclass

import torch
from torch import Tensor

from lightwell.style.objective import Objective

LEGS = 12  # of the way from the start to the result


@dataclass(frozen=True)
class Moved:
    """What a term wanted, and what it got.

    Attributes:
        term: What it is: content, style or total variation.
        layer: Its layer; None for total variation.
        at_start: `(height, width)`: how strongly it wanted each place to change, as the length of its gradient.
        at_end: The same of the result, where the terms hold each other.
        lowered: `(height, width)`, signed: how much the change of each place has lowered it. Adds up to the fall.
        before: The term's part of the loss at the start.
        after: The same of the result.
    """

    term: str
    layer: str | None
    at_start: Tensor
    at_end: Tensor
    lowered: Tensor
    before: float
    after: float


def moved(objective: Objective, start: Tensor, result: Tensor) -> list[Moved]:
    """What each term has moved on the straight way from the start to the result.

    A term's fall is the sum over all values of minus its mean gradient on the way times how far the value went, as
    in integrated gradients (Sundararajan et al., 2017): the fall, shared out among the places whose change it is.

    Args:
        objective: Whose terms.
        start: `(3, height, width)` in [0, 1].
        result: Likewise.
    """
    with torch.inference_mode(False), torch.enable_grad():
        return _moved(objective, start.clone(), result.clone())


def _moved(objective: Objective, start: Tensor, result: Tensor) -> list[Moved]:
    weighted = objective.loss.weighted
    before, after = weighted(objective.terms(start)), weighted(objective.terms(result))
    # The middles of legs leave out the ends, whose gradients are unlike those between: at the start none of content.
    middles = [objective.term_gradients(torch.lerp(start, result, (leg + 0.5) / LEGS)) for leg in range(LEGS)]
    at_start, at_end = objective.term_gradients(start), objective.term_gradients(result)
    found = []
    for (term, layer), value in before.items():
        mean = torch.stack([middle[term, layer] for middle in middles]).mean(0)
        found.append(
            Moved(
                term,
                layer,
                at_start=at_start[term, layer].norm(dim=0).cpu(),
                at_end=at_end[term, layer].norm(dim=0).cpu(),
                lowered=-(mean * (result - start)).sum(0).cpu(),
                before=float(value),
                after=float(after[term, layer]),
            )
        )
    return found
