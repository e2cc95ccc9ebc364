"""Explanations in a run folder: pictures, raw numbers and a manifest."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lightwell.render.overlay import as_picture, overlay
from lightwell.runs.files import write_json


@dataclass(frozen=True)
class ExplainedExample:
    """One example and its explanation.

    Attributes:
        entry: What the manifest tells of it.
        raw: The explanation's numbers, signed and unscaled.
        heat: `(h, w)`: the map to draw, at any resolution.
        image: `(channels, height, width)` in [0, 1].
    """

    entry: dict[str, Any]
    raw: np.ndarray
    heat: np.ndarray
    image: np.ndarray


def write_explanations(folder: Path, examples: list[ExplainedExample], about: dict[str, Any], *, signed: bool) -> None:
    """Write `manifest.json`, `maps.npz` and each example's picture and overlay.

    The manifest comes last and is written whole or not at all: where it stands, the rest is complete.
    """
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for number, example in enumerate(examples):
        stem = f"{example.entry['index']:04d}"
        class_name = "".join(letter if letter.isalnum() else "_" for letter in example.entry["target"])
        files = {"picture": f"{stem}.png", "overlay": f"{stem}_{class_name}.png"}
        as_picture(example.image).save(folder / files["picture"])
        overlay(example.image, example.heat, signed=signed).save(folder / files["overlay"])
        entries.append(example.entry | files | {"map": number})
    if examples:
        np.savez_compressed(folder / "maps.npz", maps=np.stack([example.raw for example in examples]))
    write_json(folder / "manifest.json", about | {"examples": entries})


def contact_sheet(examples: list[ExplainedExample], *, signed: bool) -> np.ndarray:
    """`(height, width, 3)` uint8: the pictures in a row, and below each its overlay."""
    pictures = [np.asarray(as_picture(example.image)) for example in examples]
    overlays = [np.asarray(overlay(example.image, example.heat, signed=signed)) for example in examples]
    return np.vstack([np.hstack(pictures), np.hstack(overlays)])
