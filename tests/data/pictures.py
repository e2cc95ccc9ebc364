"""Picture files for the tests to write."""

from pathlib import Path

import numpy as np
from PIL import Image

from lightwell.data.portrait import draw_portrait


def photograph(
    brightness: int = 128, size: tuple[int, int] = (40, 30), mode: str = "RGB", seed: int = 0
) -> Image.Image:
    noise = np.random.default_rng(seed).integers(-20, 20, (size[1], size[0], 3))
    picture = Image.fromarray(np.clip(brightness + noise, 0, 255).astype(np.uint8))
    return picture.convert(mode)


def photo_folder(root: Path, *, classes: tuple[str, ...] = ("day", "night"), each: int = 8) -> Path:
    """A folder a class; the classes differ in brightness."""
    for number, name in enumerate(classes):
        (root / name).mkdir(parents=True)
        for file in range(each):
            brightness = 220 - 180 * number // max(len(classes) - 1, 1)
            photograph(brightness, seed=100 * number + file).save(root / name / f"{name}_{file}.jpg")
    return root


def people_folder(root: Path, *, people: int = 20, each: int = 4, size: int = 24) -> Path:
    """A folder a person, of drawn people."""
    for person in range(people):
        (root / f"person_{person}").mkdir(parents=True)
        for number in range(each):
            picture, _ = draw_portrait(0, person, number, size)
            Image.fromarray(picture).save(root / f"person_{person}" / f"{number}.png")
    return root
