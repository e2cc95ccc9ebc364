"""Picture files to arrays, whatever their mode, depth or orientation. Needs no torch."""

import warnings
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, ImageOps

Colour = Literal["rgb", "grey"]
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm"})


class UnreadablePicture(Exception):
    """A file that is no picture, or a torn one; the message names it."""


def decode_picture(path: Path, *, image_size: int, colour: Colour) -> np.ndarray:
    """Read a picture and stretch it to a square.

    Camera orientation (EXIF) is applied, transparency is laid on white, 16-bit grey is scaled to 8. The whole
    picture is kept: stretching moves nothing out of sight, so a mask or box stays true.

    Returns:
        `(channels, image_size, image_size)` uint8, with 3 channels for `rgb` and 1 for `grey`.

    Raises:
        UnreadablePicture: When the file cannot be decoded to its end.
    """
    upright = _decoded(path, colour, image_size)
    return as_channels_first(
        np.asarray(upright.resize((image_size, image_size), Image.Resampling.BILINEAR, reducing_gap=2.0))
    )


def decode_original(path: Path, *, longest_side: int = 512) -> np.ndarray:
    """Read a picture in its own proportions and in colour, for people to look at.

    Returns:
        `(height, width, 3)` uint8, made smaller if a side is longer than `longest_side`.

    Raises:
        UnreadablePicture: When the file cannot be decoded to its end.
    """
    upright = _decoded(path, "rgb", longest_side)
    upright.thumbnail((longest_side, longest_side), Image.Resampling.BILINEAR)
    return np.asarray(upright)


def decode_sized(path: Path, *, longest_side: int) -> np.ndarray:
    """Read a picture in its own proportions and in colour, made larger or smaller to that longest side.

    Returns:
        `(height, width, 3)` uint8.

    Raises:
        UnreadablePicture: When the file cannot be decoded to its end.
    """
    upright = _decoded(path, "rgb", longest_side)
    factor = longest_side / max(upright.size)
    size = (max(1, round(factor * upright.width)), max(1, round(factor * upright.height)))
    return np.asarray(upright.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0))


def _decoded(path: Path, colour: Colour, side: int) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as picture:
                # A JPEG is decoded at the smallest of its scales that still leaves room for a good resize.
                picture.draft("RGB", (2 * side, 2 * side))
                return _in_colour(ImageOps.exif_transpose(picture), colour)
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError, Warning) as error:
        raise UnreadablePicture(f"{path} cannot be read as a picture: {error}") from error


def as_channels_first(picture: np.ndarray) -> np.ndarray:
    """`(height, width)` or `(height, width, channels)` as `(channels, height, width)`."""
    return picture[None] if picture.ndim == 2 else np.ascontiguousarray(picture.transpose(2, 0, 1))


def as_grey(picture: np.ndarray) -> np.ndarray:
    """`(3, height, width)` uint8 as `(1, height, width)`, by how bright each colour looks."""
    return np.rint([[0.299, 0.587, 0.114]] @ picture.reshape(3, -1)).astype(np.uint8).reshape(1, *picture.shape[1:])


def as_colour(image: np.ndarray) -> np.ndarray:
    """`(channels, height, width)` with one or three channels as `(height, width, 3)`."""
    return np.ascontiguousarray(np.broadcast_to(image, (3, *image.shape[1:])).transpose(1, 2, 0))


def _in_colour(picture: Image.Image, colour: Colour) -> Image.Image:
    mode = "RGB" if colour == "rgb" else "L"
    if picture.mode.startswith("I") or picture.mode == "F":
        values = np.asarray(picture, dtype=np.float64)
        scale = 255.0 / 65535.0 if picture.mode.startswith("I") else 255.0
        picture = Image.fromarray(np.clip(values * scale, 0, 255).astype(np.uint8))
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        paper = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(paper, picture)
    return picture if picture.mode == mode else picture.convert(mode)
