"""An epoch's figures, a row each."""

import csv
import io
from pathlib import Path
from typing import Any

import pytorch_lightning as lightning

from lightwell.runs.files import write_text


class EpochTable(lightning.Callback):
    """`metrics.csv`: everything logged in training and validation, written anew after every epoch."""

    def __init__(self) -> None:
        self.rows: list[dict[str, float]] = []

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Add the epoch's row."""
        figures = {name: float(value) for name, value in trainer.callback_metrics.items() if "/" in name}
        lr = trainer.optimizers[0].param_groups[0]["lr"]
        self.rows.append({"epoch": trainer.current_epoch, **figures, "learning_rate": float(lr)})
        if trainer.is_global_zero:
            write_text(Path(trainer.default_root_dir) / "metrics.csv", self.as_csv())

    def state_dict(self) -> dict[str, Any]:
        """The rows so far: a resumed run's table has no gap, and no epoch twice."""
        return {"rows": self.rows}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on below them."""
        self.rows = list(state_dict["rows"])

    def as_csv(self) -> str:
        """The table, with a column for every figure that any epoch has."""
        columns = list(dict.fromkeys(name for row in self.rows for name in row))
        table = io.StringIO()
        writer = csv.DictWriter(table, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        return table.getvalue()
