"""Painting by numbers: one map says which shape shows where, and everything else is read off it.

Shapes are laid down from the farthest to the nearest, each writing its own number over what it hides. The picture
(every number's colour), the masks (every number's layer) and the light that spreads from what shines (every
number's glow) all come from that map, so a mask cannot disagree with its picture.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

Colour = tuple[float, float, float]
Point = tuple[float, float]

SURVEY = 128
"""Side of the map on which visibility is decided and light spreads, whatever the size of the picture."""

FINEST = 256
"""Least side of the map that a picture is sampled from."""

HALOS = ((0.5, 0.02), (0.9, 0.07))
"""Light spreads twice, tight and wide: each halo's strength and its radius as a share of the picture's side."""


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """The colour that lies at `share` of the way from the first to the second."""
    red, green, blue = (a + (b - a) * share for a, b in zip(first, second, strict=True))
    return red, green, blue


def dimmed(colour: Colour, factor: float) -> Colour:
    """The colour in `factor` times as much light."""
    return colour[0] * factor, colour[1] * factor, colour[2] * factor


class Paint(NamedTuple):
    """What a shape is filled with.

    It belongs to `layer`, a small whole number. Its `colour` turns into `lower` towards the shape's lower edge. It
    spreads `glow` times its own colour as light around it. A `telling` paint is evidence for the label.
    """

    layer: int
    colour: Colour
    lower: Colour | None = None
    glow: float = 0.0
    telling: bool = False


class Painting:
    """Shapes in a unit square, x to the right and y downwards, the farthest first."""

    def __init__(self) -> None:
        self._outlines: list[tuple[bool, list[float]]] = []
        self._paints: list[tuple[float, ...]] = []

    def polygon(self, paint: Paint, points: Sequence[float]) -> None:
        """Add the polygon whose corners are `points`: x, y, x, y and so on."""
        self._add(paint, False, list(points))

    def ellipse(self, paint: Paint, centre: Point, radii: Point) -> None:
        """Add an upright ellipse."""
        (x, y), (across, up) = centre, radii
        self._add(paint, True, [x - across, y - up, x + across, y + up])

    def _add(self, paint: Paint, is_ellipse: bool, points: list[float]) -> None:
        lower = paint.lower or paint.colour
        top, bottom = min(points[1::2]), max(points[1::2])
        slope = [(b - a) / max(bottom - top, 1e-3) for a, b in zip(paint.colour, lower, strict=True)]
        offset = [a - top * s for a, s in zip(paint.colour, slope, strict=True)]
        light = dimmed(mix(paint.colour, lower, 0.5), paint.glow)
        self._outlines.append((is_ellipse, points))
        self._paints.append((*offset, *slope, *light, paint.layer, paint.telling))

    def _map(self, side: int) -> np.ndarray:
        """The number of the shape that shows at every point of a square `(side, side)`."""
        image = Image.new("I;16", (side, side))
        draw = ImageDraw.Draw(image)
        for number, (is_ellipse, points) in enumerate(self._outlines):
            pixels = [point * side - 0.5 for point in points]  # Pillow's whole numbers are the centres of pixels
            if is_ellipse:
                draw.ellipse(pixels, fill=number)
            else:
                draw.polygon(pixels, fill=number)
        return np.asarray(image)

    def survey(self, layers: int) -> tuple[np.ndarray, np.ndarray]:
        """The share of the picture that shows each layer, and that shows each layer's telling paints: `(layers,)`."""
        table = np.array(self._paints)
        shares = np.bincount(self._map(SURVEY).ravel(), minlength=len(table)) / SURVEY**2
        layer = table[:, 9].astype(int)
        return np.bincount(layer, shares, layers), np.bincount(layer, shares * table[:, 10], layers)

    def render(self, size: int) -> tuple[np.ndarray, np.ndarray]:
        """The picture `(size, size, 3)`, from 0 to 255, and its layers `(size, size)`, uint16.

        A pixel has the bit of every layer that shows anywhere in it.
        """
        samples_per_pixel = max(2, -(-FINEST // size))
        side = size * samples_per_pixel
        numbers, table = self._map(side), np.array(self._paints, dtype=np.float32)
        height = (np.arange(side, dtype=np.float32)[:, None, None] + 0.5) / side
        samples = table[:, :3].take(numbers, axis=0) + table[:, 3:6].take(numbers, axis=0) * height
        picture = _block_means(samples, samples_per_pixel)
        light = self._light(size)
        bits = (1 << table[:, 9].astype(np.uint16)).astype(np.uint16).take(numbers)
        blocks = bits.reshape(size, samples_per_pixel, size, samples_per_pixel)
        return picture + light * (1 - picture / 255), np.bitwise_or.reduce(blocks, axis=(1, 3))

    def _light(self, size: int) -> np.ndarray:
        """The light that spreads from what shines and shows, `(size, size, 3)`."""
        sources = np.array(self._paints)[:, 6:9].take(self._map(SURVEY), axis=0).transpose(2, 0, 1)
        light = sum(strength * (_blur(size, radius) @ sources @ _blur(size, radius).T) for strength, radius in HALOS)
        return np.minimum(light, 255).transpose(1, 2, 0)


class Brush:
    """Paints a thing that stands at `foot`: x to the right and y upwards from there, in units of `scale`."""

    def __init__(self, painting: Painting, foot: Point, scale: float):
        self.painting = painting
        self.foot = foot
        self.scale = scale

    def polygon(self, paint: Paint, points: Sequence[float]) -> None:
        """Add the polygon whose corners are `points`: x, y, x, y and so on."""
        (x, y), scale = self.foot, self.scale
        placed = [(y - scale * value) if place % 2 else (x + scale * value) for place, value in enumerate(points)]
        self.painting.polygon(paint, placed)

    def box(self, paint: Paint, left: float, right: float, bottom: float, top: float) -> None:
        """Add an upright rectangle."""
        self.polygon(paint, [left, bottom, right, bottom, right, top, left, top])

    def ellipse(self, paint: Paint, centre: Point, radii: Point) -> None:
        """Add an upright ellipse."""
        (x, y), scale = self.foot, self.scale
        placed = (x + scale * centre[0], y - scale * centre[1])
        self.painting.ellipse(paint, placed, (radii[0] * scale, radii[1] * scale))


def _block_means(samples: np.ndarray, side: int) -> np.ndarray:
    """Means over blocks of `side` by `side` samples, summed in one order, so that they round alike everywhere."""
    size = len(samples) // side
    blocks = samples.reshape(size, side, size, side, -1)
    rows = sum(blocks[:, row] for row in range(side))
    return sum(rows[:, :, column] for column in range(side)) / side**2


@lru_cache(maxsize=16)
def _blur(size: int, radius: float) -> np.ndarray:
    """A Gaussian blur from the survey to a picture, along one axis: `(size, SURVEY)`."""
    distance = (np.arange(size) + 0.5)[:, None] / size - (np.arange(SURVEY) + 0.5) / SURVEY
    return np.exp(-0.5 * (distance / radius) ** 2) / (radius * math.sqrt(2 * math.pi) * SURVEY)
