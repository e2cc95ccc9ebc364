"""How an artwork comes about: a frame every few steps, and all of them as a film."""

from typing import Any

import pytorch_lightning as lightning
from PIL import Image

from lightwell.callbacks.artworks import artwork_folder
from lightwell.callbacks.lookup import tensorboard_writers
from lightwell.render.animation import write_animation
from lightwell.runs.explanations import save_png
from lightwell.tasks.style_transfer import StyleTransfer


class Frames(lightning.Callback):
    """Shows the best pictures so far to TensorBoard and as PNG files, and writes `frames.webp` at the end.

    Args:
        every_n_steps: Of the optimizer.
    """

    outputs = ("picture",)

    def __init__(self, *, every_n_steps: int = 5):
        self.every_n_steps = every_n_steps

    def on_train_start(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Begin with the start."""
        if trainer.global_step == 0:
            self.show(trainer, pl_module)

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Show the pictures, if it is time to."""
        if trainer.global_step % self.every_n_steps == 0:
            self.show(trainer, pl_module)

    def show(self, trainer: lightning.Trainer, task: StyleTransfer) -> None:
        """Write each artwork's frame; the first process does, which knows all pictures."""
        for number, canvas in enumerate(task.canvases if trainer.is_global_zero else []):
            picture = canvas.saved(task.best(number))
            folder = artwork_folder(trainer, number) / "frames"
            folder.mkdir(exist_ok=True)
            save_png(Image.fromarray(picture), folder / f"{trainer.global_step:06d}.png")
            for board in tensorboard_writers(trainer):
                board.add_image(f"artworks/{number}", picture, trainer.global_step, dataformats="HWC")

    def on_test_end(self, trainer: lightning.Trainer, pl_module: StyleTransfer) -> None:  # type: ignore[override]
        """Write the films."""
        for number in range(len(pl_module.canvases) if trainer.is_global_zero else 0):
            folder = artwork_folder(trainer, number)
            if frames := sorted((folder / "frames").glob("*.png")):
                write_animation(frames, folder / "frames.webp")
