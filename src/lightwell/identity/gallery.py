"""The people that a run knows by name: one file of embeddings beside it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from filelock import FileLock

FILE = "gallery.npz"


@dataclass(frozen=True)
class Gallery:
    """Pictures of known people.

    Attributes:
        names: `(pictures,)`: whom each shows.
        files: `(pictures,)`: what it was read from.
        embeddings: `(pictures, dimensions)` float32.
    """

    names: np.ndarray
    files: np.ndarray
    embeddings: np.ndarray

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody's name once, in alphabetical order."""
        return tuple(str(name) for name in np.unique(self.names))

    @property
    def numbers(self) -> np.ndarray:
        """`(pictures,)`: each picture's person, as a place among `people`."""
        return np.searchsorted(np.array(self.people), self.names)


def read_gallery(run: Path) -> Gallery | None:
    """The gallery of a run folder, if anybody was enrolled. It holds no pickles, and none would be read."""
    file = run / FILE
    if not file.is_file():
        return None
    with np.load(file, allow_pickle=False) as arrays:
        return Gallery(arrays["names"], arrays["files"], arrays["embeddings"].astype(np.float32))


def add_pictures(run: Path, name: str, files: list[str], embeddings: np.ndarray) -> Gallery:
    """Add pictures of a person; the same file again takes the place of what was known of it.

    The gallery is read, changed and written under a lock, and written whole or not at all: of two who enroll at the
    same time, neither loses anything.

    Raises:
        ValueError: When the gallery is of embeddings of another size.
    """
    with FileLock(run / f".{FILE}.lock"):
        before = read_gallery(run)
        if before is not None and before.embeddings.shape[1] != embeddings.shape[1]:
            raise ValueError(f"{run / FILE} holds embeddings of {before.embeddings.shape[1]} numbers, not of this run.")
        kept = np.empty(0, dtype=bool) if before is None else ~(np.isin(before.files, files) & (before.names == name))
        after = Gallery(
            np.array([*(before.names[kept] if before else ()), *[name] * len(files)]),
            np.array([*(before.files[kept] if before else ()), *files]),
            np.concatenate([*([before.embeddings[kept]] if before else ()), embeddings.astype(np.float32)]),
        )
        scratch = run / f".{FILE}.new"
        with scratch.open("wb") as file:
            np.savez(file, names=after.names, files=after.files, embeddings=after.embeddings)
        scratch.replace(run / FILE)
    return after
