"""What was painted: the pictures themselves, and `artworks.json`."""

from pathlib import Path
from typing import Any

import pytorch_lightning as lightning
from PIL import Image

from lightwell.callbacks.lookup import tensorboard_writers
from lightwell.runs.explanations import save_png
from lightwell.runs.files import write_json
from lightwell.style.canvas import as_bytes
from lightwell.tasks.style_transfer import StyleTransfer

# What other callbacks write beside an artwork, where they are chosen.
BESIDE = {"frames": "frames.webp", "moved": "moved.png", "grams": "grams.png"}


class Artworks(lightning.Callback):
    """Writes every artwork with what it was made of, below `artworks/` in the run folder."""

    def on_test_end(self, trainer: lightning.Trainer, pl_module: StyleTransfer) -> None:  # type: ignore[override]
        """Write the pictures; the first process does."""
        if not trainer.is_global_zero:
            return
        for number, canvas in enumerate(pl_module.canvases):
            folder = artwork_folder(trainer, number)
            picture = canvas.saved(pl_module.best(number))
            pictures = {"picture": picture, "start": canvas.saved(pl_module.starts[number])}
            pictures["content"] = as_bytes(canvas.artwork.content)
            for place, style in enumerate(canvas.artwork.styles):
                pictures[f"style_{place}"] = as_bytes(style.picture)
                if style.mask is not None:
                    pictures[f"mask_{place}"] = as_bytes(style.mask[None].expand(3, -1, -1))
            for name, values in pictures.items():
                save_png(Image.fromarray(values), folder / f"{name}.png")
            for board in tensorboard_writers(trainer):
                board.add_image(f"artworks/{number}", picture, trainer.global_step, dataformats="HWC")

    def teardown(self, trainer: lightning.Trainer, pl_module: Any, stage: str) -> None:
        """Write what there is, once every callback has written its own."""
        if stage == "test" and trainer.is_global_zero and pl_module.measured:
            artworks = [self.told(trainer, pl_module, number) for number in range(len(pl_module.canvases))]
            write_json(Path(trainer.default_root_dir) / "artworks.json", {"artworks": artworks})

    def told(self, trainer: lightning.Trainer, task: StyleTransfer, number: int) -> dict[str, Any]:
        """An artwork's entry."""
        folder, artwork = artwork_folder(trainer, number), task.canvases[number].artwork
        below, measured = f"artworks/{number}", task.measured[number]
        return {
            "name": artwork.name,
            **{name: f"{below}/{name}.png" for name in ("picture", "start", "content")},
            "styles": [
                {
                    "name": style.name,
                    "picture": f"{below}/style_{place}.png",
                    "weight": style.weight,
                    "mask": None if style.mask is None else f"{below}/mask_{place}.png",
                }
                for place, style in enumerate(artwork.styles)
            ],
            **{name: f"{below}/{file}" if (folder / file).exists() else None for name, file in BESIDE.items()},
            "loss": measured.figures["loss"],
            "at_start": sum(part["at_start"] for part in measured.parts),
            "terms": measured.parts,
            "colours": task.keep_colours or "style",
            "steps_back": int(task.steps_back[number]),
        }


def artwork_folder(trainer: lightning.Trainer, number: int) -> Path:
    """Where an artwork's files go; it is made."""
    folder = Path(trainer.default_root_dir) / "artworks" / str(number)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
