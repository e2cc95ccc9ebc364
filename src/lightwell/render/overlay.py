"""Explanations laid over the pictures that they explain. Needs no torch."""

import functools

import numpy as np
from PIL import Image

SMALLEST_SIDE = 256  # pixels; smaller pictures are enlarged without smoothing, so that their pixels can be seen


def as_picture(image: np.ndarray) -> Image.Image:
    """An image `(channels, height, width)` in [0, 1] as a colour picture of at least 256 pixels a side."""
    values = np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
    rgb = np.repeat(values, 3, axis=0) if len(values) == 1 else values
    picture = Image.fromarray(np.ascontiguousarray(rgb.transpose(1, 2, 0)))
    factor = max(1, -(-SMALLEST_SIDE // min(picture.size)))
    return picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)


def overlay(image: np.ndarray, values: np.ndarray, *, signed: bool) -> Image.Image:
    """A map over its picture: red speaks for the class and blue against it; unsigned maps glow from dark to light.

    The picture is greyed, so that all colour is the map's. A map that is zero everywhere leaves just that grey
    picture. Values that are not finite count as zero.

    Args:
        image: `(channels, height, width)` in [0, 1].
        values: `(h, w)`, brought to the picture's size bilinearly.
        signed: Whether the map has two sides, each drawn on the scale of the largest size on either.
    """
    picture = as_picture(image)
    values = np.nan_to_num(np.asarray(values, dtype=np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    resized = np.asarray(Image.fromarray(values).resize(picture.size, Image.Resampling.BILINEAR))
    # One extreme pixel should not darken all the rest.
    scale = float(np.quantile(np.abs(resized), 0.995)) or float(np.abs(resized).max()) or 1.0
    strength = np.clip(np.abs(resized) / scale, 0, 1)
    if signed:
        colour = _colours("RdBu_r")[np.rint(127.5 + 127.5 * np.clip(resized / scale, -1, 1)).astype(int)]
    else:
        colour = _colours("inferno")[np.rint(255 * strength).astype(int)]
    grey = np.asarray(picture.convert("L").convert("RGB"), dtype=np.float32) * (0.85 if signed else 0.45)
    opacity = (0.8 * strength**0.8)[:, :, None]
    return Image.fromarray(np.rint(grey * (1 - opacity) + colour * opacity).astype(np.uint8))


@functools.cache
def _colours(name: str) -> np.ndarray:
    """A Matplotlib colour map as `(256, 3)` values from 0 to 255."""
    from matplotlib import colormaps

    return colormaps[name](np.linspace(0, 1, 256))[:, :3].astype(np.float32) * 255
