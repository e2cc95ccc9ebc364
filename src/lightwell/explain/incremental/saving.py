"""How much of a recorded pass the windows change, before any of it is computed."""

import math
from typing import NamedTuple

from lightwell.explain.incremental.operations import MOST, SLIDING, aten
from lightwell.explain.incremental.recording import Recording
from lightwell.explain.incremental.sliding import Boxes, around


class Saving(NamedTuple):
    """What is left to compute.

    Attributes:
        share: Of the convolutions' multiplications, on average over the windows.
        largest: The bytes of the largest part of a map that a window changes.
    """

    share: float
    largest: float


def saving(recording: Recording, windows: Boxes) -> Saving:
    """What the windows change of each map: a box, as long as that is small, and then the whole map.

    This follows the boxes through the operations by the shapes alone, so it is an estimate where an operation is
    unknown.
    """
    boxes = {0: windows}
    changed = whole = 0.0
    largest = 0.0
    for step in recording.steps:
        if not step.outputs:
            continue
        number = step.outputs[0]
        result = recording.tensors[number]
        places = math.prod(lengths := result.shape[2:])
        share = 1.0
        if all(each in boxes for each in step.inputs) and result.ndim == 2 + windows.first.shape[1]:
            if step.operation in SLIDING:
                found = SLIDING[step.operation](*step.arguments).touched(boxes[step.inputs[0]], lengths)
            else:
                found = around([boxes[each] for each in step.inputs])
            share = found.sizes.prod(1).mean() / places
            if share <= MOST:
                boxes[number] = found
        share = share if number in boxes else 1.0
        largest = max(largest, share * result.nbytes)
        if step.operation is aten.convolution.default:
            work = step.arguments[1].numel() * places
            changed, whole = changed + share * work, whole + work
    return Saving(changed / whole if whole else 1.0, largest)
