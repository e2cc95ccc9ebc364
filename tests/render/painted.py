"""A run folder as style transfer leaves it: small pictures, what was measured, and its curves."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from lightwell.render.animation import write_animation
from tests.render.conftest import write_json

LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
FIGURES = {
    "test/loss": 2.0,
    "test/content_loss": 0.5,
    "test/style_loss": 1.25e-5,
    "test/total_variation": 0.25,
    "test/content/relu4_2": 0.5,
    **{f"test/style/{layer}": 2.5e-6 for layer in LAYERS},
    "test/style_improvement": 120.0,
    "test/content_drift": 0.31,
}
CONFIG = """
monitor: val/loss
output: picture
question: A photograph, painted as a painting is?
task: {_target_: lightwell.tasks.StyleTransfer, start: content}
"""


def entry(number: int = 0, **more: Any) -> dict[str, Any]:
    """An artwork whose loss fell from 150.25 to 2, of which style is 1.25."""
    below = f"artworks/{number}"
    styles = [{"term": "style", "layer": layer, "value": 0.25, "at_start": 30.0} for layer in LAYERS]
    return {
        "name": f"china {number} in swirls",
        "picture": f"{below}/picture.png",
        "start": f"{below}/start.png",
        "content": f"{below}/content.png",
        "styles": [{"name": "swirls", "picture": f"{below}/style_0.png", "weight": 1.0, "mask": None}],
        "frames": f"{below}/frames.webp",
        "moved": f"{below}/moved.png",
        "grams": f"{below}/grams.png",
        "loss": 2.0,
        "at_start": 150.25,
        "terms": [
            {"term": "content", "layer": "relu4_2", "value": 0.5, "at_start": 0.0},
            *styles,
            {"term": "total variation", "layer": None, "value": 0.25, "at_start": 0.25},
        ],
        "colours": "style",
        "steps_back": 0,
    } | more


def noise(seed: int, width: int = 120, height: int = 80) -> Image.Image:
    """A picture that no other seed gives."""
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


def write_pictures(folder: Path, number: int = 0, *, size: tuple[int, int] = (120, 80), frames: int = 12) -> None:
    """What lies below `artworks/<number>`."""
    there = folder / "artworks" / str(number)
    (there / "frames").mkdir(parents=True)
    for seed, name in enumerate(("picture", "start", "content", "style_0", "mask_0")):
        noise(10 * number + seed, *size).save(there / f"{name}.png")
    for name in ("moved", "grams"):
        noise(number, 300, 500).save(there / f"{name}.png")
    for frame in range(frames):
        Image.new("RGB", (60, 40), (20 * frame, 0, 0)).save(there / "frames" / f"{frame:06d}.png")
    write_animation(sorted((there / "frames").iterdir()), there / "frames.webp")


def write_painted(folder: Path) -> Path:
    """A finished run with one artwork."""
    folder.mkdir(parents=True)
    write_pictures(folder)
    write_json(folder / "artworks.json", {"artworks": [entry()]})
    write_json(folder / "metrics.json", FIGURES)
    write_json(folder / "status.json", {"status": "finished"})
    (folder / "config.yaml").write_text(CONFIG)
    names = [
        name.replace("test/", "val/")
        for name in FIGURES
        if name not in ("test/style_improvement", "test/content_drift")
    ]
    rows = [",".join(["epoch", "train/loss", *names])]
    rows += [",".join([str(epoch), *[str(10.0**-epoch)] * (1 + len(names))]) for epoch in range(4)]
    (folder / "metrics.csv").write_text("\n".join(rows) + "\n")
    return folder
