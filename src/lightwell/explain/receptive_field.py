"""Receptive fields: which part of the input a unit of a layer can see, found by asking the network itself."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn

from lightwell.explain.score import Score, network_of, undisturbed

PROBES = 16  # inputs a forward


@dataclass(frozen=True)
class ReceptiveField:
    """What each unit of a layer sees of the input, whatever its channel.

    Units that see nothing but padding have an empty box.

    Attributes:
        starts: For each dimension of the input, where the box of the unit at each place begins.
        stops: For each dimension of the input, where it ends; the end is no longer part of it.
        lengths: The input's length in each dimension, without the channels.
    """

    starts: list[Tensor]
    stops: list[Tensor]
    lengths: tuple[int, ...]

    def box(self, place: Sequence[int]) -> tuple[slice, ...]:
        """The smallest box of the input that holds all that the unit at a place sees, cut off at the borders.

        Args:
            place: The unit's place in its feature map: one number for each dimension after the channels.

        Returns:
            One slice for each dimension of the input after the channels: `inputs[:, :, *box]` is what the unit sees.
        """
        bounds = self.boxes(torch.tensor(tuple(place), dtype=torch.int64)).tolist()
        return tuple(slice(*box) for box in zip(bounds[: len(self.lengths)], bounds[len(self.lengths) :], strict=True))

    def boxes(self, places: Tensor) -> Tensor:
        """The boxes of many units at once.

        Args:
            places: `(..., dimensions)` int64: each unit's place in its feature map.

        Returns:
            `(..., 2 * dimensions)`: where each box begins in every dimension, then where it stops; of a picture: top,
            left, bottom, right.
        """
        at = places.unbind(-1)
        stops = torch.stack([stop[at] for stop in self.stops], dim=-1)
        return torch.cat([torch.stack([start[at] for start in self.starts], dim=-1).minimum(stops), stops], dim=-1)

    @property
    def size(self) -> tuple[int, ...]:
        """How far a unit sees in each dimension where no border cuts it off; at most as far as any unit does see.

        That most is all that can be told where every unit's box is cut off: ask with a larger input for more.
        """
        return tuple(self._grid(dimension)[0] for dimension in range(len(self.lengths)))

    @property
    def stride(self) -> tuple[int, ...]:
        """How far apart two neighbouring units look; 0 where all look at the same."""
        return tuple(self._grid(dimension)[1] for dimension in range(len(self.lengths)))

    @property
    def offset(self) -> tuple[int, ...]:
        """Where the first unit's box would begin without a border: negative where padding goes before it."""
        return tuple(self._grid(dimension)[2] for dimension in range(len(self.lengths)))

    def _grid(self, dimension: int) -> tuple[int, int, int]:
        """Size, stride and offset in one dimension of the input, told by the units that no border cuts off."""
        starts, stops, length = self.starts[dimension], self.stops[dimension], self.lengths[dimension]
        extent = int((stops - starts).clamp_min(0).amax())
        if starts.ndim != len(self.lengths):  # the layer has other dimensions than the input
            return extent, 0, 0
        units = starts.shape[dimension]
        starts = starts.movedim(dimension, 0).reshape(units, -1).amin(1)
        stops = stops.movedim(dimension, 0).reshape(units, -1).amax(1)
        begun, ended = (starts > 0) & (starts < length), (stops < length) & (stops > 0)
        steps = [starts.diff()[begun[1:] & begun[:-1]], stops.diff()[ended[1:] & ended[:-1]]]
        stride = int(torch.cat(steps).amax()) if sum(map(len, steps)) else 0
        if not (begun.any() and ended.any()):
            return extent, stride, 0
        first, last = int(begun.nonzero()[0]), int(ended.nonzero()[0])
        offset = int(starts[first]) - first * stride
        return int(stops[last]) - last * stride - offset, stride, offset


def receptive_field(score: Score, layer: str, input_shape: Sequence[int]) -> ReceptiveField:
    """The exact part of the input that each unit of a layer can see.

    Nothing is assumed of the network: whatever is not a number makes everything that is computed from it not a
    number, so one row of the input after the other is set to NaN, and the units that it reaches are those that see
    it. Kernels, strides, padding, dilation, branches that join and attention are all covered. It takes one forward
    for each row and each column of the input; the weights do not matter.

    Args:
        score: A function of `(batch, *input_shape)` with one module behind it.
        layer: The name of one of its modules, as in `named_modules()`, whose output is `(batch, channels, ...)`.
        input_shape: One example's shape, channels first.

    Raises:
        ValueError: When the network has no such layer, or it gives no tensor.
    """
    return receptive_fields(score, [layer], input_shape)[layer]


def receptive_fields(score: Score, layers: Sequence[str], input_shape: Sequence[int]) -> dict[str, ReceptiveField]:
    """The receptive fields of several layers for the price of one; see `receptive_field`."""
    network = network_of(score)
    lengths = tuple(input_shape[1:])
    reached: dict[str, Tensor] = {}
    fields = {layer: ReceptiveField([], [], lengths) for layer in layers}

    def note(layer: str, output: Tensor) -> None:
        reached[layer] = output.isnan().any(1).cpu()

    # cuDNN may convolve by transforms, which spread one NaN over a whole tile.
    with (
        undisturbed(score),
        torch.no_grad(),
        torch.backends.cudnn.flags(enabled=False),
        watching(network, layers, note),
    ):
        blank = _blank(network, (1, *input_shape))
        for dimension, length in enumerate(lengths):
            starts = dict.fromkeys(layers, torch.tensor(length))
            stops = dict.fromkeys(layers, torch.tensor(0))
            for rows in torch.arange(length).split(PROBES):
                probes = blank.repeat(len(rows), *[1] * len(input_shape))
                probes.movedim(dimension + 2, 1)[torch.arange(len(rows)), rows] = torch.nan
                score(probes)
                for layer in layers:
                    if layer not in reached:
                        raise ValueError(f"The layer {layer!r} gives no tensor, or never runs. Take another.")
                    at = rows.reshape(-1, *[1] * (reached[layer].ndim - 1))
                    starts[layer] = starts[layer].minimum(at.where(reached[layer], length).amin(0))
                    stops[layer] = stops[layer].maximum((at + 1).where(reached[layer], 0).amax(0))
            for layer in layers:
                fields[layer].starts.append(starts[layer])
                fields[layer].stops.append(stops[layer])
    return fields


@contextmanager
def watching(network: nn.Module, layers: Sequence[str], note: Callable[[str, Tensor], None]) -> Iterator[None]:
    """While the network runs, tell each layer's output by name, each time that it is a tensor.

    Raises:
        ValueError: When the network has no layer of that name.
    """
    modules = dict(network.named_modules())
    for layer in layers:
        if layer not in modules:
            raise ValueError(f"There is no layer {layer!r}. There are: {', '.join(name for name in modules if name)}.")

    def hook_of(layer: str) -> Callable[[nn.Module, Any, Any], None]:
        return lambda module, arguments, output: note(layer, output.detach()) if isinstance(output, Tensor) else None

    handles = [modules[layer].register_forward_hook(hook_of(layer)) for layer in layers]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _blank(network: nn.Module, shape: Sequence[int]) -> Tensor:
    """Zeros where the network is, in its precision."""
    tensors = chain(network.parameters(), network.buffers())
    like = next((tensor for tensor in tensors if tensor.is_floating_point()), torch.zeros(0))
    return torch.zeros(*shape, device=like.device, dtype=like.dtype)
