"""Class images at the end of a run, and while it trains."""

import logging
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytorch_lightning as lightning
import torch
from PIL import Image, ImageDraw, ImageFont

from lightwell.callbacks.lookup import tensorboard_writers
from lightwell.callbacks.subjects import check_classes, plain
from lightwell.explain.class_image import class_image
from lightwell.explain.score import undisturbed
from lightwell.render.cards import INK, LINE, MARGIN, PAPER, contact_sheet, fitted
from lightwell.render.overlay import as_picture
from lightwell.runs.explanations import save_png
from lightwell.runs.files import write_json
from lightwell.tasks.classifier import Classifier

log = logging.getLogger(__name__)
METHOD = "class_image"
MOST_CLASSES = 16  # where none are named
THUMBNAIL, COLUMNS = 192, 5


class ClassImage(lightning.Callback):
    """Draws what the network would most like to see of each class, beginning with the training pictures' mean colour.

    The first process draws. Training goes on as if nothing had been drawn: a run's weights are the same with and
    without this callback.

    Args:
        classes: The classes to draw, by name; null draws all, but of more than 16 the first 16.
        every_n_epochs: Draw after every so many epochs of training; null draws only at the end.
        at_end: Whether to draw with the tested weights when the run ends.
        steps: More give stronger contrasts, and scores far above those of any real picture.
        others: Weight of the mean of the other classes' scores, which are held down.
        l2: Weight of the sum of the squared distances from that mean.
        total_variation: Weight of the sum of the sizes of the differences between neighbouring pixels.
        jitter: By what share of its sides a picture is shifted from step to step, at most.
        blur: Standard deviation in pixels of a blur before every fourth step; little is much.
        parametrisation: What is moved: the waves that a picture consists of (`fourier`), or its `pixels`.
        seed: Of the noise to begin with and of the shifts.
    """

    outputs = ("binary", "multiclass", "multilabel", "embedding", "events")

    def __init__(
        self,
        *,
        classes: list[str] | None = None,
        every_n_epochs: int | None = None,
        at_end: bool = True,
        steps: int = 128,
        others: float = 1.0,
        l2: float = 0.0,
        total_variation: float = 0.0,
        jitter: float = 1 / 16,
        blur: float = 0.0,
        parametrisation: Literal["fourier", "pixels"] = "fourier",
        seed: int = 0,
    ):
        self.classes = classes
        self.every_n_epochs = every_n_epochs
        self.at_end = at_end
        self.options: dict[str, Any] = {
            "steps": steps,
            "others": others,
            "l2": l2,
            "total_variation": total_variation,
            "jitter": jitter,
            "blur": blur,
            "parametrisation": parametrisation,
            "seed": seed,
        }

    def setup(self, trainer: lightning.Trainer, pl_module: Any, stage: str) -> None:
        """Tell now, before any training, of a class that is not there, and of those that will not be drawn."""
        known = pl_module.classes
        check_classes(f"callbacks.{METHOD}.classes", self.classes or [], known)
        if self.classes is None and len(known) > MOST_CLASSES and stage == "test":
            log.warning(
                "Only the first %d of %d classes are drawn. Name others in callbacks.%s.classes.",
                *(MOST_CLASSES, len(known), METHOD),
            )

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Draw, if it is time to."""
        if self.every_n_epochs and (trainer.current_epoch + 1) % self.every_n_epochs == 0:
            self.write(trainer, pl_module, {"epoch": trainer.current_epoch, "final": False, "weights": "current"})

    def on_test_end(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Draw with the weights that were tested."""
        if self.at_end:
            weights = "best" if trainer.ckpt_path else "last"
            self.write(trainer, pl_module, {"epoch": pl_module.trained_epoch, "final": True, "weights": weights})

    def write(self, trainer: lightning.Trainer, task: Classifier, about: dict[str, Any]) -> None:
        """Write numbers, pictures, a sheet of them, and last the manifest, which says that all is there."""
        if not trainer.is_global_zero:
            return
        images, entries = self.draw(task, trainer.datamodule.input_shape)  # type: ignore[attr-defined]
        folder = Path(trainer.default_root_dir) / "explanations" / METHOD / f"epoch_{about['epoch']:03d}"
        folder.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(folder / "maps.npz", maps=images)
        pictures = [as_picture(np.nan_to_num(image, nan=0.5)) for image in images]
        for picture, entry in zip(pictures, entries, strict=True):
            save_png(picture, folder / entry["picture"])
        sheet = contact_sheet([_captioned(*pair) for pair in zip(pictures, entries, strict=True)], columns=COLUMNS)
        save_png(sheet, folder / "sheet.png")
        about = {"method": METHOD, **about, "split": None, "evidence": None}
        write_json(folder / "manifest.json", about | {"examples": entries})
        for board in tensorboard_writers(trainer):
            board.add_image(f"explanations/{METHOD}", np.asarray(sheet), about["epoch"], dataformats="HWC")

    def draw(self, task: Classifier, input_shape: tuple[int, ...]) -> tuple[np.ndarray, list[dict[str, Any]]]:
        """The images `(classes, channels, height, width)`, and what the manifest tells of each."""
        names = self.classes or task.classes[:MOST_CLASSES]
        target = torch.tensor([task.classes.index(name) for name in names])
        images = class_image(task.scores, input_shape, target=target, start=task.mean, **self.options)
        with undisturbed(task.scores), torch.no_grad():
            scores = task.scores(images)
            probabilities = task.probabilities(scores)
        entries = []
        for number, (name, index) in enumerate(zip(names, target.tolist(), strict=True)):
            file = f"{number:03d}_{''.join(letter if letter.isalnum() else '_' for letter in name)}.png"
            decision = task.decisions(probabilities[number : number + 1])[0].cpu().numpy()
            entries.append(
                {
                    "index": index,
                    "name": name,
                    "chosen": "class",
                    "label": [name],
                    "predicted": task.names_of(decision),
                    "target": name,
                    "probability": plain(float(probabilities[number, index])),
                    "score": plain(float(scores[number, index])),
                    "picture": file,
                    "overlay": file,
                    "map": number,
                }
            )
        return images.float().cpu().numpy(), entries


def _captioned(picture: Image.Image, entry: dict[str, Any]) -> Image.Image:
    """A picture above its class and what the network says of it."""
    thumbnail = fitted(picture, THUMBNAIL)
    told = "not a number" if entry["score"] is None else f"{entry['probability']:.1%}, score {entry['score']:.2f}"
    paper = Image.new("RGB", (THUMBNAIL, thumbnail.height + 2 * LINE + MARGIN), PAPER)
    paper.paste(thumbnail)
    pen = ImageDraw.Draw(paper)
    for number, line in enumerate((entry["target"], told)):
        pen.text((0, thumbnail.height + MARGIN + LINE * number), line, fill=INK, font=ImageFont.load_default(13))
    return paper
