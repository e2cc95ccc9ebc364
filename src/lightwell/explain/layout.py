"""How pictures lie in memory while they are convolved."""

from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

aten = torch.ops.aten

# Operations that hang on how a tensor lies in memory, and those that give the same however it lies.
ANY_LAYOUT = {aten.view.default: aten.reshape.default, aten._unsafe_view.default: aten.reshape.default}


def channels_last(x: Tensor) -> Tensor:
    """Pictures on a CPU with the channels last in memory, as is quickest there; other tensors as they are."""
    return x.contiguous(memory_format=torch.channels_last) if x.ndim == 4 and x.device.type == "cpu" else x


def convolve(x: Tensor, weight: Tensor, bias: Tensor | None, *rest: Any) -> Tensor:
    """Any convolution, its result with the channels last.

    A kernel of several places is laid out anew too, so where it is larger than the pictures, they had better not be.
    """
    larger = weight.shape[2:].numel() > 1 and weight.numel() > x.numel()
    result = aten.convolution.default(x.contiguous() if larger else channels_last(x), weight, bias, *rest)
    return channels_last(result)


class QuickLayout(TorchDispatchMode):
    """Keeps the channels last through any network, also through one that asks for its pictures as they came."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is aten.convolution.default:
            return convolve(*args)
        return ANY_LAYOUT.get(func, func)(*args, **(kwargs or {}))
