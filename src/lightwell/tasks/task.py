"""What every task shares: normalised inputs, the optimizer, the schedule, and what a checkpoint keeps."""

from collections.abc import Callable
from typing import Any

import pytorch_lightning as lightning
import torch
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from lightwell.config.resolvers import best_is


class Task(lightning.LightningModule):
    """A network that is asked something of pictures, or of sounds as pictures of their bands over time.

    Args:
        model: From normalised inputs to what it says of them.
        loss: What is minimised.
        optimizer: From parameters to an optimizer.
        schedule: From training progress in [0, 1] to a factor on the learning rate.
        classes: The names of what is scored.
        mean: Each channel's mean over the training inputs.
        std: Each channel's standard deviation over the training inputs.
        monitor: The metric that a schedule observes.
    """

    inputs = "images"

    def __init__(
        self,
        *,
        model: nn.Module,
        loss: nn.Module,
        optimizer: Callable[..., Optimizer],
        schedule: Callable[[float], float],
        classes: tuple[str, ...],
        mean: list[float],
        std: list[float],
        monitor: str,
    ):
        super().__init__()
        self.model = model
        self.loss = loss
        self.optimizer = optimizer
        self.schedule = schedule
        self.classes = classes
        self.monitor = monitor
        self.mean: Tensor
        self.std: Tensor
        self.trained_epoch = 0  # the epoch whose weights are in place
        self.register_buffer("mean", torch.tensor(mean)[:, None, None])
        self.register_buffer("std", torch.tensor(std)[:, None, None])

    def forward(self, inputs: Tensor) -> Tensor:
        """What the network says of inputs `(batch, channels, height, width)` in [0, 1]."""
        return self.model((inputs - self.mean) / self.std)

    def weights_changed(self) -> None:
        """Told when the network was exchanged, for what was worked out with the one before."""

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """The optimizer, with the schedule stepped after each of its steps."""
        optimizer = self.optimizer(self.parameters())
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
