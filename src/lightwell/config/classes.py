"""How many classes the data has, and their names, before anything is imported or decoded."""

import csv
from pathlib import Path
from typing import Any

from lightwell.config.signatures import attribute, is_a
from lightwell.config.sources import literal

PHOTOS = "lightwell.data.Photos"
SCENES = "lightwell.data.Scenes"


def class_names(data: dict[str, Any]) -> tuple[str, ...] | None:
    """The class names of a `data` config; None where only building the data can tell."""
    target = data.get("_target_")
    if not isinstance(target, str):
        return None
    listed = attribute(target, "classes")
    if isinstance(listed, tuple):
        return listed
    if is_a(target, SCENES):
        return _of_scenes(data.get("labels", "day_night"))
    if is_a(target, PHOTOS) and isinstance(data.get("root"), str):
        root, labels = Path(data["root"]).expanduser(), data.get("labels")
        return _of_table(root / labels) if isinstance(labels, str) else _of_folders(root)
    return ("day", "night") if target == "lightwell.data.DayNightPhotos" and not data.get("labels") else None


def class_count(data: dict[str, Any]) -> int | None:
    """How many classes a `data` config has, where that can be told."""
    names = class_names(data)
    return None if names is None else len(names)


def _of_scenes(labels: Any) -> tuple[str, ...] | None:
    if labels == "day_night":
        return ("day", "night")
    constant = {"time_of_day": "PERIODS", "objects": "OBJECTS"}.get(labels)
    return literal(f"lightwell.data.scenery.{constant}") if constant else None


def _of_folders(root: Path) -> tuple[str, ...] | None:
    if not root.is_dir():
        return None
    split_folders = literal("lightwell.data.photo_folder.SPLIT_FOLDERS")
    parts = [root / name for name in split_folders if (root / name).is_dir()] or [root]
    folders = [folder for part in parts for folder in part.iterdir() if folder.is_dir()]
    names = {folder.name for folder in folders if not folder.name.startswith((".", "_")) and folder.name != "masks"}
    return tuple(sorted(names))


def _of_table(table: Path) -> tuple[str, ...] | None:
    if not table.is_file():
        return None
    with table.open(newline="", encoding="utf-8-sig") as file:
        header = next(csv.reader(file), [])
    return tuple(name for name in header if name != "path")
