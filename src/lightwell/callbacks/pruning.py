"""Ending a trial of a search that is not worth going on with."""

from pathlib import Path

import pytorch_lightning as lightning

from lightwell.runs.files import read_json
from lightwell.runs.interrupted import Pruned
from lightwell.sweeps.search import open_study


class Pruning(lightning.Callback):
    """Reports the monitored metric to the search after each epoch, and stops the trial if the search says so.

    The first process decides, and all stop together.

    Args:
        folder: The trial's run folder, in the sweep's, with the trial's number in `trial.json`.
        monitor: The metric by which trials are judged.
    """

    def __init__(self, folder: Path, *, monitor: str):
        self.folder = folder
        self.monitor = monitor

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Report, and ask."""
        prune = False
        if trainer.is_global_zero:
            prune = self._report(float(trainer.callback_metrics[self.monitor]), trainer.current_epoch)
        if trainer.strategy.broadcast(prune):
            raise Pruned(f"after epoch {trainer.current_epoch + 1}, below the median of the trials before it")

    def _report(self, value: float, epoch: int) -> bool:
        import optuna

        study = open_study(self.folder.parent, pruner=optuna.pruners.MedianPruner())
        number = read_json(self.folder / "trial.json")["trial"]
        trial = optuna.trial.Trial(study, study.get_trials()[number]._trial_id)
        if epoch not in study.get_trials()[number].intermediate_values:  # reported before it was resumed
            trial.report(value, epoch)
        return trial.should_prune()


def pruning(folder: Path, *, monitor: str) -> list[lightning.Callback]:
    """The callback for a run that is a trial; none for any other."""
    return [Pruning(folder, monitor=monitor)] if (folder / "trial.json").is_file() else []
