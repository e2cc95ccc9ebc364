"""Carrying an epoch's running means over an interruption."""

from typing import Any

import pytorch_lightning as lightning

from lightwell.processes import gathered

Sums = dict[str, tuple[float, int]]


class EpochMeans(lightning.Callback):
    """Keeps what `self.log(..., on_epoch=True)` has summed up so far in checkpoints, which Lightning's own leave out.

    Without it the training loss of a resumed epoch is the mean over the part after the interruption only.
    """

    def __init__(self) -> None:
        self.resumed: Sums = {}

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Add the sums from before the interruption, once the first step after it has made a place for them."""
        for key, mean in running_means(trainer).items() if self.resumed else ():
            value, weight = self.resumed[key]
            mean.value = mean.value + value
            mean.cumulated_batch_size = mean.cumulated_batch_size + weight
        self.resumed = {}

    def on_save_checkpoint(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Keep every process's sums; none at an epoch's end, when they have been told."""
        batches = trainer.fit_loop.epoch_loop.batch_progress.current.ready
        means = running_means(trainer) if batches < trainer.num_training_batches else {}
        sums = {key: (mean.value.item(), mean.cumulated_batch_size.item()) for key, mean in means.items()}
        checkpoint["epoch_means"] = gathered(trainer, sums)

    def on_load_checkpoint(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Take them up, if as many processes go on."""
        shares = checkpoint.get("epoch_means", [])
        if trainer.state.fn == "fit" and len(shares) == trainer.world_size:
            self.resumed = shares[trainer.global_rank]


def running_means(trainer: lightning.Trainer) -> dict[str, Any]:
    """Lightning's running means of the training epoch under way, by name."""
    results = trainer.fit_loop.epoch_loop._results
    return {key: mean for key, mean in results.items() if mean.is_tensor and mean.meta.is_mean_reduction}
