"""How pictures lie in memory while they are convolved."""

from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

aten = torch.ops.aten

# Operations that hang on how a tensor lies in memory, and those that give the same however it lies.
ANY_LAYOUT = {aten.view.default: aten.reshape.default, aten._unsafe_view.default: aten.reshape.default}


def channels_last(x: Tensor) -> Tensor:
    """Pictures with the channels last in memory, where that is known to be quick; other tensors as they are."""
    return x.contiguous(memory_format=torch.channels_last) if x.ndim == 4 else x


def convolve(x: Tensor, weight: Tensor, bias: Tensor | None, *rest: Any) -> Tensor:
    """Any convolution, its result with the channels last.

    Where there is more weight than picture, it is quicker to lay out the picture anew than the weight.
    """
    x = x.contiguous() if weight.numel() > x.numel() else channels_last(x)
    return channels_last(aten.convolution.default(x, weight, bias, *rest))


class QuickLayout(TorchDispatchMode):
    """Keeps the channels last through any network, also through one that asks for its pictures as they came."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is aten.convolution.default:
            return convolve(*args)
        return ANY_LAYOUT.get(func, func)(*args, **(kwargs or {}))
