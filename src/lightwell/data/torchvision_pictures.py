"""torchvision's own data sets, downloaded by torchvision, which checks their checksums."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from torchvision import datasets

from lightwell.config.mistakes import ConfigMistakes, Mistake
from lightwell.data.batches import Split
from lightwell.data.decode import Colour, as_channels_first
from lightwell.data.pictures import Pictures
from lightwell.data.splits import by_ratio
from lightwell.data.table import Listing, Table, cache_folder


class TorchvisionPictures(Pictures):
    """A torchvision data set with a training part, of which some is kept for validation, and a test part.

    Args:
        root: Where it is or will be stored; by default in the cache.
        val: The share of the training part that is validated on.
        picture_options: The arguments of `Pictures`.
    """

    label_outputs = ("multiclass",)

    def __init__(self, *, root: str | None = None, val: float = 0.1, **picture_options: Any):
        super().__init__(**picture_options)
        self.root = Path(root).expanduser() if root else cache_folder() / "torchvision"
        self.val = val

    def part(self, *, train: bool) -> Any:
        """Torchvision's data set, with progress and checksums where it has to be downloaded."""
        dataset = getattr(datasets, type(self).__name__)
        return dataset(str(self.root), train=train, download=True)

    def labels_of(self, dataset: Any) -> Any:
        """The class number of each picture, in torchvision's order."""
        return dataset.targets

    def make_splits(self) -> dict[str, Split]:
        """Decode both parts, and keep some of the training part for validation."""
        train, test = self._decoded(train=True), self._decoded(train=False)
        division = by_ratio(train.labels, [1 - self.val, self.val, 0])
        return {
            "train": Split(train, division["train"]),
            "val": Split(train, division["val"]),
            "test": Split(test, np.arange(len(test.names))),
        }

    def _decoded(self, *, train: bool) -> Table:
        title = f"{type(self).__name__} ({'train' if train else 'test'})"
        try:
            dataset = self.part(train=train)
        except (OSError, RuntimeError) as error:
            advice = "Connect to the network and try again, or give data.root=FOLDER with torchvision's files."
            raise ConfigMistakes([Mistake("data.root", str(self.root), f"{title}: {error}", advice)]) from error
        labels = np.array([int(label) for label in self.labels_of(dataset)])
        listing = Listing(
            names=[f"{title} {number}" for number in range(len(labels))],
            labels=labels,
            decode=partial(decode_item, dataset, image_size=self.image_size, colour=self.colour),
            layers=(),
            key=f"{title} {self.root} {self.image_size} {self.colour}",
        )
        return self.table(listing, f"Decoding {title}")


class MNIST(TorchvisionPictures):
    """Handwritten digits, 28 x 28 (LeCun et al., 1998)."""

    classes = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")


class FashionMNIST(TorchvisionPictures):
    """Ten kinds of clothing, 28 x 28 (Xiao, Rasul and Vollgraf, 2017)."""

    classes = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")


class CIFAR10(TorchvisionPictures):
    """Ten kinds of objects, 32 x 32 in colour (Krizhevsky, 2009)."""

    classes = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


class OxfordPets(TorchvisionPictures):
    """37 breeds of cats and dogs (Parkhi et al., 2012)."""

    classes = (
        "Abyssinian",
        "American Bulldog",
        "American Pit Bull Terrier",
        "Basset Hound",
        "Beagle",
        "Bengal",
        "Birman",
        "Bombay",
        "Boxer",
        "British Shorthair",
        "Chihuahua",
        "Egyptian Mau",
        "English Cocker Spaniel",
        "English Setter",
        "German Shorthaired",
        "Great Pyrenees",
        "Havanese",
        "Japanese Chin",
        "Keeshond",
        "Leonberger",
        "Maine Coon",
        "Miniature Pinscher",
        "Newfoundland",
        "Persian",
        "Pomeranian",
        "Pug",
        "Ragdoll",
        "Russian Blue",
        "Saint Bernard",
        "Samoyed",
        "Scottish Terrier",
        "Shiba Inu",
        "Siamese",
        "Sphynx",
        "Staffordshire Bull Terrier",
        "Wheaten Terrier",
        "Yorkshire Terrier",
    )

    def part(self, *, train: bool) -> Any:
        """The official training and test parts."""
        return datasets.OxfordIIITPet(str(self.root), split="trainval" if train else "test", download=True)

    def labels_of(self, dataset: Any) -> Any:
        """Torchvision keeps this set's labels to itself."""
        return dataset._labels


def decode_item(dataset: Any, number: int, *, image_size: int, colour: Colour) -> tuple[np.ndarray, None, None]:
    """One picture of a torchvision data set as `(channels, image_size, image_size)` bytes."""
    picture = dataset[number][0].convert("RGB" if colour == "rgb" else "L")
    square = picture.resize((image_size, image_size), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return as_channels_first(np.asarray(square)), None, None
