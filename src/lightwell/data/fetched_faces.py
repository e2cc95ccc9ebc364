"""Faces that scikit-learn fetches: Labelled Faces in the Wild and the Olivetti faces."""

from abc import abstractmethod
from functools import partial
from typing import Any

import numpy as np
from PIL import Image

from lightwell.chance import generator
from lightwell.config.mistakes import ConfigMistakes, Mistake
from lightwell.data.batches import Split
from lightwell.data.decode import as_channels_first
from lightwell.data.people import People
from lightwell.data.splits import cut
from lightwell.data.table import Listing, cache_folder


class FetchedFaces(People):
    """Faces that are downloaded once, checked and cached by scikit-learn.

    They are kept in our cache and nowhere else: scikit-learn keeps pickles, and no config may say where to read these.

    Args:
        ratio: The shares of people to train on, to validate on and to test on.
        people_options: The arguments of `People`.
    """

    def __init__(self, *, ratio: list[float] | None = None, **people_options: Any):
        super().__init__(**people_options)
        self.root = cache_folder() / "scikit_learn"
        self.ratio = [0.7, 0.1, 0.2] if ratio is None else ratio
        try:
            self.images, self.labels, self.names = self.fetch()
        except OSError as error:
            problem, advice = f"The faces cannot be fetched: {error}.", "Connect to the network once."
            raise ConfigMistakes([Mistake("data", None, problem, advice)]) from error
        order = generator("people").permutation(len(self.names))
        self.people = {name: np.sort(members) for name, members in cut(order, self.ratio).items()}
        self.classes = tuple(self.names[person] for person in self.people["test"])

    @abstractmethod
    def fetch(self) -> tuple[np.ndarray, np.ndarray, list[str]]:
        """Pictures `(n, height, width[, 3])` in [0, 1], the number of the person on each, and the people's names."""

    def make_splits(self) -> dict[str, Split]:
        """Each split's people at the size that is asked for."""
        return {name: self._resized(name, people) for name, people in self.people.items()}

    def _resized(self, name: str, people: np.ndarray) -> Split:
        members = np.flatnonzero(np.isin(self.labels, people))
        listing = Listing(
            names=[f"{self.names[self.labels[member]]} {member}" for member in members],
            labels=np.searchsorted(people, self.labels[members]),
            decode=partial(resized, images=self.images[members], image_size=self.image_size, colour=self.colour),
            layers=(),
            key=f"{type(self).__name__} {len(self.labels)} {people.tolist()} {self.image_size} {self.colour}",
        )
        table = self.table(listing, f"Preparing {len(members)} faces ({name})")
        return Split(table, np.arange(len(table.names)))


class OlivettiFaces(FetchedFaces):
    """40 people, 10 grey pictures each, 64 x 64 (Samaria and Harter, 1994)."""

    def fetch(self) -> tuple[np.ndarray, np.ndarray, list[str]]:
        """By scikit-learn."""
        from sklearn.datasets import fetch_olivetti_faces

        faces = fetch_olivetti_faces(data_home=str(self.root))
        return faces.images, faces.target, [f"person {number}" for number in range(1, 41)]


class LFW(FetchedFaces):
    """Photographs of 5749 public people, taken in the wild (Huang et al., 2007); those with two pictures or more."""

    def fetch(self) -> tuple[np.ndarray, np.ndarray, list[str]]:
        """By scikit-learn."""
        from sklearn.datasets import fetch_lfw_people

        faces = fetch_lfw_people(data_home=str(self.root), color=True, resize=1.0, min_faces_per_person=2)
        return faces.images, faces.target, [str(name) for name in faces.target_names]


def resized(position: int, *, images: np.ndarray, image_size: int, colour: str) -> tuple[np.ndarray, None, None]:
    """One face as `(channels, image_size, image_size)` bytes."""
    face = Image.fromarray(np.rint(np.clip(images[position], 0, 1) * 255).astype(np.uint8))
    small = face.convert("RGB" if colour == "rgb" else "L").resize((image_size, image_size), Image.Resampling.BILINEAR)
    return as_channels_first(np.asarray(small)), None, None
