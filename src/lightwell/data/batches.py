"""Batches whose content is a function of the seed, the epoch and the position alone."""

from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import Generic, NamedTuple, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from lightwell.chance import generator
from lightwell.data.table import Table


class PictureBatch(NamedTuple):
    """A batch of labelled pictures.

    Attributes:
        images: `(batch, channels, height, width)`: uint8 from the loader, float32 in [0, 1] on the device.
        labels: `(batch,)` int64, or `(batch, K)` float32 for multi-hot labels.
        indices: `(batch,)` int64, the examples' positions in their table.
    """

    images: Tensor
    labels: Tensor
    indices: Tensor


class Split:
    """Some examples of a table: those to train on, to validate on, or to test on."""

    def __init__(self, table: Table, positions: np.ndarray):
        self.table = table
        self.positions = np.asarray(positions, dtype=np.int64)

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def labels(self) -> np.ndarray:
        """The labels of the split's examples."""
        return self.table.labels[self.positions]

    def in_epoch(self, epoch: int) -> "Split":
        """The examples of an epoch, which are the same in each."""
        return self

    def batch(self, members: np.ndarray) -> PictureBatch:
        """The batch of the members with these numbers."""
        positions = self.positions[members]
        labels = torch.from_numpy(self.table.labels[positions])
        return PictureBatch(
            images=torch.from_numpy(self.table.images[positions]),
            labels=labels if labels.ndim == 1 else labels.float(),
            indices=torch.from_numpy(positions),
        )


Batch = TypeVar("Batch", covariant=True)


class Examples(Protocol[Batch]):
    """What batches are taken from; in each epoch there may be others, but always as many."""

    def __len__(self) -> int: ...

    def in_epoch(self, epoch: int) -> "Examples[Batch]":
        """The examples of an epoch."""

    def batch(self, members: np.ndarray) -> Batch:
        """The batch of the members with these numbers."""


class Batches(Generic[Batch]):
    """An iterable of batches for one process out of several, in an order drawn anew for each epoch.

    Every example is seen once an epoch: batches differ in size by one at most, so none is dropped and none is a
    tiny remainder. `batch_size` is that of all processes together, each of which takes its share of every batch, so
    a run on two processes takes the same steps as a run on one.
    """

    def __init__(
        self,
        split: Examples[Batch],
        *,
        batch_size: int,
        seed: int,
        shuffle: bool,
        rank: int = 0,
        world_size: int = 1,
        num_workers: int = 0,
    ):
        self.split = split
        self.shuffle = shuffle
        self.seed = seed
        self.rank = rank
        self.world_size = world_size
        self.num_workers = num_workers
        self.epoch = 0
        self.position = 0  # how many batches of this epoch have been handed out
        self.resumed = (0, 0)  # the epoch and the position in it at which a resumed run goes on
        # Where Lightning looks for `set_epoch` before each epoch.
        self.batch_sampler = SimpleNamespace(sampler=self)
        # A share must not be empty: where there are fewer examples than processes, some are seen twice.
        self.members = np.arange(max(len(split), world_size)) % len(split)
        self.batch_count = max(1, min(-(-len(split) // batch_size), len(split) // world_size))

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose order comes next; Lightning calls it before each."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.batch_count

    def shares(self) -> list[np.ndarray]:
        """The members of each batch that are this process's."""
        order = self.members
        if self.shuffle:
            order = generator(self.seed, "shuffle", self.epoch).permutation(order)
        return [batch[self.rank :: self.world_size] for batch in np.array_split(order, self.batch_count)]

    def __iter__(self) -> Iterator[Batch]:
        # Nothing here happens before the first batch is asked for: Lightning may choose the epoch after `iter`.
        epoch, start = self.resumed
        self.position = start if epoch == self.epoch else 0
        shares = self.shares()[self.position :]
        examples = self.split.in_epoch(self.epoch)
        batches: Iterable[Batch] = map(examples.batch, shares)
        if self.num_workers:
            batches = DataLoader(_Shares(examples, shares), batch_size=None, num_workers=self.num_workers)
        for batch in batches:
            self.position += 1
            yield batch

    def state_dict(self) -> dict[str, int]:
        """Where in which epoch this is; Lightning keeps it in checkpoints."""
        return {"epoch": self.epoch, "position": self.position}

    def load_state_dict(self, state_dict: dict[str, int]) -> None:
        """Go on there, the next time that epoch is iterated over."""
        self.resumed = (state_dict["epoch"], state_dict["position"])


class _Shares(Dataset[Batch]):
    """Shares by number, for torch's worker processes."""

    def __init__(self, examples: Examples[Batch], shares: list[np.ndarray]):
        self.examples = examples
        self.shares = shares

    def __len__(self) -> int:
        return len(self.shares)

    def __getitem__(self, number: int) -> Batch:
        return self.examples.batch(self.shares[number])
