"""Which term of the loss moved which part of an artwork."""

import numpy as np
import pytorch_lightning as lightning
from PIL import Image

from lightwell.callbacks.artworks import artwork_folder
from lightwell.callbacks.lookup import tensorboard_writers
from lightwell.render.moved_sheet import MovedTerm, moved_sheet
from lightwell.runs.explanations import save_png
from lightwell.style.canvas import as_bytes
from lightwell.style.moved import moved
from lightwell.tasks.style_transfer import StyleTransfer

LARGEST = 512  # pixels: a larger picture is halved until it is no longer


class Moved(lightning.Callback):
    """Draws, for each term of the loss, where it pulled at the picture, and where the change has lowered it."""

    outputs = ("picture",)

    def on_test_end(self, trainer: lightning.Trainer, pl_module: StyleTransfer) -> None:  # type: ignore[override]
        """Draw the sheets; each process those of its artworks."""
        for number in pl_module.mine:
            sheet = self.sheet(pl_module, number)
            save_png(sheet, artwork_folder(trainer, number) / "moved.png")
            for board in tensorboard_writers(trainer):
                board.add_image(f"artworks/{number}/moved", np.asarray(sheet), trainer.global_step, dataformats="HWC")

    @staticmethod
    def sheet(task: StyleTransfer, number: int) -> Image.Image:
        """An artwork's sheet."""
        canvas, halvings = task.canvases[number], 0
        while max(canvas.artwork.content.shape) >> halvings > LARGEST:
            halvings += 1
        start, result = (
            canvas.seen(values.to(task.device), halvings) for values in (task.starts[number], task.best(number))
        )
        found = moved(task.objective(number, halvings), start, result)
        rows = [
            MovedTerm(
                f"{each.term} {each.layer or ''}".strip(),
                each.before,
                each.after,
                each.at_start.numpy(),
                each.lowered.numpy(),
                each.at_end.numpy(),
            )
            for each in found
        ]
        return moved_sheet(rows, start=as_bytes(start), result=as_bytes(result))
