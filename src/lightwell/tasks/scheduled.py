"""What every task shares: the optimizer, the schedule, and what a checkpoint keeps of it."""

from collections.abc import Callable
from typing import Any

import pytorch_lightning as lightning
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from lightwell.config.resolvers import best_is


class Scheduled(lightning.LightningModule):
    """Learns with an optimizer whose learning rate follows a schedule.

    Args:
        optimizer: From parameters to an optimizer.
        schedule: From training progress in [0, 1] to a factor on the learning rate.
        monitor: The metric that a schedule observes.
    """

    def __init__(
        self, *, optimizer: Callable[..., Optimizer], schedule: Callable[[float], float], monitor: str
    ) -> None:
        super().__init__()
        self.optimizer = optimizer
        self.schedule = schedule
        self.monitor = monitor
        self.trained_epoch = 0  # the epoch whose weights are in place

    def learned(self) -> Any:
        """What the optimizer is given."""
        return self.parameters()

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """The optimizer, with the schedule stepped after each of its steps."""
        optimizer = self.optimizer(self.learned())
        steps = max(1, int(self.trainer.estimated_stepping_batches))
        scheduler = LambdaLR(optimizer, lambda step: self.schedule(step / steps))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    def on_validation_epoch_end(self) -> None:
        """Let a schedule that observes see the epoch's metric."""
        self.observed(self.trainer.callback_metrics.get(self.monitor))

    def observed(self, metric: Tensor | float | None) -> None:
        """Tell a schedule that observes what the epoch's metric is."""
        observe = getattr(self.schedule, "observe", None)
        if observe and metric is not None and not self.trainer.sanity_checking:
            observe(float(metric), best_is=best_is(self.monitor))

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the schedule's state, which is plain: one that observes has some."""
        checkpoint["schedule"] = dict(vars(self.schedule))

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Restore the schedule's state, and note which epoch's weights these are."""
        vars(self.schedule).update(checkpoint["schedule"])
        self.trained_epoch = checkpoint["epoch"]

    def on_train_epoch_end(self) -> None:
        """Note which epoch's weights these are."""
        self.trained_epoch = self.current_epoch
