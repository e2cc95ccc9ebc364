"""Handwritten digits: scikit-learn's 1797 pictures of 8 x 8 pixels, embedded in its wheel."""

from functools import partial
from typing import Any

import numpy as np
from PIL import Image

from lightwell.data.batches import Split
from lightwell.data.pictures import Pictures
from lightwell.data.splits import by_ratio
from lightwell.data.table import Listing


class Digits(Pictures):
    """Ten classes of digits written by 43 people (Alpaydin and Kaynak, 1998).

    Args:
        ratio: The shares of train, val and test, drawn class by class.
        picture_options: The arguments of `Pictures`.
    """

    classes = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
    label_outputs = ("multiclass",)

    def __init__(self, *, ratio: list[float] | None = None, **picture_options: Any):
        super().__init__(**picture_options)
        self.ratio = [0.7, 0.1, 0.2] if ratio is None else ratio

    def make_splits(self) -> dict[str, Split]:
        """Decode the digits and divide them."""
        from sklearn.datasets import load_digits

        digits = load_digits()
        listing = Listing(
            names=[f"digit {number}" for number in range(len(digits.target))],
            labels=digits.target.astype(np.int64),
            decode=partial(decode_digit, digits.images, image_size=self.image_size, channels=self.channels),
            layers=(),
            key=f"digits {self.image_size} {self.colour}",
        )
        table = self.table(listing, "Decoding the digits")
        return {name: Split(table, positions) for name, positions in by_ratio(table.labels, self.ratio).items()}


def decode_digit(digits: np.ndarray, number: int, *, image_size: int, channels: int) -> tuple[np.ndarray, None, None]:
    """One digit, whose ink has 17 levels, as `(channels, image_size, image_size)` bytes."""
    picture = Image.fromarray(np.rint(digits[number] * (255 / 16)).astype(np.uint8))
    resized = np.asarray(picture.resize((image_size, image_size), Image.Resampling.BILINEAR))
    return np.repeat(resized[None], channels, axis=0), None, None
