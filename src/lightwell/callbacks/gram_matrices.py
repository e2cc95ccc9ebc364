"""What the network takes for an artwork's style, drawn."""

import numpy as np
import pytorch_lightning as lightning
import torch

from lightwell.callbacks.artworks import artwork_folder
from lightwell.callbacks.lookup import tensorboard_writers
from lightwell.render.gram_sheet import LayerGrams, gram_sheet
from lightwell.runs.explanations import save_png
from lightwell.tasks.style_transfer import StyleTransfer


class GramMatrices(lightning.Callback):
    """Draws each style layer's Gram matrix: the start's, the style's and the artwork's.

    Where masks give an artwork several styles, the first one's matrices are drawn, beside those of the whole picture.
    """

    outputs = ("picture",)

    def on_test_end(self, trainer: lightning.Trainer, pl_module: StyleTransfer) -> None:  # type: ignore[override]
        """Draw the sheets; each process those of its artworks."""
        for number in pl_module.mine:
            canvas, objective = pl_module.canvases[number], pl_module.objective(number)
            with torch.no_grad():
                start, result = (
                    objective.grams(canvas.seen(values.to(pl_module.device)))
                    for values in (pl_module.starts[number], pl_module.best(number))
                )
            style = objective.regions[0].grams
            sheet = gram_sheet(
                [
                    LayerGrams(layer, *(grams[layer].cpu().numpy() for grams in (start, style, result)))
                    for layer in objective.style_layers
                ]
            )
            save_png(sheet, artwork_folder(trainer, number) / "grams.png")
            for board in tensorboard_writers(trainer):
                board.add_image(f"artworks/{number}/grams", np.asarray(sheet), trainer.global_step, dataformats="HWC")
