"""Drawn faces: the embedded, endless source of people."""

import functools
import hashlib
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from lightwell.data import portrait
from lightwell.data.batches import Split
from lightwell.data.decode import Colour, as_channels_first, as_grey
from lightwell.data.people import People
from lightwell.data.table import Listing

# Each split has people of its own, so that no split's size changes another's.
FIRST_PERSON = {"train": 0, "val": 1_000_000, "test": 2_000_000}


class DrawnFaces(People):
    """Portraits drawn from (world, person, picture), with masks for eyes, nose, mouth, brows, hair and more.

    Args:
        train: How many people to train on.
        val: How many to validate on.
        test: How many to test on.
        pictures: How many pictures there are of each.
        world: The seed of the drawings; another world has other people.
        people_options: The arguments of `People`.
    """

    def __init__(
        self,
        *,
        train: int = 500,
        val: int = 40,
        test: int = 50,
        pictures: int = 10,
        world: int = 0,
        **people_options: Any,
    ):
        super().__init__(**people_options)
        self.sizes = {"train": train, "val": val, "test": test}
        self.pictures = pictures
        self.world = world
        self.classes = tuple(f"person {FIRST_PERSON['test'] + number}" for number in range(test))

    def make_splits(self) -> dict[str, Split]:
        """Draw each split's people, or find them drawn."""
        return {split: self._draw(split, people) for split, people in self.sizes.items()}

    def evidence(self, split: str, position: int, class_name: str) -> np.ndarray | None:
        """Where the person is, of whom clothes and glasses are no part: `(height, width)` bool."""
        mask = self.splits[split].table.mask(position)
        face = [portrait.LAYERS.index(name) for name in portrait.FACE]
        return None if mask is None else np.any(mask[:, :, face], axis=-1)

    def _draw(self, split: str, people: int) -> Split:
        first, count = FIRST_PERSON[split], people * self.pictures
        persons = first + np.arange(people)
        listing = Listing(
            names=[f"person {person}, picture {number}" for person in persons for number in range(self.pictures)],
            labels=np.repeat(np.arange(people), self.pictures),
            decode=partial(
                draw,
                world=self.world,
                first=first,
                pictures=self.pictures,
                image_size=self.image_size,
                colour=self.colour,
            ),
            layers=portrait.LAYERS,
            key=f"{drawing_version()} {self.world} {first} {people} {self.pictures} {self.image_size} {self.colour}",
            workers="processes",
        )
        return Split(self.table(listing, f"Drawing {people} people ({split})"), np.arange(count))


@functools.cache
def drawing_version() -> str:
    """A checksum of the code that draws: people drawn by other code are other people."""
    folder = Path(portrait.__file__).parent
    files = [*sorted(folder.glob("portrait*.py")), folder / "scenery_painting.py"]
    return hashlib.blake2b(b"".join(file.read_bytes() for file in files), digest_size=6).hexdigest()


def draw(
    number: int, *, world: int, first: int, pictures: int, image_size: int, colour: Colour
) -> tuple[np.ndarray, None, np.ndarray]:
    """One portrait `(channels, height, width)` and its mask `(height, width, layers)`."""
    drawn, layers = portrait.draw_portrait(world, first + number // pictures, number % pictures, image_size)
    picture = as_channels_first(drawn)
    if colour == "grey":
        picture = as_grey(picture)
    mask = (layers[:, :, None] >> np.arange(len(portrait.LAYERS), dtype=np.uint16)) & 1
    return picture, None, mask.astype(bool)
