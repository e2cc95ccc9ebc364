"""Painting by numbers: one map says which shape shows where, and everything else is read off it.

Shapes are laid down from the farthest to the nearest, each writing its own number over what it hides. The picture
(every number's colour), the masks (every number's layer) and the light that spreads from what shines (every
number's glow) all come from that map, so a mask cannot disagree with its picture.
"""

from collections.abc import Sequence
from functools import cached_property, reduce
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw
from PIL.Image import Resampling

Colour = tuple[float, float, float]
Point = tuple[float, float]

SURVEY = 128
"""Side of the map on which visibility is decided and light spreads, whatever the size of the picture."""

FINEST = 192
"""Least side of the map that a picture is sampled from."""

HALOS = ((0.2, 40), (0.65, 13), (0.35, 5))
"""Light spreads in halos, tight to wide: each one's strength and how many cells it blurs the survey to."""


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """The colour that lies at `share` of the way from the first to the second."""
    rest = 1 - share
    return rest * first[0] + share * second[0], rest * first[1] + share * second[1], rest * first[2] + share * second[2]


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
        layer, colour, lower, glow, telling = paint
        heights = points[1::2]
        self._outlines.append((is_ellipse, points))
        self._paints.append((*colour, *(lower or colour), min(heights), max(heights), glow, layer, telling))

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
        return np.asarray(image).astype(np.intp)

    @cached_property
    def _survey_map(self) -> np.ndarray:
        """The map for what does not depend on the picture's size, once everything is painted."""
        return self._map(SURVEY)

    def survey(self, layers: int) -> tuple[np.ndarray, np.ndarray]:
        """The share of the picture that shows each layer, and that shows each layer's telling paints: `(layers,)`."""
        layer, telling = np.array([paint[9:] for paint in self._paints], dtype=np.intp).T
        shares = np.bincount(self._survey_map.ravel(), minlength=len(layer)) / SURVEY**2
        return np.bincount(layer, shares, layers), np.bincount(layer, shares * telling, layers)

    def render(self, size: int) -> tuple[np.ndarray, np.ndarray]:
        """The picture `(size, size, 3)`, from 0 to 255, and its layers `(size, size)`, uint16.

        A pixel has the bit of every layer that shows anywhere in it.
        """
        samples_per_pixel = max(2, -(-FINEST // size))
        side = size * samples_per_pixel
        numbers, table = self._map(side), np.array(self._paints, dtype=np.float32)
        colour, lower, top, bottom, glow = table[:, :3], table[:, 3:6], table[:, 6:7], table[:, 7:8], table[:, 8:9]
        slope = (lower - colour) / np.maximum(bottom - top, 1e-3)
        height = (np.arange(side, dtype=np.float32)[:, None, None] + 0.5) / side
        samples = (colour - slope * top).take(numbers, axis=0) + slope.take(numbers, axis=0) * height
        picture = _over_blocks(np.add, samples, samples_per_pixel) / samples_per_pixel**2
        light = self._light((colour + lower) * (glow / 2), size)
        bits = np.left_shift(1, table[:, 9].astype(np.intp)).astype(np.uint16).take(numbers)
        return picture + light * (1 - picture / 255), _over_blocks(np.bitwise_or, bits, samples_per_pixel)

    def _light(self, shine: np.ndarray, size: int) -> np.ndarray:
        """The light `(size, size, 3)` around what shines and shows, blurred by shrinking and stretching."""
        sources = shine.take(self._survey_map, axis=0)
        light = np.zeros((size, size, 3), dtype=np.float32)
        for channel in range(3):
            source = Image.fromarray(sources[:, :, channel])
            for strength, cells in HALOS:
                halo = source.resize((cells, cells), Resampling.BILINEAR).resize((size, size), Resampling.BICUBIC)
                light[:, :, channel] += strength * np.asarray(halo)
        return np.clip(light, 0, 255)


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


def _over_blocks(operation: np.ufunc, samples: np.ndarray, side: int) -> np.ndarray:
    """Combine every block of `side` by `side` samples into one, always in the same order, so that sums round alike."""
    size = len(samples) // side
    blocks = samples.reshape(size, side, size, side, *samples.shape[2:])
    rows = reduce(operation, (blocks[:, row] for row in range(side)))
    return reduce(operation, (rows[:, :, column] for column in range(side)))
