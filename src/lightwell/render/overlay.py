"""Maps laid over the pictures that they explain. Needs no torch."""

import functools

import numpy as np
from PIL import Image

SMALLEST_SIDE = 256  # pixels; smaller pictures are enlarged without smoothing, so that their pixels can be seen


def as_picture(image: np.ndarray) -> Image.Image:
    """An image `(channels, height, width)` in [0, 1] as a colour picture of at least 256 pixels a side."""
    values = np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
    return enlarged(np.broadcast_to(values, (3, *values.shape[1:])).transpose(1, 2, 0))


def enlarged(pixels: np.ndarray) -> Image.Image:
    """Pixels `(height, width, 3)` as a picture of at least 256 pixels a side."""
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    factor = max(1, -(-SMALLEST_SIDE // min(picture.size)))
    return picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)


def overlay(pixels: np.ndarray, values: np.ndarray, *, signed: bool) -> Image.Image:
    """A map over its picture: red speaks for the class and blue against it; unsigned maps glow from dark to light.

    The picture is greyed, so that all colour is the map's. A map that is zero everywhere leaves just that grey
    picture. Values that are not finite count as zero.

    Args:
        pixels: `(height, width, 3)` uint8: the picture as people know it.
        values: `(h, w)`, at any resolution; brought to the picture's size bilinearly.
        signed: Whether the map has two sides, each drawn on the scale of the largest size on either.
    """
    picture = enlarged(pixels)
    resized = np.asarray(Image.fromarray(_finite(values)).resize(picture.size, Image.Resampling.BILINEAR))
    relative = resized / (scale_of(values) or 1.0)
    strength = np.clip(np.abs(relative), 0, 1)
    grey = np.asarray(picture.convert("L").convert("RGB"), dtype=np.float32) * (0.85 if signed else 0.6)
    opacity = (0.8 * strength**0.8)[:, :, None]
    return Image.fromarray(np.rint(grey * (1 - opacity) + coloured(relative, signed) * opacity).astype(np.uint8))


def scale_of(values: np.ndarray) -> float:
    """The size of value that is drawn in full colour; 0 for a map without any.

    Half a percent of the values may lie above it: one extreme pixel should not darken all the rest.
    """
    sizes = np.abs(_finite(values))
    return float(np.quantile(sizes, 0.995)) or float(sizes.max())


def coloured(relative: np.ndarray, signed: bool) -> np.ndarray:
    """Values as shares of the scale, in [-1, 1] or [0, 1], to colours `(..., 3)` from 0 to 255."""
    if signed:
        return _colours("RdBu_r")[np.rint(127.5 + 127.5 * np.clip(relative, -1, 1)).astype(int)]
    return _colours("inferno")[np.rint(255 * np.clip(np.abs(relative), 0, 1)).astype(int)]


def oddity(values: np.ndarray, *, signed: bool) -> str | None:
    """What is strange about a map, to go after the words "the map"; None for one with something to see."""
    if not np.isfinite(values).all():
        return "holds values that are not finite"
    if not values.any():
        return "is zero everywhere"
    if values.min() == values.max():
        return "is the same everywhere"
    return "speaks nowhere for the class" if signed and values.max() <= 0 else None


def _finite(values: np.ndarray) -> np.ndarray:
    return np.nan_to_num(np.asarray(values, dtype=np.float32), nan=0.0, posinf=0.0, neginf=0.0)


@functools.cache
def _colours(name: str) -> np.ndarray:
    """A Matplotlib colour map as `(256, 3)` values from 0 to 255."""
    from matplotlib import colormaps

    return colormaps[name](np.linspace(0, 1, 256))[:, :3].astype(np.float32) * 255
