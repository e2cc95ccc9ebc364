"""Photographs of people in folders: a folder a person."""

import csv
import itertools
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image

from lightwell.chance import generator
from lightwell.config.mistakes import ConfigMistakes, Mistake
from lightwell.data.batches import Split
from lightwell.data.decode import Colour, as_channels_first, decode_original, decode_picture
from lightwell.data.face_pairs import read_pairs
from lightwell.data.people import People
from lightwell.data.photo_folder import PhotoFolder, read_photo_folder
from lightwell.data.splits import NAMES, cut
from lightwell.data.table import Listing

Eyes = tuple[float, float, float, float]
EYES_AT = (0.35, 0.4, 0.65, 0.4)  # where the eyes of an aligned picture are: x and y of the left one, then the right


class Faces(People):
    """Photographs below a folder that has a folder a person; any sizes, any number of pictures.

    Args:
        root: The folder. With `split=folders` it holds `train`, `val` and `test` of such.
        split: `ratio`, which divides the people, or `folders`.
        ratio: The shares of people to train on, to validate on and to test on.
        pairs: A file below the root that lists pairs to verify, as Labelled Faces in the Wild does (`pairs.txt`): who
            is named there is tested, and the accuracy over its folds is measured.
        eyes: A CSV file below the root, with which faces are turned and scaled so that all eyes are at the same place:
            path, left_x, left_y, right_x, right_y in pixels, left and right as one sees them.
        people_options: The arguments of `People`.
    """

    def __init__(
        self,
        *,
        root: str,
        split: Literal["ratio", "folders"] = "ratio",
        ratio: list[float] | None = None,
        pairs: str | None = None,
        eyes: str | None = None,
        **people_options: Any,
    ):
        super().__init__(**people_options)
        self.root = Path(root).expanduser()
        self.split = split
        self.ratio = [0.7, 0.1, 0.2] if ratio is None else ratio
        self.folders = self._in_split_folders() if split == "folders" else self._divided(pairs)
        paths = [path for folder in self.folders.values() for path in folder.paths]
        self.eyes = read_eyes(self.root / eyes, paths) if eyes else None
        self.pairs_file = self.root / pairs if pairs else None
        self.classes = self.folders["test"].classes

    def make_splits(self) -> dict[str, Split]:
        """Decode the photographs of each split's people."""
        splits = {name: self._decoded(folder) for name, folder in self.folders.items()}
        if self.pairs_file:
            self.pairs = read_pairs(self.pairs_file, splits["test"].table.names)
        return splits

    def original(self, position: int) -> np.ndarray:
        """A test photograph in its own proportions, `(height, width, 3)` uint8; if aligned, as the network sees it."""
        if self.eyes:
            return super().original(position)
        return decode_original(self.root / self.splits["test"].table.names[position])

    def _in_split_folders(self) -> dict[str, PhotoFolder]:
        """Each split's folder, in which nobody of another's stands."""
        folders = {}
        for name in NAMES:
            below = read_photo_folder(self.root / name, None)
            paths = [f"{name}/{path}" for path in below.paths]
            folders[name] = PhotoFolder(self.root, paths, below.labels, below.classes)
        for name, other in itertools.combinations(NAMES, 2):
            if twice := {*folders[name].classes} & {*folders[other].classes}:
                problem, advice = f"{min(twice)} stands in two splits.", "Give each split people of its own."
                raise ConfigMistakes([Mistake("data.split", self.split, problem, advice)])
        return folders

    def _divided(self, pairs: str | None) -> dict[str, PhotoFolder]:
        """The people divided; those of a list of pairs are tested, and the others divided among the rest."""
        everything = read_photo_folder(self.root, None)
        order = generator("people").permutation(len(everything.classes))
        ratio = self.ratio
        tested = np.empty(0, dtype=np.int64)
        if pairs:
            named = read_pairs(self.root / pairs, everything.paths)
            tested = np.unique(everything.labels[np.concatenate([named.first, named.second])])
            order, ratio = order[~np.isin(order, tested)], [*ratio[:2], 0.0]
        parts = cut(order, ratio)
        parts["test"] = np.concatenate([parts["test"], tested])
        if empty := [name for name, members in parts.items() if not len(members)]:
            problem = f"Nobody is left for: {', '.join(empty)}."
            raise ConfigMistakes([Mistake("data.ratio", ratio, problem, "Give more people, or another ratio.")])
        return {name: _of_people(everything, np.sort(members)) for name, members in parts.items()}

    def _decoded(self, folder: PhotoFolder) -> Split:
        places = {path: self.eyes[path] for path in folder.paths} if self.eyes else None
        listing = Listing(
            names=folder.paths,
            labels=folder.labels,
            decode=partial(
                decode_face,
                root=self.root,
                paths=folder.paths,
                eyes=places,
                image_size=self.image_size,
                colour=self.colour,
            ),
            layers=(),
            key=f"faces {folder.key()} {sorted(places.items()) if places else ''} {self.image_size} {self.colour}",
        )
        table = self.table(listing, f"Decoding {len(folder.paths)} photographs")
        return Split(table, np.arange(len(table.names)))


def _of_people(everything: PhotoFolder, people: np.ndarray) -> PhotoFolder:
    """The photographs of some people, who are numbered anew."""
    members = np.flatnonzero(np.isin(everything.labels, people))
    return PhotoFolder(
        everything.root,
        [everything.paths[member] for member in members],
        np.searchsorted(people, everything.labels[members]),
        tuple(everything.classes[person] for person in people),
    )


def decode_face(
    position: int, *, root: Path, paths: list[str], eyes: dict[str, Eyes] | None, image_size: int, colour: Colour
) -> tuple[np.ndarray, None, None]:
    """One photograph `(channels, height, width)`, aligned if it is known where the eyes are."""
    file = root / paths[position]
    if eyes is None:
        return decode_picture(file, image_size=image_size, colour=colour), None, None
    upright = Image.fromarray(decode_original(file, longest_side=1 << 16)).convert("RGB" if colour == "rgb" else "L")
    return as_channels_first(aligned(upright, eyes[paths[position]], image_size)), None, None


def aligned(picture: Image.Image, eyes: Eyes, image_size: int) -> np.ndarray:
    """A picture turned, scaled and cut so that the eyes are at `EYES_AT`: `(image_size, image_size[, 3])` uint8."""
    left, right = complex(*eyes[:2]), complex(*eyes[2:])
    to_left, to_right = (complex(*place) * image_size for place in (EYES_AT[:2], EYES_AT[2:]))
    turn = (right - left) / (to_right - to_left)  # from the new picture to the old, as a complex factor
    shift = left - turn * to_left
    affine = (turn.real, -turn.imag, shift.real, turn.imag, turn.real, shift.imag)
    size = (image_size, image_size)
    return np.asarray(picture.transform(size, Image.Transform.AFFINE, affine, Image.Resampling.BICUBIC))


def read_eyes(table: Path, paths: list[str]) -> dict[str, Eyes]:
    """Where the eyes of each photograph are.

    Raises:
        ConfigMistakes: When the file is not there, or says nothing of a photograph.
    """
    if not table.is_file():
        raise ConfigMistakes([Mistake("data.eyes", str(table), f"There is no file {table}.")])
    columns = ("left_x", "left_y", "right_x", "right_y")
    with table.open(newline="", encoding="utf-8-sig") as file:
        try:
            rows = {row["path"]: tuple(float(row[column]) for column in columns) for row in csv.DictReader(file)}
        except (KeyError, ValueError, TypeError) as error:
            problem = f"{table} needs the columns path, {', '.join(columns)}, with numbers ({error})."
            raise ConfigMistakes([Mistake("data.eyes", str(table), problem)]) from error
    missing = [path for path in paths if path not in rows]
    if missing:
        raise ConfigMistakes([Mistake("data.eyes", str(table), f"It says nothing of {missing[0]}.", "Add a row.")])
    return {path: (left_x, left_y, right_x, right_y) for path, (left_x, left_y, right_x, right_y) in rows.items()}
