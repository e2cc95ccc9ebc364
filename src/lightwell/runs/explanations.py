"""Explanations in a run folder: pictures, raw numbers and a manifest."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from lightwell.render.cards import card, contact_sheet, fitted
from lightwell.render.overlay import enlarged, oddity, overlay, scale_of
from lightwell.runs.files import read_json, write_json

THUMBNAIL, COLUMNS, MOST_ON_A_SHEET, LONGEST_NAME = 256, 3, 48, 48
ABOUT = ("method", "epoch", "final", "split", "weights")


@dataclass(frozen=True)
class ExplainedExample:
    """One example and its explanation.

    Attributes:
        entry: What the manifest tells of it.
        raw: The explanation's numbers, signed and unscaled.
        heat: `(h, w)`: the map to draw, at any resolution.
        picture: `(height, width, 3)` uint8: the picture in its own proportions.
    """

    entry: dict[str, Any]
    raw: np.ndarray
    heat: np.ndarray
    picture: np.ndarray


class ExplanationWriter:
    """Writes explanations to a folder as they come: pictures at once, the manifest when all is there.

    The manifest comes last and is written whole or not at all: where it stands, the rest is complete.

    Args:
        folder: Where `manifest.json`, `maps.npz`, the pictures and overlays, and `sheet.png` go.
        signed: Whether the maps have two sides.
    """

    def __init__(self, folder: Path, *, signed: bool):
        self.folder = folder
        self.signed = signed
        self.entries: list[dict[str, Any]] = []
        self.raw: list[np.ndarray] = []
        self.shown: list[ExplainedExample] = []
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, example: ExplainedExample) -> None:
        """Draw an example and keep its numbers."""
        number = len(self.entries)
        class_name = "".join(letter if letter.isalnum() else "_" for letter in example.entry["target"])
        files = {"picture": f"{number:03d}.png", "overlay": f"{number:03d}_{class_name}.png"}
        save_png(enlarged(example.picture), self.folder / files["picture"])
        save_png(overlay(example.picture, example.heat, signed=self.signed), self.folder / files["overlay"])
        drawn = {"scale": scale_of(example.heat), "oddity": oddity(example.heat, signed=self.signed)}
        self.entries.append(example.entry | files | drawn | {"map": number})
        self.raw.append(example.raw)
        self.shown += [example] if number < MOST_ON_A_SHEET else []

    def close(self, about: dict[str, Any]) -> Image.Image | None:
        """Write the numbers, the sheet and the manifest; returns the sheet, if there is anything on it."""
        sheet = explained_sheet(self.shown, signed=self.signed) if self.shown else None
        if sheet:
            np.savez_compressed(self.folder / "maps.npz", maps=np.stack(self.raw))
            save_png(sheet, self.folder / "sheet.png")
        write_json(self.folder / "manifest.json", about | {"examples": self.entries})
        return sheet


def save_png(picture: Image.Image, path: Path) -> None:
    """Save a picture; at this level photographs take a third of the time, and hardly more room."""
    picture.save(path, compress_level=1)


def explained_sheet(examples: list[ExplainedExample], *, signed: bool) -> Image.Image:
    """The pictures beside their overlays, each pair with class, score, scale and what the map scored."""
    return contact_sheet([_card(example, signed) for example in examples], columns=COLUMNS)


def _card(example: ExplainedExample, signed: bool) -> Image.Image:
    entry = example.entry
    pair = [enlarged(example.picture), overlay(example.picture, example.heat, signed=signed)]
    lines = [f"{entry['target']}: {entry['probability']:.1%}, score {entry['score']:.2f}"]
    if entry["label"] is not None:
        lines.append(f"label: {', '.join(entry['label']) or 'none'}")
    lines.append(entry["name"] if len(entry["name"]) < LONGEST_NAME else f"...{entry['name'][-LONGEST_NAME:]}")
    if share := entry.get("scores", {}).get("mass_inside"):
        lines.append(f"{share:.0%} on the evidence")
    if odd := oddity(example.heat, signed=signed):
        lines.append(f"The map {odd}.")
    return card([fitted(picture, THUMBNAIL) for picture in pair], lines, scale=scale_of(example.heat), signed=signed)


@dataclass(frozen=True)
class Explanations:
    """What the explanations of a run hold.

    Attributes:
        maps: The raw numbers, signed and unscaled, one array an explained example.
        table: As many rows: the example's entry in its manifest, with the manifest's method, epoch, weights and split,
            `final`, and `picture` and `overlay` as paths. `pandas.DataFrame(table)` makes a frame of it.
    """

    maps: list[np.ndarray]
    table: list[dict[str, Any]]


def load_explanations(run: str | Path, *, method: str | None = None) -> Explanations:
    """Read the explanations in a run folder, of every method or of one, by method and epoch.

    A folder from a stranger is data: arrays are read without pickles, and what lies outside the folder is left alone.

    Raises:
        ValueError: When a manifest names a file outside its folder, or a map that is not there.
    """
    maps: list[np.ndarray] = []
    table: list[dict[str, Any]] = []
    run = Path(run).resolve()
    for manifest in sorted(run.glob(f"explanations/{method or '*'}/*/manifest.json")):
        about = read_json(_inside(run, str(manifest)))
        examples = about.pop("examples")
        if not examples:
            continue
        with np.load(_inside(manifest.parent, "maps.npz"), allow_pickle=False) as arrays:
            raw = arrays["maps"]
        for entry in examples:
            if not 0 <= entry["map"] < len(raw):
                raise ValueError(f"{manifest} names the map {entry['map']}, where maps.npz has {len(raw)}.")
            files = {kind: str(_inside(manifest.parent, entry[kind])) for kind in ("picture", "overlay")}
            maps.append(raw[entry["map"]])
            table.append({**{key: about.get(key) for key in ABOUT}, **entry, **files})
    return Explanations(maps, table)


def _inside(folder: Path, name: str) -> Path:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder):
        raise ValueError(f"{name!r} is outside {folder}, where nothing of it is read.")
    return path
