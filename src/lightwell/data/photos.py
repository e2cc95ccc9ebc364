"""Photographs in folders: a folder a class, or a table of multi-hot labels."""

from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np

from lightwell.config.mistakes import ConfigMistakes, Mistake
from lightwell.data.annotations import Annotations
from lightwell.data.batches import Split
from lightwell.data.decode import Colour, decode_original, decode_picture
from lightwell.data.fetch import fetch_commit
from lightwell.data.photo_folder import PhotoFolder, read_photo_folder
from lightwell.data.pictures import Pictures
from lightwell.data.splits import by_fold, by_group, by_ratio
from lightwell.data.table import Listing, Table, cache_folder


class Photos(Pictures):
    """Photographs below a folder, with boxes or masks where there are any.

    Args:
        root: The folder. With `labels` null it holds a folder a class, or `train`, `val` and `test` of such.
        labels: A CSV file below the root: a column `path`, then one column of 0 and 1 a class.
        split: `ratio`, `folders` (the first folder of each path says the split) or `groups` (`groups.csv` below the
            root: `path` and the column named by `group_by`), which never puts one camera or person on both sides.
        ratio: The shares of train, val and test.
        group_by: The column of `groups.csv`.
        folds: With `split=groups`: rounds of a cross-validation, in which every group is tested once.
        fold: The round of this run; a run over all rounds sets it.
        picture_options: The arguments of `Pictures`.
    """

    def __init__(
        self,
        *,
        root: str,
        labels: str | None = None,
        split: Literal["ratio", "folders", "groups"] = "ratio",
        ratio: list[float] | None = None,
        group_by: str | None = None,
        folds: int | None = None,
        fold: int = 0,
        **picture_options: Any,
    ):
        super().__init__(**picture_options)
        self.root = Path(root).expanduser()
        self.labels = labels
        self.split = split
        self.ratio = [0.7, 0.15, 0.15] if ratio is None else ratio
        self.group_by = group_by
        self.folds = folds
        self.fold = fold
        self.photographs = read_photo_folder(self.root, labels)
        self.classes = self.photographs.classes

    def make_splits(self) -> dict[str, Split]:
        """Decode the photographs and divide them."""
        table = self._decoded(self.photographs)
        return {name: Split(table, positions) for name, positions in self._division(table).items()}

    def original(self, position: int) -> np.ndarray:
        """A test photograph in its own proportions, `(height, width, 3)` uint8."""
        return decode_original(self.root / self.splits["test"].table.names[position])

    def _decoded(self, photographs: PhotoFolder) -> Table:
        annotations = Annotations.read(self.root, photographs.classes)
        listing = Listing(
            names=photographs.paths,
            labels=photographs.labels,
            decode=partial(
                decode_photograph,
                root=self.root,
                paths=photographs.paths,
                annotations=annotations,
                image_size=self.image_size,
                colour=self.colour,
            ),
            layers=photographs.classes if annotations else (),
            key=f"photos {photographs.key()} {annotations and annotations.key()} {self.image_size} {self.colour}",
        )
        return self.table(listing, f"Decoding {len(photographs.paths)} photographs")

    def _division(self, table: Table) -> dict[str, np.ndarray]:
        if self.split == "ratio":
            return by_ratio(table.labels, self.ratio)
        if self.split == "folders":
            return self._by_folder(table)
        groups = self.photographs.groups(self.group_by, table.names)
        if self.folds is None:
            return by_group(groups, self.ratio)
        count = len(np.unique(groups))
        if not 3 <= self.folds <= count:
            problem = f"There are {count} groups of {self.group_by!r} to divide."
            raise ConfigMistakes([Mistake("data.folds", self.folds, problem, f"Take 3 to {count} folds.")])
        return by_fold(table.labels, groups, folds=self.folds, fold=self.fold, val=self.ratio[1] / sum(self.ratio))

    def _by_folder(self, table: Table) -> dict[str, np.ndarray]:
        """By the first folder of the path; where none is for validation, a part of train is."""
        first = np.array([name.split("/")[0] for name in table.names])
        division = {name: np.flatnonzero(first == name) for name in ("train", "val", "test")}
        if not len(division["val"]):
            train = division["train"]
            cut = by_ratio(table.labels[train], [self.ratio[0], self.ratio[1], 0])
            division |= {"train": train[cut["train"]], "val": train[cut["val"]]}
        return division


class DayNightPhotos(Photos):
    """Day or night in 400 webcam photographs of the AMOS archive (Jacobs et al., 2007).

    They are part of the public exercises of a computer-vision course. Without a `root` they are downloaded once, at
    one commit, whose checksum git holds every file against. Cameras are told apart by their pictures' sizes.
    """

    source = "https://github.com/udacity/CVND_Exercises"
    commit = "9f8216c0443d833bb10f66f94524bab4d3ad8ffd"
    folder = "1_1_Image_Representation/day_night_images"

    def __init__(self, *, root: str | None = None, **photo_options: Any):
        if root is None:
            target = cache_folder() / "day_night_photos"
            fetch_commit(self.source, self.commit, self.folder, target)
            root = str(target)
        super().__init__(root=root, **photo_options)


def decode_photograph(
    position: int, *, root: Path, paths: list[str], annotations: Annotations | None, image_size: int, colour: Colour
) -> tuple[np.ndarray, None, np.ndarray | None]:
    """One photograph `(channels, height, width)` and its mask `(height, width, layers)`."""
    picture = decode_picture(root / paths[position], image_size=image_size, colour=colour)
    return picture, None, annotations.mask(paths[position], image_size) if annotations else None
