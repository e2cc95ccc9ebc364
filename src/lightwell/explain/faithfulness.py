"""Whether a map is faithful: whether the pixels it holds for important are those that the score rests on."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from lightwell.explain.score import Score, Target, select, undisturbed

BATCH = 32
MODES = {1: "linear", 2: "bilinear", 3: "trilinear"}


class FaithfulnessCurve(NamedTuple):
    """What becomes of a score while pixels are deleted or inserted in the order of a map.

    Attributes:
        curve: `(batch, points)`: the score; `(batch, C, points)` where the target asks for several.
        area: `(batch,)` or `(batch, C)`: the area under the curve over `fractions`.
        fractions: `(points,)`: the share of pixels deleted or inserted, from 0 to 1.
    """

    curve: Tensor
    area: Tensor
    fractions: Tensor


def deletion(
    score: Score, inputs: Tensor, maps: Tensor, *, target: Target, steps: int = 20, fill: float | Tensor = 0.5
) -> FaithfulnessCurve:
    """The score while the map's largest pixels are covered first (Petsiuk, Das and Saenko, 2018).

    The sooner it falls, the smaller the area and the better the map. Equal pixels go in reading order, so a constant
    map, which ranks nothing, has the area of that order; a map with a NaN has a curve and an area of NaN.

    Args:
        score: Maps inputs to `(batch, K)`. It is called as it is: give probabilities for a curve between 0 and 1.
        inputs: `(batch, channels, ...)` with one to three dimensions of place.
        maps: `(batch, ...)`, without channels and at any resolution: brought to the inputs' bilinearly.
        target: The score asked about: one class for all examples, or one or several for each, or "all".
        steps: At most that many equal steps; as pixels cannot be halved, the last may be shorter.
        fill: What covers: a number, or a tensor that broadcasts to the inputs, such as blurred copies of them.

    Raises:
        ValueError: When maps and inputs do not fit each other.
    """
    return _replaced(score, inputs, _filled(inputs, fill), maps, target, steps)


def insertion(
    score: Score, inputs: Tensor, maps: Tensor, *, target: Target, steps: int = 20, fill: float | Tensor = 0.5
) -> FaithfulnessCurve:
    """The score while the map's largest pixels are uncovered first; otherwise as `deletion`.

    The sooner it rises, the larger the area and the better the map. The paper begins with a blurred copy, since
    sharp pixels on an even cover are edges that the picture does not have.
    """
    return _replaced(score, _filled(inputs, fill), inputs, maps, target, steps)


def _filled(inputs: Tensor, fill: float | Tensor) -> Tensor:
    return torch.as_tensor(fill, dtype=inputs.dtype, device=inputs.device).expand_as(inputs)


def _replaced(
    score: Score, before: Tensor, after: Tensor, maps: Tensor, target: Target, steps: int
) -> FaithfulnessCurve:
    """The score while the pixels of `before` become those of `after`, the map's largest first."""
    heat = enlarged(maps, before).flatten(1)
    place = heat.argsort(dim=1, descending=True, stable=True).argsort(dim=1)
    pixels = heat.shape[1]
    counts = [*range(0, pixels, -(-pixels // steps)), pixels]
    examples = torch.arange(len(before), device=before.device).repeat_interleave(len(counts))
    replaced = torch.tensor(counts, device=before.device).repeat(len(before))
    scores = []
    with undisturbed(score), torch.no_grad():
        for example, count in zip(examples.split(BATCH), replaced.split(BATCH), strict=True):
            changed = (place[example] < count[:, None]).view(-1, 1, *before.shape[2:])
            mixed = torch.where(changed, after[example], before[example])
            own = target.to(before.device)[example] if isinstance(target, Tensor) else target
            scores.append(select(score(mixed), own))
    curve = torch.cat(scores).unflatten(0, (len(before), len(counts))).movedim(1, -1)
    curve[heat.isnan().any(1)] = torch.nan
    fractions = torch.tensor(counts).to(curve) / pixels
    return FaithfulnessCurve(curve, torch.trapezoid(curve, fractions, dim=-1), fractions)


def enlarged(maps: Tensor, inputs: Tensor) -> Tensor:
    """Maps `(batch, ...)` brought to the resolution of inputs `(batch, channels, ...)`, bilinearly."""
    if maps.ndim != inputs.ndim - 1 or len(maps) != len(inputs):
        raise ValueError(
            f"Maps of shape {tuple(maps.shape)} do not rank the places of inputs of shape {tuple(inputs.shape)}. "
            "Give one map an example, without a dimension of channels."
        )
    maps = maps.detach()
    if maps.shape[1:] == inputs.shape[2:]:
        return maps
    places = tuple(range(1, maps.ndim))
    between = F.interpolate(maps[:, None], inputs.shape[2:], mode=MODES[maps.ndim - 1])[:, 0]
    # Rounding must not make a constant map uneven.
    return between.clamp(maps.amin(places, keepdim=True), maps.amax(places, keepdim=True))
