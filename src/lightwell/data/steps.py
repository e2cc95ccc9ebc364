"""Batches that hold nothing but their number, where what is learned needs no examples."""

from collections.abc import Iterator
from types import SimpleNamespace


class Steps:
    """The steps of an epoch, and where in it a resumed run goes on; every process takes all of them."""

    def __init__(self, count: int):
        self.count = count
        self.epoch = 0
        self.position = 0
        self.resumed = (0, 0)
        # Where Lightning looks for `set_epoch` before each epoch.
        self.batch_sampler = SimpleNamespace(sampler=self)

    def set_epoch(self, epoch: int) -> None:
        """Told by Lightning which epoch comes next."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[int]:
        epoch, start = self.resumed
        self.position = start if epoch == self.epoch else 0
        while self.position < self.count:
            self.position += 1
            yield self.position - 1

    def state_dict(self) -> dict[str, int]:
        """Where in which epoch this is; Lightning keeps it in checkpoints."""
        return {"epoch": self.epoch, "position": self.position}

    def load_state_dict(self, state_dict: dict[str, int]) -> None:
        """Go on there, the next time that epoch is iterated over."""
        self.resumed = (state_dict["epoch"], state_dict["position"])
