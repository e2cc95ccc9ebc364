"""Cross-validation: a run for each fold, and one that pools them."""

import copy
import logging
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from lightwell.finish import close
from lightwell.runs.folder import RunFolder
from lightwell.runs.origin import Origin
from lightwell.runs.predictions import Predictions
from lightwell.tasks.classification_metrics import classification_metrics

log = logging.getLogger(__name__)


def cross_validate(
    folder: RunFolder,
    settings: dict[str, Any],
    origin: Origin,
    train: Callable[[RunFolder, dict[str, Any]], dict[str, float]],
) -> dict[str, float]:
    """Train once for each fold, in `folds/<k>`, and measure all test predictions together.

    Resumed, it leaves the folds that are finished as they are.

    Every example is tested exactly once, by a network that never saw its group. Figures are pooled, not averaged:
    folds differ in size.
    """
    folds = settings["data"]["folds"]
    figures: list[dict[str, float]] = []
    earlier = folder.earlier(settings)
    if earlier and earlier.status == "finished":
        folder.tell_finished()
        return earlier.metrics
    with folder.recording(settings, origin):
        for fold in range(folds):
            log.info("Fold %d of %d", fold + 1, folds)
            fold_settings = copy.deepcopy(settings)
            fold_settings["data"] |= {"fold": fold, "folds": folds}
            figures.append(train(RunFolder(folder.path / "folds" / str(fold), writes=folder.writes), fold_settings))
        if not folder.writes:
            return {}
        parts = [Predictions.load(folder.path / "folds" / str(fold) / "predictions.npz") for fold in range(folds)]
        pooled = Predictions.pooled(parts)
        pooled.save(folder.path / "predictions.npz")
        metrics = pooled_figures(pooled, settings["output"]) | pooled_baselines(figures, parts)
        close(folder, metrics, pooled)
    return metrics


def pooled_figures(predictions: Predictions, output: Any) -> dict[str, float]:
    """The test metrics of predictions from several networks."""
    metrics = classification_metrics(output, len(predictions.classes)).clone(prefix="test/")
    figures = metrics(torch.from_numpy(predictions.probabilities), torch.from_numpy(predictions.labels).long())
    return {name: float(value) for name, value in figures.items()}


def pooled_baselines(figures: list[dict[str, float]], parts: list[Predictions]) -> dict[str, float]:
    """The baselines' shares of right answers over all folds together."""
    names = [name for name in figures[0] if name.startswith("baseline/")]
    sizes = [len(part.labels) for part in parts]
    return {name: float(np.average([fold[name] for fold in figures], weights=sizes)) for name in names}
