"""Any operation on whole maps, for each window as if it were the only one."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from lightwell.explain.incremental.operations import POINTWISE, aten
from lightwell.explain.incremental.patches import Whole
from lightwell.explain.incremental.recording import Step, Untraceable, Value, each_of
from lightwell.explain.layout import quickly

# Operations that take one example as they take many, and which of their arguments has the examples.
EXAMPLES = {
    aten.convolution.default: 0,
    aten.native_batch_norm.default: 0,
    aten.max_pool2d_with_indices.default: 0,
    aten.avg_pool2d.default: 0,
    aten._adaptive_avg_pool2d.default: 0,
    aten.addmm.default: 1,
}


def on_whole_maps(step: Step, values: dict[int, Whole], clean: list[Tensor]) -> dict[int, Whole]:
    """The results of one step.

    Args:
        step: The operation and its arguments.
        values: What it depends on.
        clean: Everything that was recorded.

    Raises:
        Untraceable: When the step read a number that a window changes, on which later steps may hang.
    """
    changed = [values[number].values for number in step.inputs]
    if not step.outputs:
        if any((each != step.read).any() for each in changed):
            raise Untraceable("what the score function does hangs on the numbers in the input")
        return {}

    def arguments(tensors: Iterable[Tensor]) -> tuple[list[Any], dict[str, Any]]:
        return step.with_values(dict(zip(step.inputs, tensors, strict=True)))

    def alone(*tensors: Tensor) -> list[Tensor]:
        positional, named = arguments(tensors)
        return each_of(step.operation(*positional, **named))

    if _takes_many(step, clean):
        together = each_of(quickly(step.operation, *arguments(each.squeeze(1) for each in changed)))
        results = [each[:, None] for each in together]
    else:
        results = torch.vmap(alone)(*changed)
    return {number: Whole(result) for number, result in zip(step.outputs, results, strict=True)}


def _takes_many(step: Step, clean: list[Tensor]) -> bool:
    """Whether the windows may take the place of the recorded batch of one; vmap, which always may, is slower."""
    arguments = step.arguments
    if any(clean[number].shape[:1] != (1,) for number in [*step.inputs, *step.outputs[:1]]):
        return False
    if step.operation in EXAMPLES:
        settled = step.operation is not aten.native_batch_norm.default or not arguments[5]
        changed = [position for position, argument in enumerate(arguments) if isinstance(argument, Value)]
        return settled and changed == [EXAMPLES[step.operation]]
    if step.operation is aten.cat.default:
        return arguments[1:] == [1] and all(isinstance(each, Value) for each in arguments[0])
    if torch.Tag.pointwise not in step.operation.tags and step.operation not in POINTWISE:
        return False
    shape = clean[step.outputs[0]].shape
    fixed = [argument for argument in [*arguments, *step.keywords.values()] if isinstance(argument, Tensor)]
    return all(clean[number].ndim == len(shape) for number in step.inputs) and all(
        each.ndim < len(shape) or len(each) == 1 for each in fixed
    )
