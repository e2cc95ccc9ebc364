"""Reading a run folder for its report: anything may be missing, torn, or written by a stranger."""

import csv
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from lightwell.render.intervals import FloatArray

UNREADABLE = (
    OSError, ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError, csv.Error, yaml.YAMLError,
)  # fmt: skip


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
        except (OSError, ValueError, RuntimeError):  # not permitted, a name with a NUL, a circle of links
            self.note(f"{path} cannot be opened.")
            return None

    def note(self, sentence: str) -> None:
        """Keep a sentence for the reader, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def text(self, path: str | Path) -> str:
        """The file's text."""
        found = self.find(path)
        try:
            return found.read_text(encoding="utf-8", errors="replace") if found else ""
        except OSError as error:
            self.note(f"{path} cannot be read: {error}")
            return ""

    def json(self, path: str | Path) -> dict[str, Any]:
        """A JSON file that holds an object."""
        return self._mapping(path, json.loads)

    def yaml(self, path: str | Path) -> dict[str, Any]:
        """A YAML file that holds a mapping."""
        return self._mapping(path, yaml.safe_load)

    def metrics(self) -> dict[str, float]:
        """The final figures of `metrics.json`; what is no number is left out."""
        numbers = {name: _number(value) for name, value in self.json("metrics.json").items()}
        return {name: value for name, value in numbers.items() if math.isfinite(value)}

    def epochs(self) -> dict[str, FloatArray]:
        """The columns of `metrics.csv`, each `(epochs,)`; NaN where a cell is empty or no number."""
        try:
            rows = list(csv.DictReader(self.text("metrics.csv").splitlines()))
        except csv.Error as error:
            self.note(f"metrics.csv cannot be read: {error}")
            return {}
        names = [name for name in (rows[0] if rows else {}) if name]
        return {name: np.array([_number(row.get(name)) for row in rows]) for name in names}

    def _mapping(self, path: str | Path, parse: Any) -> dict[str, Any]:
        try:
            content = parse(self.text(path) or "{}")
        except UNREADABLE as error:
            self.note(f"{path} cannot be read: {error}")
            return {}
        if not isinstance(content, dict):
            self.note(f"{path} holds no mapping of names to values.")
            return {}
        return content


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan
