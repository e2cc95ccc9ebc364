"""Painting one photograph, without a run folder."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytorch_lightning as lightning
from omegaconf import OmegaConf
from PIL import Image

from lightwell.assembly import Parts, make_style_transfer
from lightwell.build import build, later
from lightwell.config.check import check, conf_folder
from lightwell.config.command_line import preflight
from lightwell.config.compose import compose
from lightwell.config.mistakes import ConfigMistakes
from lightwell.run import quiet_libraries
from lightwell.tasks.style_transfer import StyleTransfer

STEPS_AN_EPOCH = 10  # the picture is written as often


class Preview(lightning.Callback):
    """Writes the best picture so far every few steps, tells of every step, and ends after the one in hand on Ctrl-C.

    Args:
        output: The picture's file.
        step_done: Told the loss after each step.
    """

    def __init__(self, output: Path, step_done: Callable[[float], None]):
        self.output = output
        self.step_done = step_done
        self.before: Any = None

    def on_train_start(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Take Ctrl-C."""
        self.before = signal.signal(signal.SIGINT, lambda *_: setattr(trainer, "should_stop", True))

    def on_train_end(self, trainer: lightning.Trainer, pl_module: StyleTransfer) -> None:  # type: ignore[override]
        """Give it back, and write what there is."""
        signal.signal(signal.SIGINT, self.before)
        self.write(pl_module)

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Tell of the step."""
        self.step_done(float(pl_module.best_loss[0]))

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: StyleTransfer) -> None:  # type: ignore[override]
        """Write the picture as it is now."""
        self.write(pl_module)

    def write(self, task: StyleTransfer) -> None:
        """Write the best picture so far, whole or not at all."""
        scratch = self.output.with_name(f".{self.output.name}")
        picture = Image.fromarray(task.canvases[0].saved(task.best(0)))
        picture.save(scratch, format=Image.registered_extensions()[self.output.suffix.lower()], quality=95)
        scratch.replace(self.output)


def settings_for(content: Path, styles: list[Path], *, size: int, steps: int, options: list[str]) -> dict[str, Any]:
    """The settings of `experiment=style_transfer` for one photograph, checked.

    Raises:
        ConfigMistakes: With all that is wrong.
    """
    words = ["experiment=style_transfer", "logger=none", *options]
    config = compose(preflight(words, config_dir=conf_folder()).arguments)
    config.data.contents = [str(content)]
    config.data.styles = [{str(style): 1.0 for style in styles}]
    config.data.size = size
    config.data.steps = STEPS_AN_EPOCH
    config.epochs = max(1, round(steps / STEPS_AN_EPOCH))
    if mistakes := check(config):
        raise ConfigMistakes(mistakes)
    settings: dict[str, Any] = OmegaConf.to_container(config, resolve=True)  # type: ignore[assignment]
    return settings


def stylise(settings: dict[str, Any], output: Path, step_done: Callable[[float], None]) -> dict[str, float]:
    """Paint, writing the picture as it gets better; returns the figures of the file.

    Args:
        settings: As `settings_for` gives them.
        output: The picture's file.
        step_done: Told the loss after each step.

    Raises:
        ConfigMistakes: When a picture cannot be read, or there are no weights.
    """
    quiet_libraries()
    lightning.seed_everything(settings["seed"], verbose=False)
    data = build(settings["data"], key="data")
    data.load()
    trainer: lightning.Trainer = build(
        settings["hardware"],
        key="hardware",
        callbacks=[Preview(output, step_done)],
        max_epochs=settings["epochs"],
        logger=False,
        num_sanity_val_steps=0,
        limit_val_batches=0,
        enable_model_summary=False,
        enable_progress_bar=False,
        enable_checkpointing=False,
        use_distributed_sampler=False,
    )
    parts = Parts(
        data,
        model=build(settings["model"], key="model"),
        optimizer=later(settings["optimizer"], key="optimizer"),
        schedule=build(settings["scheduler"], key="scheduler"),
        trainer=trainer,
    )
    task = make_style_transfer(parts, data, settings)
    trainer.fit(task, datamodule=data)
    trainer.test(task, datamodule=data, verbose=False)
    return {name: float(value) for name, value in trainer.callback_metrics.items()}
