"""What all picture data share: tables, splits, budgets, batches and augmentation."""

import logging
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import torch

from lightwell.chance import generator
from lightwell.config.mistakes import ConfigMistakes, Mistake
from lightwell.data.augmentation import Augmentation
from lightwell.data.batches import PictureBatch, Split
from lightwell.data.decode import Colour, UnreadablePicture, as_colour
from lightwell.data.split_data import SplitData
from lightwell.data.table import Listing, Table, load_table

log = logging.getLogger(__name__)


class Pictures(SplitData):
    """Labelled pictures in three splits.

    Args:
        image_size: The side of the squares that pictures become, in pixels.
        colour: `rgb`, or `grey` for one channel.
        batch_size: Examples a step, over all processes together.
        budget: Train on this many examples only: the first of a fixed order that takes one of each class in turn,
            so that a smaller budget is part of every larger one.
        augmentation: How training pictures are changed, or None.
        num_workers: Worker processes that fetch batches; they change nothing but the speed.
        on_error: Whether an unreadable picture stops the run before training or is skipped and counted.
        seed: What shuffling and augmentation are drawn from.
    """

    gives = "images"
    classes: tuple[str, ...]
    splits: dict[str, Split]
    evidence_layers: Mapping[str, tuple[str, ...]] = {}

    def __init__(
        self,
        *,
        image_size: int,
        colour: Colour = "rgb",
        batch_size: int = 64,
        budget: int | None = None,
        augmentation: Augmentation | None = None,
        num_workers: int = 0,
        on_error: Literal["stop", "skip"] = "stop",
        seed: int = 0,
    ):
        super().__init__(batch_size=batch_size, num_workers=num_workers, seed=seed)
        self.image_size = image_size
        self.colour = colour
        self.budget = budget
        self.augmentation = augmentation
        self.on_error = on_error

    @abstractmethod
    def make_splits(self) -> dict[str, Split]:
        """The splits `train`, `val` and `test`, before any budget."""

    def load(self) -> None:
        """Decode what is not in the cache yet, and make the splits; safe in several processes at once.

        Raises:
            ConfigMistakes: When pictures cannot be read, or the splits leave nothing to train or test on.
        """
        if self.splits:
            return
        splits = self.make_splits()
        empty = [name for name, split in splits.items() if len(split) == 0]
        if empty:
            problem = f"No example is left for: {', '.join(empty)}."
            raise ConfigMistakes([Mistake("data", None, problem, "Give more pictures or other split sizes.")])
        if self.budget is not None:
            splits["train"] = self.within_budget(splits["train"])
        self.splits = splits

    def within_budget(self, train: Split) -> Split:
        """As many training examples as the budget allows, one of each class in turn."""
        return Split(train.table, train.positions[balanced_order(train.labels)[: self.budget]])

    def table(self, listing: Listing, title: str) -> Table:
        """A listing's decoded table; what could not be read is named, and stops the run or is counted."""
        try:
            table = load_table(listing, title=title)
        except UnreadablePicture as error:
            raise ConfigMistakes([Mistake("data", None, str(error), "Mend or remove the pictures.")]) from error
        if table.unreadable:
            shown = "\n    ".join(table.unreadable[:10]) + ("\n    ..." if len(table.unreadable) > 10 else "")
            if self.on_error == "stop":
                problem = f"{len(table.unreadable)} of {len(listing.names)} pictures cannot be read:\n    {shown}\n"
                advice = "Mend or remove them, or leave them out with data.on_error=skip."
                raise ConfigMistakes([Mistake("data", None, problem, advice)])
            log.warning("%d pictures cannot be read and are left out:\n    %s", len(table.unreadable), shown)
        return table

    @property
    def channels(self) -> int:
        """3 for colour, 1 for grey."""
        return 3 if self.colour == "rgb" else 1

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """One example's shape, `(channels, height, width)`."""
        return (self.channels, self.image_size, self.image_size)

    @property
    def class_counts(self) -> tuple[list[int], int]:
        """How many training examples have each class, and how many training examples there are."""
        labels = self.splits["train"].labels
        counts = labels.sum(0) if labels.ndim == 2 else np.bincount(labels, minlength=len(self.classes))
        return [int(count) for count in counts], len(labels)

    def channel_statistics(self) -> tuple[list[float], list[float]]:
        """Mean and standard deviation of each channel over up to 2048 training pictures, in [0, 1]."""
        split = self.splits["train"]
        members = np.linspace(0, len(split) - 1, min(len(split), 2048)).astype(np.int64)
        images = split.batch(members).images.float() / 255
        return images.mean((0, 2, 3)).tolist(), images.std((0, 2, 3)).clamp_min(1e-3).tolist()

    def fingerprint(self) -> dict[str, Any]:
        """What the data were, for the run's provenance."""
        tables = {id(split.table): split.table.fingerprint for split in self.splits.values()}
        sizes = {name: len(split) for name, split in self.splits.items()}
        return {"fingerprint": "-".join(tables.values()), **sizes, "classes": list(self.classes)}

    @property
    def explained(self) -> Split:
        """What can be explained: the test examples."""
        return self.splits["test"]

    def evidence(self, split: str, position: int, class_name: str) -> np.ndarray | None:
        """Where a class shows in an example: `(height, width)` bool, or None where that is not known."""
        table = self.splits[split].table
        wanted = self.evidence_layers.get(class_name, (class_name,))
        layers = [table.layers.index(layer) for layer in wanted if layer in table.layers]
        mask = table.mask(position) if layers else None
        return None if mask is None else np.any(mask[:, :, layers], axis=-1)

    def test_pictures(self, positions: np.ndarray, device: torch.device) -> tuple[torch.Tensor, np.ndarray]:
        """Test pictures `(batch, channels, height, width)` in [0, 1], and their labels."""
        table = self.splits["test"].table
        return torch.from_numpy(table.images[positions]).to(device, torch.float32) / 255, table.labels[positions]

    def original(self, position: int) -> np.ndarray:
        """A test picture as people should see it, `(height, width, 3)` uint8; photographs in their own proportions."""
        return as_colour(self.splits["test"].table.images[position])

    def on_after_batch_transfer(self, batch: PictureBatch, dataloader_idx: int) -> PictureBatch:
        """On the device: bytes to [0, 1], and training pictures augmented."""
        images = batch.images.to(torch.float32).div_(255)
        if self.augmentation and self.trainer and self.trainer.training:
            images = self.augmentation(images, batch.indices, seed=self.seed, epoch=self.trainer.current_epoch)
        return batch._replace(images=images)


def balanced_order(labels: np.ndarray) -> np.ndarray:
    """A fixed order that takes one example of each class in turn; multi-hot labels are only shuffled."""
    shuffled = generator("budget").permutation(len(labels))
    if labels.ndim == 2:
        return shuffled
    turn = np.empty(len(labels), dtype=np.int64)
    for class_index in np.unique(labels):
        members = shuffled[labels[shuffled] == class_index]
        turn[members] = np.arange(len(members))
    return shuffled[np.argsort(turn[shuffled], kind="stable")]
