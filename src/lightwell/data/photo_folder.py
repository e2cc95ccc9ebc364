"""What a folder of photographs holds: paths, labels and groups, checked before anything is decoded."""

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from lightwell.config.mistakes import ConfigMistakes, Mistake
from lightwell.data.decode import SUFFIXES

SPLIT_FOLDERS = ("train", "training", "val", "validation", "test")


@dataclass(frozen=True)
class PhotoFolder:
    """Photographs below a root.

    Attributes:
        root: The folder.
        paths: Their paths below the root, with forward slashes.
        labels: `(photographs,)` int64, or `(photographs, K)` uint8 for multi-hot labels.
        classes: The names of the classes.
    """

    root: Path
    paths: list[str]
    labels: np.ndarray
    classes: tuple[str, ...]

    def key(self) -> str:
        """A checksum of paths, sizes, times of change and labels: one look at the folder, no file is read."""
        digest = hashlib.blake2b(str(self.root.resolve()).encode(), digest_size=12)
        for path in self.paths:
            about = (self.root / path).stat()
            digest.update(f"{path} {about.st_size} {about.st_mtime_ns}\n".encode())
        digest.update(self.labels.tobytes())
        return digest.hexdigest()

    def groups(self, column: str | None, paths: list[str]) -> np.ndarray:
        """The group of each of these photographs: a column of `groups.csv`, or without that file their sizes."""
        table = self.root / "groups.csv"
        if not table.exists():
            if column is not None and column != "camera":
                _stop("data.group_by", column, f"{table} does not exist.", "Write it: path and a column for the group.")
            return np.array([str(Image.open(self.root / path).size) for path in paths])
        rows = _rows(table, ["path", column or "group"])
        of = {row["path"]: row[column or "group"] for row in rows}
        missing = [path for path in paths if path not in of]
        if missing:
            _stop("data.root", str(table), f"{table} has no row for {missing[0]}.", "Give every photograph a group.")
        return np.array([of[path] for path in paths])


def read_photo_folder(root: Path, labels: str | None) -> PhotoFolder:
    """List the photographs below a root with their labels.

    Raises:
        ConfigMistakes: Naming what is missing, empty, doubled or misspelt.
    """
    if not root.is_dir():
        _stop("data.root", str(root), f"There is no folder {root}.", "Give data.root=FOLDER.")
    folder = _from_folders(root) if labels is None else _from_csv(root, root / labels)
    if len(set(folder.paths)) < len(folder.paths):
        doubled = next(path for path in folder.paths if folder.paths.count(path) > 1)
        _stop("data.labels", labels, f"{doubled} is listed twice.", "Leave one row a photograph.")
    return folder


def _from_folders(root: Path) -> PhotoFolder:
    parts = [folder.name for folder in sorted(root.iterdir()) if folder.is_dir() and folder.name in SPLIT_FOLDERS]
    homes = [root / part for part in parts] or [root]
    classes = sorted({folder.name for home in homes for folder in home.iterdir() if _is_class_folder(folder)})
    if len(classes) < 2:
        found = ", ".join(classes) or "none"
        _stop("data.root", str(root), f"At least two class folders are needed; found: {found}.", "One folder a class.")
    paths: list[str] = []
    labels: list[int] = []
    for home in homes:
        for number, name in enumerate(classes):
            files = sorted(file for file in (home / name).rglob("*") if file.suffix.lower() in SUFFIXES)
            if not files and home == homes[0]:
                _stop("data.root", str(root), f"The class folder {home / name} holds no picture.", "Fill or remove it.")
            paths += [file.relative_to(root).as_posix() for file in files]
            labels += [number] * len(files)
    return PhotoFolder(root, paths, np.array(labels, dtype=np.int64), tuple(classes))


def _is_class_folder(folder: Path) -> bool:
    return folder.is_dir() and not folder.name.startswith((".", "_")) and folder.name != "masks"


def _from_csv(root: Path, table: Path) -> PhotoFolder:
    rows = _rows(table, ["path"])
    if not rows:
        _stop("data.labels", str(table), f"{table} has no rows.", "Give it one row a photograph.")
    classes = [column for column in rows[0] if column != "path"]
    strays = [f"{row['path']}: {row[name]!r}" for row in rows for name in classes if row[name] not in ("0", "1")]
    if strays or not classes:
        problem = f"A label is 0 or 1, not as in {strays[0]}." if strays else f"{table} has no column for a class."
        _stop("data.labels", str(table), problem, "Columns: path, then one a class with 0 or 1.")
    missing = [row["path"] for row in rows if not (root / row["path"]).is_file()]
    if missing:
        _stop(
            "data.labels", str(table), f"{len(missing)} photographs are missing: {missing[0]} ...", "Check the paths."
        )
    outside = [row["path"] for row in rows if not (root / row["path"]).resolve().is_relative_to(root.resolve())]
    if outside:
        _stop("data.labels", str(table), f"{outside[0]} is outside {root}.", "Keep the photographs below the root.")
    labels = np.array([[int(row[name]) for name in classes] for row in rows], dtype=np.uint8)
    return PhotoFolder(root, [row["path"] for row in rows], labels, tuple(classes))


def _rows(table: Path, columns: list[str]) -> list[dict[str, str]]:
    """A CSV file's rows, if it has the columns."""
    if not table.is_file():
        _stop("data.labels", str(table), f"There is no file {table}.", "Give a CSV file below data.root.")
    with table.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    absent = [column for column in columns if column not in (reader.fieldnames or [])]
    if absent:
        found = ", ".join(reader.fieldnames or []) or "nothing"
        _stop("data.labels", str(table), f"{table} has no column {absent[0]!r}; it has: {found}.", "Add the column.")
    return rows


def _stop(key: str, value: object, problem: str, advice: str) -> None:
    raise ConfigMistakes([Mistake(key, value, problem, advice)])
