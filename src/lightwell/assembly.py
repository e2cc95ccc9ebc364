"""From a config to the objects of a run."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytorch_lightning as lightning
import torch
from pytorch_lightning.callbacks import LearningRateMonitor, ProgressBar
from pytorch_lightning.loggers import TensorBoardLogger
from torch import nn

from lightwell.build import build, later, mistaken
from lightwell.callbacks.artworks import Artworks
from lightwell.callbacks.detections import Detections
from lightwell.callbacks.epoch_means import EpochMeans
from lightwell.callbacks.epoch_table import EpochTable
from lightwell.callbacks.interruption import Interruption
from lightwell.callbacks.predictions import PredictionTable
from lightwell.callbacks.progress import progress
from lightwell.callbacks.pruning import pruning
from lightwell.callbacks.step_seed import StepSeed
from lightwell.callbacks.verification import Verification
from lightwell.config.mistakes import ConfigMistakes, Mistake
from lightwell.data.content_and_style import ContentAndStyle
from lightwell.data.mixtures import Mixtures
from lightwell.data.pictures import Pictures
from lightwell.processes import check_processes
from lightwell.tasks.style_transfer import StyleTransfer
from lightwell.tasks.task import Task

# What records the test, where that is not only what is said of each example.
RECORDS: dict[str, tuple[type[lightning.Callback], ...]] = {
    "embedding": (PredictionTable, Verification),
    "events": (Detections,),
    "picture": (Artworks,),
}


@dataclass(frozen=True)
class Parts:
    """What a run is made of, built and found to fit before any data are read."""

    data: Pictures | Mixtures | ContentAndStyle
    model: nn.Module
    optimizer: functools.partial[torch.optim.Optimizer]
    schedule: Any
    trainer: lightning.Trainer


def assemble(settings: dict[str, Any], folder: Path, interruption: Interruption, *, from_step: int = 0) -> Parts:
    """Build what can be built without data; nothing is written or read yet.

    Args:
        settings: The composed config, resolved and plain.
        folder: Where the run's records go.
        interruption: What listens to signals.
        from_step: The step at which the run goes on; curves of what is trained once more are left out.

    Raises:
        ConfigMistakes: All that only building could tell, at once.
    """
    mistakes: list[Mistake] = []

    def attempt(make: Callable[[], Any]) -> Any:
        try:
            return make()
        except ConfigMistakes as found:
            mistakes.extend(found.mistakes)
            return None

    lightning.seed_everything(settings["seed"], verbose=False)
    data = attempt(lambda: build(settings["data"], key="data"))
    model: Any = attempt(lambda: build_model(settings, data)) if data else None
    optimizer = attempt(lambda: later(settings["optimizer"], key="optimizer"))
    if optimizer and model:
        attempt(lambda: try_optimizer(optimizer, model))
    schedule = attempt(lambda: build(settings["scheduler"], key="scheduler"))
    if model or settings["output"] != "picture":  # a picture's loss names layers of the network
        attempt(lambda: build(settings["loss"], key="loss", class_counts=([1], 1), network=model))
    attempt(lambda: check_processes(settings["hardware"]))
    trainer = attempt(lambda: build_trainer(settings, folder, interruption, from_step))
    if mistakes:
        raise ConfigMistakes(mistakes)
    return Parts(data, model, optimizer, schedule, trainer)


def build_model(settings: dict[str, Any], data: Pictures | Mixtures | ContentAndStyle) -> nn.Module:
    """The network, tried once on a blank batch so that a misfit is told now."""
    if isinstance(data, ContentAndStyle):
        return build(settings["model"], key="model")
    outputs = outputs_of(settings, data.classes)
    model = build({"outputs": outputs, **settings["model"]}, key="model", input_shape=data.input_shape)
    with mistaken("model", settings["model"]), torch.no_grad():
        model.eval()
        scores = model(torch.zeros(2, *data.input_shape))
        model.train()
        expected = (2, len(data.times), outputs) if isinstance(data, Mixtures) else (2, outputs)
        if scores.shape != expected:
            raise ValueError(f"It gives {tuple(scores.shape)} for 2 examples, where {expected} is expected.")
    return model


def outputs_of(settings: dict[str, Any], classes: Sequence[str]) -> int:
    """How many numbers the network gives for an example."""
    if settings["output"] == "embedding":
        return int(settings["task"]["embedding_size"])
    return 1 if settings["output"] in ("binary", "events") else len(classes)


def try_optimizer(optimizer: functools.partial[torch.optim.Optimizer], model: nn.Module) -> None:
    """Make the optimizer once, since it checks its own values."""
    with mistaken("optimizer", optimizer.keywords):
        optimizer(model.parameters())


def build_trainer(
    settings: dict[str, Any], folder: Path, interruption: Interruption, from_step: int
) -> lightning.Trainer:
    """Lightning's trainer, with the chosen callbacks after those that every run has."""
    chosen = build(settings["callbacks"] or {}, key="callbacks")
    loggers = build(settings["logger"] or {}, key="logger", save_dir=str(folder))
    for logger in loggers.values():
        if isinstance(logger, TensorBoardLogger) and from_step:
            logger._kwargs["purge_step"] = from_step  # as its constructor takes it
    progress_shown = progress()
    of_the_test = RECORDS.get(settings["output"], (PredictionTable,))
    callbacks = [
        StepSeed(settings["seed"]),
        *(callback() for callback in of_the_test),
        EpochMeans(),
        EpochTable(),
        interruption,
        progress_shown,
        *pruning(folder, monitor=settings["monitor"]),
        *(callback for callback in chosen.values() if loggers or not isinstance(callback, LearningRateMonitor)),
    ]
    return build(
        settings["hardware"],
        key="hardware",
        callbacks=callbacks,
        logger=list(loggers.values()) or False,
        default_root_dir=str(folder),
        max_epochs=settings["epochs"],
        use_distributed_sampler=False,  # our batches know their process's share
        num_sanity_val_steps=0,
        enable_model_summary=False,
        enable_progress_bar=isinstance(progress_shown, ProgressBar),
        log_every_n_steps=10,
        enable_checkpointing="checkpoint" in chosen,
    )


def make_task(parts: Parts, settings: dict[str, Any]) -> Task | StyleTransfer:
    """The LightningModule, once the training pictures are at hand."""
    if isinstance(parts.data, ContentAndStyle):
        return make_style_transfer(parts, parts.data, settings)
    # A network that was trained before was trained on inputs normalised in a way of its own.
    mean, std = getattr(parts.model, "normalisation", None) or parts.data.channel_statistics()
    loss = build(settings["loss"], key="loss", class_counts=parts.data.class_counts)
    task: Task = build(
        settings["task"],
        key="task",
        model=parts.model,
        loss=loss,
        optimizer=parts.optimizer,
        schedule=parts.schedule,
        classes=parts.data.classes,
        mean=mean,
        std=std,
    )
    # Plain data: a checkpoint that holds it can be loaded as weights only, and is enough to build the task again.
    about = {"config": settings, "classes": list(parts.data.classes), "input_shape": list(parts.data.input_shape)}
    task.save_hyperparameters(about, logger=False)
    return task


def make_style_transfer(parts: Parts, data: ContentAndStyle, settings: dict[str, Any]) -> StyleTransfer:
    """The LightningModule whose parameters are pictures, once what they are to become is at hand."""
    task: StyleTransfer = build(
        settings["task"],
        key="task",
        model=parts.model,
        loss=build(settings["loss"], key="loss", network=parts.model),
        optimizer=parts.optimizer,
        schedule=parts.schedule,
        artworks=data.artworks,
    )
    with mistaken("optimizer", parts.optimizer.keywords):
        parts.optimizer(task.learned())
    with mistaken("data.size", settings["data"]["size"]):
        task.try_sizes()
    names = [artwork.name for artwork in data.artworks]
    task.save_hyperparameters({"config": settings, "artworks": names}, logger=False)
    return task
