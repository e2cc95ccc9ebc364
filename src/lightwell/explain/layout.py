"""The same operations sooner: how pictures lie in memory while they are convolved and normalised."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch._ops import OpOverload
from torch.utils._python_dispatch import TorchDispatchMode

aten = torch.ops.aten

# Operations that hang on how a tensor lies in memory, and those that give the same however it lies.
ANY_LAYOUT = {aten.view.default: aten.reshape.default, aten._unsafe_view.default: aten.reshape.default}

FAR_LARGER = 6  # as measured


def channels_last(x: Tensor) -> Tensor:
    """Pictures on a CPU with the channels last in memory, as is quickest there; other tensors as they are."""
    return x.contiguous(memory_format=torch.channels_last) if x.ndim == 4 and x.device.type == "cpu" else x


def convolve(x: Tensor, weight: Tensor, bias: Tensor | None, *rest: Any) -> Tensor:
    """Any convolution, its result with the channels last.

    Weights that do not have theirs last are laid out anew each time. Where they are far larger than the pictures, that
    would take longest, so the pictures are laid out as they are.
    """
    laid_out = weight.is_contiguous(memory_format=torch.channels_last) if weight.ndim == 4 else True
    larger = not laid_out and weight.numel() > FAR_LARGER * x.numel()
    result = aten.convolution.default(x.contiguous() if larger else channels_last(x), weight, bias, *rest)
    return channels_last(result)


def normalise(x: Tensor, weight: Any, bias: Any, mean: Tensor, variance: Tensor, epsilon: float) -> Tensor:
    """Batch normalisation with settled statistics: one multiplication and addition, half of what torch's own takes."""
    scale = (variance + epsilon).rsqrt()
    scale = scale if weight is None else scale * weight
    shift = -mean * scale if bias is None else bias - mean * scale
    shape = (-1, *[1] * (x.ndim - 2))
    return torch.addcmul(shift.to(x).view(shape), x, scale.to(x).view(shape))


def quickly(operation: OpOverload, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> Any:
    """Any operation, by the above where they do."""
    if operation is aten.convolution.default:
        return convolve(*arguments)
    if operation is aten.native_batch_norm.default and not arguments[5]:
        x, weight, bias, mean, variance, _, _, epsilon = arguments
        return normalise(x, weight, bias, mean, variance, epsilon), x.new_empty(0), x.new_empty(0)
    return ANY_LAYOUT.get(operation, operation)(*arguments, **keywords)


class Quickly(TorchDispatchMode):
    """Runs any network so, also one that asks for its pictures to lie in memory as they came."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return quickly(func, args, kwargs or {})
