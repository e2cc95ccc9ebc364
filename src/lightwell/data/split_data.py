"""What all data share: three splits, and the batches of them."""

from abc import abstractmethod
from typing import Any

import pytorch_lightning as lightning

from lightwell.data.batches import Batches


class SplitData(lightning.LightningDataModule):
    """Examples to train, to validate and to test on.

    Args:
        batch_size: Examples a step, over all processes together.
        num_workers: Worker processes that make or fetch batches; they change nothing but the speed.
        seed: What shuffling and all that is drawn for training follows from.
    """

    def __init__(self, *, batch_size: int, num_workers: int, seed: int):
        super().__init__()
        self.batch_size = batch_size
        self.num_workers = num_workers
        self.seed = seed
        self.splits: dict[str, Any] = {}

    @abstractmethod
    def load(self) -> None:
        """Make the splits `train`, `val` and `test`, once; safe in several processes at the same time."""

    def setup(self, stage: str) -> None:
        """Make the splits; Lightning calls it in each process."""
        self.load()

    def batches(self, split: str, *, shuffle: bool = False) -> Batches:
        """This process's batches of a split."""
        trainer = self.trainer
        return Batches(
            self.splits[split],
            batch_size=self.batch_size,
            seed=self.seed,
            shuffle=shuffle,
            rank=trainer.global_rank if trainer else 0,
            world_size=trainer.world_size if trainer else 1,
            num_workers=self.num_workers,
        )

    def train_dataloader(self) -> Batches:
        """The training batches, in an order of each epoch's own."""
        return self.batches("train", shuffle=True)

    def val_dataloader(self) -> Batches:
        """The validation batches."""
        return self.batches("val")

    def test_dataloader(self) -> Batches:
        """The test batches."""
        return self.batches("test")
