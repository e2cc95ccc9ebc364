"""Reading a run folder for its report: anything may be missing, torn, or written by a stranger."""

import csv
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from lightwell.render.intervals import FloatArray

UNREADABLE = (OSError, ValueError, TypeError, KeyError, AttributeError, IndexError, csv.Error, yaml.YAMLError)


class RunFiles:
    """The files of one run folder.

    A missing file reads as empty. A file that cannot be read, or that lies outside the folder, reads as empty
    and leaves a sentence in `notes`, which the report shows.
    """

    def __init__(self, folder: Path):
        self.folder = folder.resolve()
        self.notes: list[str] = []

    def find(self, path: str | Path) -> Path | None:
        """The file of that path, relative to the folder, if it exists and lies inside it when links are followed."""
        try:
            found = (self.folder / path).resolve()
            if Path(path).is_absolute() or not found.is_relative_to(self.folder):
                self.note(f"{path} lies outside the run folder and was not read.")
                return None
            return found if found.is_file() else None
        except (OSError, ValueError, RuntimeError):  # a name too long, with a NUL, or a circle of links
            self.note(f"{path} is no file name.")
            return None

    def note(self, sentence: str) -> None:
        """Keep a sentence for the reader, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def text(self, path: str | Path) -> str:
        """The file's text."""
        found = self.find(path)
        return found.read_text(encoding="utf-8", errors="replace") if found else ""

    def json(self, path: str | Path) -> dict[str, Any]:
        """A JSON file that holds an object."""
        return self._mapping(path, json.loads)

    def yaml(self, path: str | Path) -> dict[str, Any]:
        """A YAML file that holds a mapping."""
        return self._mapping(path, yaml.safe_load)

    def metrics(self) -> dict[str, float]:
        """The final figures of `metrics.json`; what is no number is left out."""
        numbers = {
            name: value
            for name, value in self.json("metrics.json").items()
            if isinstance(value, int | float) and not isinstance(value, bool)
        }
        return {name: float(value) for name, value in numbers.items() if math.isfinite(value)}

    def epochs(self) -> dict[str, FloatArray]:
        """The columns of `metrics.csv`, each `(epochs,)`; NaN where a cell is empty or no number."""
        rows = list(csv.DictReader(self.text("metrics.csv").splitlines()))
        names = [name for name in (rows[0] if rows else {}) if name]
        return {name: np.array([_number(row.get(name)) for row in rows]) for name in names}

    def arrays(self, path: str | Path) -> dict[str, NDArray[Any]]:
        """The arrays of an `.npz` file; one that holds Python objects is refused."""
        found = self.find(path)
        if not found:
            return {}
        try:
            with np.load(found, allow_pickle=False) as file:
                return {name: file[name] for name in file.files}
        except Exception as error:  # zipfile and zlib raise their own kinds for a torn file
            self.note(f"{path} cannot be read: {error}")
            return {}

    def _mapping(self, path: str | Path, parse: Any) -> dict[str, Any]:
        try:
            content = parse(self.text(path) or "{}")
        except (*UNREADABLE, RecursionError) as error:
            self.note(f"{path} cannot be read: {error}")
            return {}
        if not isinstance(content, dict):
            self.note(f"{path} holds no mapping of names to values.")
            return {}
        return content


def _number(cell: str | None) -> float:
    try:
        return float(cell or "nan")
    except ValueError:
        return math.nan
