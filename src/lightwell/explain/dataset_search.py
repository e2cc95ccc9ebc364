"""Dataset search: the examples that excite each feature map most, found in one pass that keeps no activations."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from lightwell.explain.receptive_field import watching
from lightwell.explain.score import Score, network_of, undisturbed
from lightwell.explain.stages import stages
from lightwell.explain.strongest import Strongest, nothing

MARGIN = 3  # candidates kept beyond the wanted, since their order is only known when each is seen alone
TOLERANCE = 5e-5  # of a map's largest value: more than what a batch's size changes of an activation


def dataset_search(
    score: Score,
    batches: Iterable[tuple[Tensor, Tensor]],
    *,
    layers: Sequence[str] | Mapping[str, Sequence[int]] | None = None,
    top: int = 9,
) -> dict[str, Strongest]:
    """The examples that excite each feature map most, and where in the map (Zeiler and Fergus, 2014).

    One pass finds the candidates, keeping the maxima only, so memory does not grow with the number of examples. A
    batch's size changes the last digits of an activation, so the candidates are then looked at again, each alone:
    it is these values that count, whence the result is the same whatever the batches' size and order. Equal values
    go to the smaller index.

    Args:
        score: A function of inputs with one module behind it.
        batches: Inputs `(batch, ...)` and their examples' indices `(batch,)`; gone through twice, so no iterator.
        layers: Names as in `named_modules()`; or for each name the channels to look at; or None for the last layer
            before each change of resolution, so that one may watch edges become parts, and parts objects.
        top: How many examples a feature map.

    Returns:
        For each layer its strongest examples. `receptive_field(score, layer, ...).box(place)` is what excited it.

    Raises:
        ValueError: When the network has no such layer, or, for None, none with an extent.
        TypeError: When `batches` can be gone through only once.
    """
    if iter(batches) is batches:
        raise TypeError("The batches are an iterator, which ends after one pass. Give a list or a loader.")
    if layers is None:
        layers = stages(score, next(iter(batches))[0][:1])
    search = Search(network_of(score), layers, top=top)
    with undisturbed(score), torch.no_grad(), search.watching():
        for inputs, indices in batches:
            score(inputs.clone())
            search.update(indices)
    return search.settled(score, _alone(batches, search.finalists))


def _alone(batches: Iterable[tuple[Tensor, Tensor]], indices: Iterable[int]) -> Iterator[tuple[int, Tensor]]:
    wanted = set(indices)
    for inputs, numbers in batches:
        if not wanted:
            return
        for row, index in enumerate(numbers.tolist()):
            if index in wanted:
                wanted.remove(index)
                yield index, inputs[row : row + 1]


class Search:
    """A search within a pass that runs anyway.

    What it finds is what a full sort of all examples, each seen alone, would find - unless more examples than
    `MARGIN` compete for the last rank that differ by less than `TOLERANCE` and yet are not equal. Of a pass in half
    precision the candidates are as good as that precision.

        search = Search(network, layers)
        with search.watching():
            for inputs, indices in batches:
                network(inputs)
                search.update(indices)
        strongest = search.settled(network, ((index, example(index)) for index in search.finalists))

    Args:
        network: The network that runs.
        layers: Names as in `named_modules()`; or for each name the channels to look at.
        top: How many examples a feature map.
    """

    def __init__(self, network: nn.Module, layers: Sequence[str] | Mapping[str, Sequence[int]], *, top: int = 9):
        self.network = network
        self.channels = {
            layer: torch.tensor(layers[layer]) if isinstance(layers, Mapping) else slice(None) for layer in layers
        }
        self.top = top
        self._maxima: dict[str, Tensor] = {}
        self._candidates: dict[str, Strongest] = {}

    @contextmanager
    def watching(self) -> Iterator[None]:
        """While the network runs, take each feature map's maximum; of a layer that runs twice, the last time's."""
        with watching(self.network, list(self.channels), self._note):
            yield

    def _note(self, layer: str, output: Tensor) -> None:
        # At once, for what follows may rectify the maps in place.
        maps = output[:, self.channels[layer]]
        self._maxima[layer] = maps.reshape(*maps.shape[:2], -1).amax(2)

    def update(self, indices: Tensor) -> None:
        """Count in the batch that the network has just read.

        Args:
            indices: `(batch,)`: the examples' numbers, by which they are known.
        """
        indices = indices.cpu()
        for layer, maxima in self._maxima.items():
            values = maxima.T.cpu()
            values = values if values.dtype == torch.float64 else values.float()
            known = self._candidates.get(layer) or nothing(values, self.top + MARGIN)
            weakest = known.values.amin(1, keepdim=True)
            slack = TOLERANCE * known.values.abs().masked_fill(known.values.isinf(), 0).amax(1, keepdim=True)
            # Most examples are no candidate of any map, which is told without sorting.
            earlier = indices < known.indices.amax(1, keepdim=True)
            hopeful = ((values > weakest + slack) | ((values >= weakest - slack) & earlier)).any(0)
            if hopeful.any():
                known = Strongest(
                    torch.cat([known.values, values[:, hopeful]], dim=1),
                    torch.cat([known.indices, indices[hopeful].expand(len(values), -1)], dim=1),
                    known.places.new_empty(len(values), known.values.shape[1] + int(hopeful.sum()), 0),
                ).best(self.top + MARGIN, tolerance=TOLERANCE)
            self._candidates[layer] = known
        self._maxima = {}

    @property
    def finalists(self) -> list[int]:
        """The examples that are a candidate of any feature map."""
        found = [candidates.indices.flatten() for candidates in self._candidates.values()]
        return [index for index in torch.cat(found).unique().tolist() if index >= 0] if found else []

    def settled(self, score: Score, examples: Iterable[tuple[int, Tensor]]) -> dict[str, Strongest]:
        """The strongest examples, with the values and places that each has when it is alone.

        Args:
            score: What runs the network on an example.
            examples: The finalists: each with its input `(1, ...)`.

        Raises:
            ValueError: When a layer has never run, or gives no tensor.
        """
        idle = [layer for layer in self.channels if layer not in self._candidates]
        if idle:
            raise ValueError(f"The layer {idle[0]!r} gives no tensor, or never runs. Take another.")
        latest: dict[str, Tensor] = {}
        settled = dict(self._candidates)

        def note(layer: str, output: Tensor) -> None:
            latest[layer] = output[0, self.channels[layer]].clone()

        with undisturbed(score), torch.no_grad(), watching(self.network, list(self.channels), note):
            for index, inputs in examples:
                score(inputs.clone())
                for layer, maps in latest.items():
                    if settled[layer] is self._candidates[layer]:
                        settled[layer] = self._candidates[layer].with_room_for_places(maps.ndim - 1)
                    found = settled[layer]
                    rows, columns = (found.indices == index).nonzero(as_tuple=True)
                    largest, at = maps.reshape(len(maps), -1)[rows.to(maps.device)].max(1)
                    found.values[rows, columns] = largest.to(found.values)
                    for dimension, place in enumerate(torch.unravel_index(at.cpu(), maps.shape[1:])):
                        found.places[rows, columns, dimension] = place
        return {layer: found.best(self.top) for layer, found in settled.items()}
