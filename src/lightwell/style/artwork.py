"""What an artwork is to become: a photograph's content in the style of one or several paintings."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Style:
    """A painting whose style is taken.

    Attributes:
        name: What it is called.
        picture: `(3, height, width)` in [0, 1]; of any size.
        weight: Its share among the styles of the same place.
        mask: Where in the artwork, `(height, width)` in [0, 1] of the artwork's size; None for everywhere.
    """

    name: str
    picture: Tensor
    weight: float = 1.0
    mask: Tensor | None = None


@dataclass(frozen=True)
class Artwork:
    """A photograph and the styles that it is to be painted in.

    Attributes:
        name: What it is called.
        content: The photograph, `(3, height, width)` in [0, 1], as large as the artwork.
        styles: One or more.
    """

    name: str
    content: Tensor
    styles: tuple[Style, ...]
