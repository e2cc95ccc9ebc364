"""Boxes and masks that stand beside photographs, so that explanations can be held against them."""

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image


@dataclass(frozen=True)
class Annotations:
    """Where the classes show in photographs.

    Attributes:
        root: The photographs' folder.
        classes: The layers of a mask.
        boxes: For each path its boxes: the class's number and left, top, right, bottom as fractions of the picture.
        values: What the values of a mask picture mean: from a value to a class's number.
    """

    root: Path
    classes: tuple[str, ...]
    boxes: dict[str, list[tuple[int, float, float, float, float]]]
    values: dict[int, int]

    @classmethod
    def read(cls, root: Path, classes: tuple[str, ...]) -> "Annotations | None":
        """Read what stands beside the photographs; None where there is nothing.

        `boxes.csv` has the columns path, label, xmin, ymin, xmax, ymax, w and h, in pixels. Masks are PNG files
        below `masks/`, under their photograph's path; `masks/classes.csv` (value, label) says what their values mean.
        """
        number = {name: index for index, name in enumerate(classes)}
        boxes: dict[str, list[tuple[int, float, float, float, float]]] = {}
        for row in _rows(root / "boxes.csv"):
            if row["label"] in number:
                width, height = float(row["w"]), float(row["h"])
                left, right = float(row["xmin"]) / width, float(row["xmax"]) / width
                top, bottom = float(row["ymin"]) / height, float(row["ymax"]) / height
                boxes.setdefault(row["path"], []).append((number[row["label"]], left, top, right, bottom))
        values = {
            int(row["value"]): number[row["label"]]
            for row in _rows(root / "masks" / "classes.csv")
            if row["label"] in number
        }
        return cls(root, classes, boxes, values) if boxes or values else None

    def key(self) -> str:
        """A checksum of boxes and of the meaning of masks."""
        return hashlib.blake2b(repr((self.boxes, self.values)).encode(), digest_size=12).hexdigest()

    def mask(self, path: str, image_size: int) -> np.ndarray:
        """A photograph's `(image_size, image_size, classes)` bool: its boxes filled, and its mask."""
        mask = np.zeros((image_size, image_size, len(self.classes)), dtype=bool)
        for number, left, top, right, bottom in self.boxes.get(path, []):
            rows = slice(round(top * image_size), max(round(bottom * image_size), round(top * image_size) + 1))
            columns = slice(round(left * image_size), max(round(right * image_size), round(left * image_size) + 1))
            mask[rows, columns, number] = True
        drawn = (self.root / "masks" / path).with_suffix(".png")
        if self.values and drawn.exists():
            with Image.open(drawn) as picture:
                values = np.asarray(picture.resize((image_size, image_size), Image.Resampling.NEAREST))
            for value, number in self.values.items():
                mask[:, :, number] |= values == value
        return mask


def _rows(table: Path) -> list[dict[str, str]]:
    if not table.exists():
        return []
    with table.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))
