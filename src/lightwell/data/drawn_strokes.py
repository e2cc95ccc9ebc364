"""Brush strokes that follow a flow, laid over each other from broad to fine, in paint so thick that it casts shade.

As in A. Hertzmann's painterly rendering ("Painterly Rendering with Curved Brush Strokes of Multiple
Sizes", SIGGRAPH 1998), but with no photograph beneath: colour and direction are functions of the place.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

STEPS = 4  # of a stroke's path on either side of its middle
UNDERPAINTING = 96  # cells across; what no stroke covers is painted roughly
SPACING = 0.75  # between the middles of neighbouring strokes, in geometric means of their length and width

Flow = Callable[[np.ndarray], np.ndarray]
"""Of places `(n, 2)`, the unit vectors `(n, 2)` along which the brush moves there; their sign does not matter."""

Region = Callable[[np.ndarray], np.ndarray]
"""Of places `(n, 2)`, the numbers `(n,)` of the parts of the picture that they lie in."""

Colours = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Of places `(n, 2)` and chance numbers `(n,)` in [-1, 1], the colours `(n, 3)` from 0 to 255 of strokes there."""


@dataclass(frozen=True)
class Brush:
    """One layer of strokes; lengths are in units of the picture's longest side.

    Attributes:
        width: Of a stroke.
        length: Of a stroke.
        bristles: How many ribbons of slightly different colour and height make up a stroke.
        cover: The share of the places for a stroke that get one; what is below shows through elsewhere.
    """

    width: float
    length: float
    bristles: int
    cover: float = 1.0


class Impasto:
    """Strokes laid down one after the other on a canvas of width 1 and `height`, x to the right, y downwards."""

    def __init__(self, height: float, chance: np.random.Generator) -> None:
        self.height = height
        self.chance = chance
        self._ribbons: list[np.ndarray] = []
        self._paints: list[np.ndarray] = []

    def lay(self, brush: Brush, flow: Flow, colours: Colours, region: Region) -> None:
        """Cover the canvas with one layer of strokes, none of which leaves the region that it begins in."""
        middles = self._places(brush)
        count = len(middles)
        paths = _paths(middles, flow, region, brush.length * self.chance.uniform(0.6, 1.2, count))
        base = colours(middles, self.chance.uniform(-1, 1, count))
        width = brush.width * self.chance.uniform(0.7, 1.15, count)
        light = self.chance.normal(1, 0.09, (count, brush.bristles, 1))
        rise = self.chance.uniform(0.3, 1, (count, 1)) + self.chance.uniform(-0.3, 0.3, (count, brush.bristles))
        paints = np.concatenate([base[:, None] * light, (rise * brush.width)[..., None]], axis=2)
        self._ribbons.append(self._ragged(paths, width, brush.bristles).reshape(-1, 4 * (2 * STEPS + 1)))
        self._paints.append(paints.reshape(-1, 4))

    def render(self, size: tuple[int, int], colours: Colours) -> np.ndarray:
        """The picture `(height, width, 3)`, 0 to 255: each pixel in the colour and the light of the ribbon on top."""
        height, width = size
        rows, columns = round(UNDERPAINTING * self.height), UNDERPAINTING
        down, across = (np.arange(count) + 0.5 for count in (rows, columns))
        places = np.stack(np.meshgrid(across, down), axis=-1).reshape(-1, 2) / columns
        below = np.pad(colours(places, np.zeros(len(places))), ((0, 0), (0, 1)))
        cells = Image.fromarray(np.arange(rows * columns, dtype=np.int32).reshape(rows, columns))
        numbers = cells.resize((width, height), Image.Resampling.NEAREST)
        pen = ImageDraw.Draw(numbers)
        for number, outline in enumerate((np.concatenate(self._ribbons) * width - 0.5).tolist(), start=len(below)):
            pen.polygon(outline, fill=number)
        seen = np.concatenate([below, *self._paints]).astype(np.float32)[np.asarray(numbers)]
        return seen[..., :3] * _light(seen[..., 3], width)[..., None]

    def _places(self, brush: Brush) -> np.ndarray:
        """Middles of strokes `(count, 2)` on a jittered grid that reaches a little over the edges, in chance order."""
        spacing = SPACING * (brush.width * brush.length) ** 0.5
        across, down = (np.arange(-spacing, length + spacing, spacing) for length in (1.0, self.height))
        grid = np.stack(np.meshgrid(across, down), axis=-1).reshape(-1, 2)
        jittered = grid + self.chance.uniform(-0.5, 0.5, grid.shape) * spacing
        return self.chance.permutation(jittered)[: round(brush.cover * len(grid))]

    def _ragged(self, paths: np.ndarray, width: np.ndarray, bristles: int) -> np.ndarray:
        """Outlines `(count, bristles, points, 2)` of ribbons side by side that begin and end at different places."""
        count, along = len(paths), np.linspace(0, 1, 2 * STEPS + 1)
        tangents = np.gradient(paths, axis=1)
        tangents /= np.linalg.norm(tangents, axis=2, keepdims=True) + 1e-9
        normals = np.stack([-tangents[..., 1], tangents[..., 0]], axis=-1)[:, None]
        begin, end = self.chance.uniform(-0.05, 0.22, (2, count, bristles, 1))
        fullness = np.sqrt(np.clip(np.minimum(along - begin, 1 - end - along) / 0.2, 0, 1))
        offsets = ((np.arange(bristles) + 0.5) / bristles - 0.5)[None, :, None]
        middle = paths[:, None] + (offsets * (0.55 + 0.45 * fullness) * width[:, None, None])[..., None] * normals
        half = (0.62 * width[:, None, None] / bristles * fullness)[..., None] * normals
        return np.concatenate([middle + half, (middle - half)[:, :, ::-1]], axis=2)


def _paths(middles: np.ndarray, flow: Flow, region: Region, length: np.ndarray) -> np.ndarray:
    """Paths `(count, 2 STEPS + 1, 2)` along the flow, both ways from the middle, halted at a region's border."""
    home = region(middles)
    halves = []
    for way in (-1.0, 1.0):
        place, heading, moving = middles, way * flow(middles), np.ones(len(middles), dtype=bool)
        half = []
        for _ in range(STEPS):
            further = place + heading * (length / (2 * STEPS))[:, None]
            moving = moving & (region(further) == home)
            place = np.where(moving[:, None], further, place)
            turned = flow(place)
            heading = turned * np.sign((turned * heading).sum(1, keepdims=True) + 1e-9)
            half.append(place)
        halves.append(half)
    return np.stack([*halves[0][::-1], middles, *halves[1]], axis=1)


def _light(heights: np.ndarray, scale: int) -> np.ndarray:
    """How much light falls on thick paint from the upper left, around 1."""
    smooth = gaussian_filter(heights, 0.0011 * scale)
    down, across = np.gradient(smooth)
    slope = (down + across) * scale
    return 1 + 0.45 * np.tanh(0.5 * slope)
