"""What a score is the sum of: the bars below a class activation map."""

from dataclasses import dataclass

import numpy as np

from lightwell.render.report_manifests import Shown


@dataclass(frozen=True)
class Step:
    """One part of a score; where its bar starts and how wide it is, in per cent of the room."""

    label: str
    amount: float
    start: float
    width: float


@dataclass(frozen=True)
class Walk:
    """A score as a walk from `zero`, in per cent of the room: each step goes on from where the last one ended."""

    zero: float
    steps: list[Step]


def contribution_walk(shown: Shown) -> Walk | None:
    """The greatest feature maps, all others together, the bias, and the score where they end up.

    None for an explanation that does not tell what its score is made of.
    """
    if not shown.contributions or shown.score is None:
        return None
    parts = list(shown.contributions)
    rest = shown.score - (shown.bias or 0.0) - sum(amount for _, amount in parts)
    if abs(rest) > 1e-3 * max(1.0, abs(shown.score)):
        parts.append(("other maps", rest))
    if shown.bias is not None:
        parts.append(("bias", shown.bias))
    ends = np.cumsum([amount for _, amount in parts]).tolist()
    starts = [0.0, *ends[:-1], 0.0]
    low, high = min(0.0, *ends), max(0.0, *ends)
    room = (high - low) or 1.0
    steps = [
        Step(label, amount, 100 * (min(start, start + amount) - low) / room, 100 * abs(amount) / room)
        for (label, amount), start in zip([*parts, ("score", shown.score)], starts, strict=True)
    ]
    return Walk(-100 * low / room, steps)
