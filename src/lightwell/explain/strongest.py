"""A table of the examples that excite each feature map most."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Strongest:
    """The examples that excite each feature map of a layer most, strongest first.

    Where there were fewer examples than asked for, values are minus infinity and indices and places -1.

    Attributes:
        values: `(feature maps, top)`: the largest activation of the example's feature map.
        indices: `(feature maps, top)` int64: the examples.
        places: `(feature maps, top, dimensions)` int64: where in the feature map it is that large.
    """

    values: Tensor
    indices: Tensor
    places: Tensor

    def best(self, count: int, *, tolerance: float = 0.0) -> "Strongest":
        """The `count` strongest of each feature map, each example once; ties go to the smaller index.

        Args:
            count: How many to keep.
            tolerance: Within this share of a map's largest value from the weakest that is kept, the smaller index
                is kept rather than the larger value.
        """
        ranked = self._at(self.values.argsort(dim=1, descending=True, stable=True))
        ranked = ranked._at(ranked.indices.argsort(dim=1, stable=True))
        values = ranked.values.masked_fill(ranked.values.isnan(), -torch.inf)
        values[:, 1:].masked_fill_(ranked.indices.diff() == 0, -torch.inf)
        weakest = values.topk(count).values[:, -1:]
        scale = values.abs().masked_fill(values.isinf(), 0).amax(1, keepdim=True)
        keys = weakest.where((values - weakest).abs() <= tolerance * scale, values)
        best = Strongest(values, ranked.indices, ranked.places)._at(
            keys.argsort(dim=1, descending=True, stable=True)[:, :count]
        )
        absent = best.values == -torch.inf
        return Strongest(
            best.values, best.indices.masked_fill(absent, -1), best.places.masked_fill(absent[:, :, None], -1)
        )

    def with_room_for_places(self, dimensions: int) -> "Strongest":
        """A copy whose places, of so many dimensions, are yet to be told."""
        places = torch.full((*self.indices.shape, dimensions), -1)
        return Strongest(self.values.clone(), self.indices.clone(), places)

    def _at(self, order: Tensor) -> "Strongest":
        places = self.places.gather(1, order[:, :, None].expand(-1, -1, self.places.shape[2]))
        return Strongest(self.values.gather(1, order), self.indices.gather(1, order), places)


def nothing(values: Tensor, count: int) -> Strongest:
    """Room for `count` examples of each feature map, with none there yet and no places; like `values` in type."""
    rows = len(values)
    empty = torch.full((rows, count), -1)
    return Strongest(values.new_full((rows, count), -torch.inf), empty, empty.new_empty(rows, count, 0))


def merge(one: dict[str, Strongest], other: dict[str, Strongest]) -> dict[str, Strongest]:
    """What one search over both parts of the data would have found; the parts may share examples."""
    both = {}
    for layer, strongest in one.items():
        parts = [(getattr(strongest, name), getattr(other[layer], name)) for name in ("values", "indices", "places")]
        both[layer] = Strongest(*(torch.cat(pair, dim=1) for pair in parts)).best(strongest.values.shape[1])
    return both
