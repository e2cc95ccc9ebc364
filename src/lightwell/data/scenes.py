"""Drawn outdoor scenes: the embedded, endless source whose evidence is known."""

import functools
import hashlib
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np

from lightwell.data import scenery
from lightwell.data.batches import Split
from lightwell.data.decode import Colour, as_channels_first, as_grey
from lightwell.data.pictures import Pictures
from lightwell.data.table import Listing

# Each split draws its scenes from a range of its own, so that no split's size changes another's pictures.
FIRST_INDEX = {"train": 0, "val": 1_000_000_000, "test": 2_000_000_000}


class Scenes(Pictures):
    """Scenes drawn from (world, index), with a mask for every object.

    Args:
        labels: What is asked: `day_night` (2 classes), `time_of_day` (4 classes) or `objects` (multi-hot).
        train: How many scenes to train on.
        val: How many to validate on.
        test: How many to test on.
        world: The seed of the drawings; another world is another data set.
        picture_options: The arguments of `Pictures`.
    """

    label_outputs = {  # noqa: RUF012 (read as a literal, without importing)
        "day_night": ("binary", "multiclass"),
        "time_of_day": ("multiclass",),
        "objects": ("multilabel",),
    }

    def __init__(
        self,
        *,
        labels: Literal["day_night", "time_of_day", "objects"] = "day_night",
        train: int = 3000,
        val: int = 500,
        test: int = 1000,
        world: int = 0,
        **picture_options: Any,
    ):
        super().__init__(**picture_options)
        self.labels = labels
        self.sizes = {"train": train, "val": val, "test": test}
        self.world = world
        self.classes = {
            "day_night": ("day", "night"),
            "time_of_day": scenery.PERIODS,
            "objects": scenery.OBJECTS,
        }[labels]
        self.evidence_layers = scenery.EVIDENCE

    def make_splits(self) -> dict[str, Split]:
        """Draw each split's scenes, or find them drawn."""
        return {split: self._draw(split, count) for split, count in self.sizes.items()}

    def _draw(self, split: str, count: int) -> Split:
        first = FIRST_INDEX[split]
        listing = Listing(
            names=[f"scene {first + number}" for number in range(count)],
            labels=None,
            decode=partial(
                draw, world=self.world, first=first, image_size=self.image_size, colour=self.colour, labels=self.labels
            ),
            layers=scenery.LAYERS,
            key=f"{drawing_version()} {self.world} {first} {count} {self.labels} {self.image_size} {self.colour}",
            workers="processes",
        )
        return Split(self.table(listing, f"Drawing {count} scenes ({split})"), np.arange(count))


@functools.cache
def drawing_version() -> str:
    """A checksum of the code that draws: scenes drawn by other code are other scenes."""
    files = sorted(Path(scenery.__file__).parent.glob("scenery*.py"))
    return hashlib.blake2b(b"".join(file.read_bytes() for file in files), digest_size=6).hexdigest()


def draw(
    number: int, *, world: int, first: int, image_size: int, colour: Colour, labels: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One scene's picture `(channels, height, width)`, label and mask `(height, width, layers)`."""
    scene = scenery.draw_scene(world, first + number, image_size)
    picture = as_channels_first(scene.picture)
    if colour == "grey":
        picture = as_grey(picture)
    mask = (scene.layers[:, :, None] >> np.arange(len(scenery.LAYERS), dtype=np.uint16)) & 1
    label = {
        "day_night": np.int64(scene.period >= scenery.PERIODS.index("dusk")),
        "time_of_day": np.int64(scene.period),
        "objects": scene.objects,
    }[labels]
    return picture, np.asarray(label), mask.astype(bool)
