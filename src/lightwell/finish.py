"""The last step of a run: figures, pictures and the report."""

import logging
from typing import Any

import numpy as np

from lightwell.assembly import Parts
from lightwell.callbacks.baselines import Baselines
from lightwell.callbacks.checkpoint import Checkpoint
from lightwell.callbacks.face_baselines import FaceBaselines
from lightwell.callbacks.lookup import callbacks_of
from lightwell.callbacks.predictions import PredictionTable
from lightwell.data.content_and_style import ContentAndStyle
from lightwell.render.confusion import confusion_picture
from lightwell.render.report import write_report
from lightwell.runs.folder import RunFolder
from lightwell.runs.predictions import Predictions

log = logging.getLogger(__name__)


def finish(folder: RunFolder, parts: Parts, settings: dict[str, Any]) -> dict[str, float]:
    """Gather a tested run's final figures and write them; returns them."""
    trainer = parts.trainer
    metrics = {name: float(value) for name, value in trainer.callback_metrics.items() if name.startswith("test/")}
    for checkpoint in callbacks_of(trainer, Checkpoint):
        if checkpoint.best_score is not None:
            metrics |= {f"best/{settings['monitor']}": checkpoint.best_score, "best/epoch": checkpoint.best_epoch}
    for baselines in callbacks_of(trainer, Baselines):
        assert not isinstance(parts.data, ContentAndStyle)
        metrics |= baseline_figures(baselines.predicted, parts.data.explained.labels)
    for without_training in callbacks_of(trainer, FaceBaselines):
        metrics |= without_training.figures
    tables = callbacks_of(trainer, PredictionTable)
    close(folder, metrics, tables[0].predictions if tables else None)
    return metrics


def baseline_figures(predicted: dict[str, np.ndarray], labels: np.ndarray) -> dict[str, float]:
    """Each baseline's accuracy."""
    return {f"baseline/{name}/accuracy": float((classes == labels).mean()) for name, classes in predicted.items()}


def close(folder: RunFolder, metrics: dict[str, float], predictions: Predictions | None) -> None:
    """Write final figures, confusion matrix and report, and mark the run as finished."""
    if not folder.writes:
        return
    folder.record_metrics(metrics)
    if predictions is not None and not predictions.multilabel:
        confusion_picture(predictions).save(folder.path / "confusion_matrix.png")
    folder.record_provenance()
    folder.record_status("finished")
    for name, value in metrics.items():
        if name.startswith(("test/", "baseline/")):
            log.info("  %-36s %s", name, f"{value:.4f}" if abs(value) > 1e-3 else f"{value:.3g}")
    log.info("report: %s", write_report(folder.path))
