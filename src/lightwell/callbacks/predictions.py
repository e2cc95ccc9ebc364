"""Keeping what a network says of every test example."""

from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as lightning

from lightwell.processes import gathered
from lightwell.runs.predictions import Predictions


class PredictionTable(lightning.Callback):
    """Collects the test split's probabilities from all processes, for the pictures, the report and anyone's own use."""

    def __init__(self) -> None:
        self.parts: list[tuple[np.ndarray, np.ndarray]] = []
        self.predictions: Predictions | None = None
        self.positions = np.empty(0, dtype=np.int64)

    def on_test_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Begin anew."""
        self.parts = []

    def on_test_batch_end(
        self,
        trainer: lightning.Trainer,
        pl_module: lightning.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Keep a batch's positions and probabilities."""
        self.parts.append((batch.indices.cpu().numpy(), outputs.float().cpu().numpy()))

    def on_test_epoch_end(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Bring the processes' shares together, in the order of the split."""
        parts = [part for share in gathered(trainer, self.parts) for part in share]
        positions, first = np.unique(np.concatenate([part[0] for part in parts]), return_index=True)
        table = trainer.datamodule.splits["test"].table  # type: ignore[attr-defined]
        self.positions = positions
        self.predictions = Predictions(
            names=np.array([table.names[position] for position in positions]),
            labels=table.labels[positions],
            probabilities=np.concatenate([part[1] for part in parts])[first],
            classes=pl_module.classes,
        )
        if trainer.is_global_zero:
            self.predictions.save(Path(trainer.default_root_dir) / "predictions.npz")
