"""Operations on patches: each gives exactly what the operation on the whole map would show in the changed box.

A rule takes the operation's arguments, with patches in place of maps, and `clean`, what the operation made of the
picture as it is. It gives the changed box, or None where it takes the whole map to know.
"""

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch._ops import OpOverload
from torch.nn import functional as F

from lightwell.explain.incremental.patches import CleanMap, Patch, Whole
from lightwell.explain.incremental.recording import Step
from lightwell.explain.incremental.sliding import Sliding, around
from lightwell.explain.layout import convolve, normalise

aten = torch.ops.aten

# Above this share of a map it is quicker to compute all of it than to cut and paste.
MOST = 0.85

MEAN = {2: F.avg_pool2d, 3: F.avg_pool3d}


def convolution(clean: CleanMap, x: Patch, weight: Any, bias: Any, *rest: Any) -> Patch | None:
    """A convolution, with zeros for padding."""
    stride, _, dilation, transposed, output_padding, groups = rest
    if transposed or not isinstance(x, Patch) or not _fixed(weight, bias):
        return None
    inside = [0] * len(x.size)
    return _slide(
        clean,
        x,
        of_convolution(x, weight, bias, *rest),
        lambda box: convolve(box, weight, bias, stride, inside, dilation, transposed, output_padding, groups),
    )


def of_convolution(x: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, *rest: Any) -> Sliding:
    """How it slides, from the arguments that torch dispatches it with."""
    return Sliding(weight.shape[2:], stride, padding, dilation)


def max_pool(clean: CleanMap, x: Patch, *rest: Any) -> Patch | None:
    """A maximum over windows; one that sticks out at the border sees nothing there."""
    sliding = of_max_pool(x, *rest)
    return _slide(clean, x, sliding, lambda box: largest(box, sliding), -math.inf)


def largest(box: Tensor, sliding: Sliding) -> Tensor:
    """The maximum under each place of a kernel, one dimension after another; torch's own also says where."""
    dimensions = box.ndim - 2
    kernels, strides, dilations = (
        np.broadcast_to(each, dimensions).tolist() for each in (sliding.kernel, sliding.stride, sliding.dilation)
    )
    for dimension in range(dimensions):
        kernel, stride, dilation = kernels[dimension], strides[dimension], dilations[dimension]
        last = box.shape[2 + dimension] - dilation * (kernel - 1)
        shifted = (slice(place * dilation, place * dilation + last, stride) for place in range(kernel))
        index = (slice(None),) * (2 + dimension)
        box = functools.reduce(torch.maximum, (box[(*index, each)] for each in shifted))
    return box


def of_max_pool(
    x: Any, kernel: Any, stride: Any = (), padding: Any = (0,), dilation: Any = (1,), *rest: Any
) -> Sliding:
    """How it slides."""
    return Sliding(kernel, stride or kernel, padding, dilation)


def average_pool(
    clean: CleanMap,
    x: Patch,
    kernel: list[int],
    stride: Sequence[int] = (),
    padding: Sequence[int] = (0,),
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Patch | None:
    """A mean over windows that all lie within the map: what others are divided by depends on their place."""
    if ceil_mode or any(padding):
        return None
    pool = MEAN[len(x.size)]
    sliding = of_average_pool(x, kernel, stride)
    return _slide(
        clean, x, sliding, lambda box: pool(box, kernel, [*sliding.stride], divisor_override=divisor_override)
    )


def of_average_pool(x: Any, kernel: Any, stride: Any = (), padding: Any = (0,), *rest: Any) -> Sliding:
    """How it slides."""
    return Sliding(kernel, stride or kernel, padding)


def _slide(
    clean: CleanMap, x: Patch, sliding: Sliding, operation: Callable[[Tensor], Tensor], fill: float = 0.0
) -> Patch | None:
    """Slide over all places whose kernel touches the patch, the map around it included."""
    touched = sliding.touched(x.boxes, clean.lengths)
    size = touched.sizes.max(0)
    if size.prod() > MOST * math.prod(clean.lengths):
        return None
    first = np.minimum(touched.first, clean.lengths - size)
    margins = sliding.margins(x.clean.lengths, clean.lengths)
    box = x.within(*sliding.under(first, size), margins, fill)
    return Patch(operation(box), first, clean)


def batch_norm(
    clean: CleanMap,
    x: Patch,
    weight: Any,
    bias: Any,
    mean: Any,
    variance: Any,
    training: bool,
    momentum: float,
    epsilon: float,
) -> Patch | None:
    """Batch normalisation with settled statistics."""
    if training or not isinstance(x, Patch) or not _fixed(weight, bias, mean, variance):
        return None
    return Patch(normalise(x.values, weight, bias, mean, variance, epsilon), x.origins, clean)


def concatenation(clean: CleanMap, maps: list[Any], dimension: int = 0) -> Patch | None:
    """Channels side by side."""
    if dimension % clean.tensor.ndim != 1 or not all(isinstance(each, Patch) for each in maps):
        return None
    origins, size = _union(maps)
    return Patch(torch.cat([each.within(origins, size) for each in maps], 1), origins, clean)


def average(
    clean: CleanMap, x: Patch, dimensions: list[int] | None, keepdim: bool = False, *, dtype: Any = None
) -> Whole | None:
    """Global average pooling: the clean mean, and the mean of the change.

    The change is taken before the sum, so that the part of the map that stays as it is costs no precision.
    """
    rank = x.clean.tensor.ndim
    if dtype is not None or sorted(dimension % rank for dimension in dimensions or []) != list(range(2, rank)):
        return None
    change = (x.values - x.clean.cut(x.origins, x.size)).flatten(2).sum(2) / math.prod(x.clean.lengths)
    return Whole(clean.tensor + change.view(len(change), *clean.tensor.shape))


def unsqueeze(clean: CleanMap, x: Patch, dimension: int) -> Patch | None:
    """One more spatial dimension, as pooling in one dimension has it."""
    dimension %= clean.tensor.ndim
    if dimension < 2:
        return None
    return Patch(x.values.unsqueeze(dimension), np.insert(x.origins, dimension - 2, 0, axis=1), clean)


def squeeze(clean: CleanMap, x: Patch, dimension: int) -> Patch | None:
    """One spatial dimension less."""
    dimension %= x.clean.tensor.ndim
    if x.clean.tensor.shape[dimension] > 1:
        return x
    if dimension < 2 or clean.tensor.ndim < 3:
        return None
    return Patch(x.values.squeeze(dimension), np.delete(x.origins, dimension - 2, axis=1), clean)


def pointwise(operation: OpOverload, clean: CleanMap, arguments: list, keywords: dict) -> Patch | None:
    """An operation on each place by itself, of maps as large as the result and of numbers the same everywhere."""
    everything = [*arguments, *keywords.values()]
    maps = [each for each in everything if isinstance(each, Patch)]
    rank = clean.tensor.ndim
    if len(clean.tensor) > 1 or any(each.clean.tensor.shape[2:] != clean.tensor.shape[2:] for each in maps):
        return None
    if any(isinstance(each, Tensor) and each.shape[max(0, each.ndim - rank + 2) :].numel() > 1 for each in everything):
        return None
    origins, size = _union(maps)

    def within(argument: Any) -> Any:
        return argument.within(origins, size) if isinstance(argument, Patch) else argument

    values = operation(*map(within, arguments), **{name: within(each) for name, each in keywords.items()})
    return Patch(values, origins, clean)


def _union(maps: list[Patch]) -> tuple[np.ndarray, tuple[int, ...]]:
    """The boxes around those of several maps with the same lengths: where they begin, and the size they share."""
    union = around([each.boxes for each in maps])
    size = union.sizes.max(0)
    return np.minimum(union.first, maps[0].clean.lengths - size), tuple(size.tolist())


def _fixed(*arguments: Any) -> bool:
    """Whether none of them depends on the input."""
    return not any(isinstance(argument, Patch | Whole) for argument in arguments)


RULES: dict[OpOverload, Callable[..., Patch | Whole | None]] = {
    aten.convolution.default: convolution,
    aten.max_pool2d_with_indices.default: max_pool,
    aten.max_pool3d_with_indices.default: max_pool,
    aten.avg_pool2d.default: average_pool,
    aten.avg_pool3d.default: average_pool,
    aten.native_batch_norm.default: batch_norm,
    aten.cat.default: concatenation,
    aten.mean.dim: average,
    aten.unsqueeze.default: unsqueeze,
    aten.squeeze.dim: squeeze,
}

SLIDING: dict[OpOverload, Callable[..., Sliding]] = {
    aten.convolution.default: of_convolution,
    aten.max_pool2d_with_indices.default: of_max_pool,
    aten.max_pool3d_with_indices.default: of_max_pool,
    aten.avg_pool2d.default: of_average_pool,
    aten.avg_pool3d.default: of_average_pool,
}

# Pointwise, though torch does not mark them so.
POINTWISE = {aten.hardswish.default, aten.hardsigmoid.default, aten._prelu_kernel.default, aten._to_copy.default}


def on_patches(operation: OpOverload, clean: CleanMap, arguments: list, keywords: dict) -> Patch | Whole | None:
    """The first result of any operation, or None where it takes the whole maps to know."""
    if operation in RULES:
        return RULES[operation](clean, *arguments, **keywords)
    if torch.Tag.pointwise in operation.tags or operation in POINTWISE:
        return pointwise(operation, clean, arguments, keywords)
    return None


def needed_by(step: Step) -> list[int]:
    """Which of the maps of the picture as it is a step reads: none if it works on each place of one map by itself."""
    local = step.operation in POINTWISE or torch.Tag.pointwise in step.operation.tags
    if step.operation is aten.native_batch_norm.default:
        local = not step.arguments[5]
    if local and len(step.inputs) == 1:
        return []
    return step.inputs + step.outputs if step.operation is aten.mean.dim else step.inputs
