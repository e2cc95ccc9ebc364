"""A window of coloured glass: a rose of light above hills and waves, every piece held in lead.

Lengths are in units of the picture's height; x runs to the right and y downwards.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter
from scipy.spatial import Voronoi

from lightwell.data.drawn_texture import Palette, gradient, smooth_noise

WIDTH = 0.8
THIN, THICK = 0.0032, 0.0075  # of the lead between pieces and around shapes
SURVEY = 512  # height of the map that tells which shape a piece lies in, whatever the picture's size
LEAD = np.array([26.0, 22, 28])

NIGHT = ((18, 20, 78), (26, 48, 142), (30, 88, 186), (64, 150, 208), (150, 206, 214))
EMBER = ((120, 14, 40), (190, 26, 44), (228, 86, 34), (246, 164, 40), (255, 222, 120))
GOLD = ((206, 118, 24), (240, 170, 40), (252, 212, 90), (255, 240, 180))
VIOLET = ((58, 20, 92), (104, 40, 140), (164, 72, 160), (214, 130, 170))
MEADOW = ((16, 66, 48), (30, 112, 60), (92, 158, 60), (178, 196, 76))
VINE = ((92, 16, 60), (148, 30, 66), (196, 66, 70), (226, 130, 80))
SEA = ((8, 58, 92), (10, 104, 126), (26, 150, 150), (110, 200, 178), (214, 236, 204))


@dataclass(frozen=True)
class Shape:
    """A part of the window.

    Attributes:
        outline: `(points, 2)`.
        palette: Of its glass.
        centre: Its pieces lie in rings around this place.
        spacing: Between the rings.
        cycle: Over how many rings the palette runs up and down.
    """

    outline: np.ndarray
    palette: Palette
    centre: np.ndarray
    spacing: float
    cycle: float


def mosaic(size: tuple[int, int], chance: np.random.Generator) -> np.ndarray:
    """The picture `(height, width, 3)`, 0 to 255."""
    shapes = _shapes(chance)
    places = _pieces(shapes, chance)
    window = Voronoi(np.concatenate([places, [(-9, -9), (9, -9), (-9, 9), (9, 9)]]))
    scale = size[0]
    pieces, lead = Image.new("I", size[::-1]), Image.new("L", size[::-1])
    pen, iron = ImageDraw.Draw(pieces), ImageDraw.Draw(lead)
    for shape in shapes:
        outline = (shape.outline.ravel() * scale - 0.5).tolist()
        iron.polygon(outline, fill=0)  # hides the lead of the shapes below
        iron.line(outline + outline[:2], fill=255, width=max(2, round(THICK * scale)), joint="curve")
    for number in range(len(places)):
        corners = window.regions[window.point_region[number]]
        outline = (window.vertices[corners].ravel() * scale - 0.5).tolist()
        pen.polygon(outline, fill=number)
        iron.line(outline + outline[:2], fill=255, width=max(1, round(THIN * scale)))
    piece = np.asarray(pieces)
    colours = np.stack([_glass(shape, places, chance) for shape in shapes]).astype(np.float32)
    glass = colours[np.asarray(_map(shapes, size)), piece]
    return _lit(glass, np.asarray(lead) / np.float32(255), piece, places, chance)


def _shapes(chance: np.random.Generator) -> list[Shape]:
    """The window's parts, each over those before it."""
    shapes = _rose(chance)
    for level, glass in ((0.63, VINE), (0.7, MEADOW)):
        x = np.linspace(-0.05, WIDTH + 0.05, 60)
        ridge = level + 0.04 * np.sin(chance.uniform(6, 9) * x + chance.uniform(0, 2 * np.pi))
        outline = np.concatenate([np.stack([x, ridge], axis=1), [(WIDTH + 0.05, 1.1), (-0.05, 1.1)]])
        below = np.array([chance.uniform(0.1, WIDTH - 0.1), level + 0.5])
        shapes.append(Shape(outline, glass, below, 0.026, 2.2))
    for row in range(6):
        for column in range(6):
            crest = np.array([(column - 0.5 * (row % 2)) * 0.2 - 0.06, 0.88 + 0.05 * row])
            shapes.append(Shape(_disc(crest, 0.1), SEA, crest, 0.0235, 2))
    return shapes


def _rose(chance: np.random.Generator) -> list[Shape]:
    """The sky, and in it a round window of rings and petals with its rays."""
    rose = chance.uniform((0.34, 0.27), (0.46, 0.39))
    radius = chance.uniform(0.15, 0.18)
    rays = chance.uniform(0, 2 * np.pi) + 2 * np.pi * np.arange(12) / 12
    shapes = [Shape(_disc(rose, 2.0), NIGHT, rose, 0.036, 4)]
    for ray in rays:
        sides = ray + 2 * np.pi / 12 * np.array([-0.22, 0.22])
        ends = rose + 1.5 * np.stack([np.cos(sides), np.sin(sides)], axis=1)
        shapes.append(Shape(np.concatenate([rose[None], ends]), VIOLET, rose, 0.03, 5))
    shapes.append(Shape(_disc(rose, 1.5 * radius), SEA, rose, 0.026, 2))
    shapes.append(Shape(_disc(rose, 1.24 * radius), EMBER, rose, 0.02, 2))
    shapes.append(Shape(_disc(rose, radius), NIGHT, rose, 0.017, 3))
    for number, ray in enumerate(rays):
        middle = rose + 0.64 * radius * np.array([np.cos(ray), np.sin(ray)])
        petal = _disc(middle, radius, (0.33, 0.145), ray)
        shapes.append(Shape(petal, GOLD if number % 2 else EMBER, rose, 0.016, 2.5))
    return [*shapes, Shape(_disc(rose, 0.3 * radius), GOLD, rose, 0.013, 2)]


def _disc(centre: np.ndarray, radius: float, axes: tuple[float, float] = (1.0, 1.0), angle: float = 0.0) -> np.ndarray:
    """A circle's or an ellipse's outline `(points, 2)`."""
    around = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    across, along = axes[0] * np.cos(around), axes[1] * np.sin(around)
    turned = [across * np.cos(angle) - along * np.sin(angle), across * np.sin(angle) + along * np.cos(angle)]
    return centre + radius * np.stack(turned, axis=1)


def _map(shapes: list[Shape], size: tuple[int, int]) -> Image.Image:
    """The number of the shape on top, for every pixel."""
    numbers = Image.new("L", size[::-1])
    pen = ImageDraw.Draw(numbers)
    for number, shape in enumerate(shapes):
        pen.polygon((shape.outline.ravel() * size[0] - 0.5).tolist(), fill=number)
    return numbers


def _pieces(shapes: list[Shape], chance: np.random.Generator) -> np.ndarray:
    """Where the pieces lie `(pieces, 2)`: in rings around the centre of the shape that they are part of."""
    survey = np.asarray(_map(shapes, (SURVEY, round(SURVEY * WIDTH))))
    found = []
    for number, shape in enumerate(shapes):
        rings = np.arange(0.5, 1.4 / shape.spacing) * shape.spacing
        counts = np.maximum(3, np.rint(2 * np.pi * rings / (1.3 * shape.spacing))).astype(int)
        radius, step = np.repeat(rings, counts), np.repeat(2 * np.pi / counts, counts)
        turn = np.repeat(chance.uniform(0, 2 * np.pi, len(rings)), counts)
        angle = turn + step * (np.arange(counts.sum()) + chance.uniform(-0.25, 0.25, counts.sum()))
        radius = radius + chance.uniform(-0.15, 0.15, len(radius)) * shape.spacing
        places = shape.centre + radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        near = ((places > -0.08) & (places < (WIDTH + 0.08, 1.08))).all(1)
        column, row = np.clip(places[near] * SURVEY, 0, np.array(survey.shape)[::-1] - 1).astype(int).T
        found.append(places[near][survey[row, column] == number])
    return np.concatenate(found)


def _glass(shape: Shape, places: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """The colours `(pieces, 3)` of all pieces, were they of this shape."""
    ring = np.linalg.norm(places - shape.centre, axis=1) / shape.spacing
    wave = np.abs((ring / shape.cycle) % 2 - 1)
    return gradient(shape.palette, wave + chance.normal(0, 0.13, len(places)))


def _lit(
    glass: np.ndarray, lead: np.ndarray, piece: np.ndarray, places: np.ndarray, chance: np.random.Generator
) -> np.ndarray:
    """Glass with light behind it: every piece of its own thickness, darker towards the lead, which stands out."""
    scale = len(piece)
    down, across = np.indices(piece.shape, dtype=np.float32) / np.float32(scale)
    tilt = chance.normal(0, 6, places.shape).astype(np.float32)
    level = chance.normal(1, 0.08, len(places)).astype(np.float32)
    at_middle = (tilt * places).sum(1).astype(np.float32)
    wedge = tilt[:, 0][piece] * across + tilt[:, 1][piece] * down - at_middle[piece]
    light = level[piece] + np.clip(wedge, -0.35, 0.35) + 0.06 * smooth_noise(piece.shape, (260, 90), chance)
    light *= 1.12 - 0.7 * gaussian_filter(lead, 0.0022 * scale)
    slope = sum(np.gradient(gaussian_filter(lead, 0.0009 * scale)))
    metal = LEAD * (1 + 2.2 * np.tanh(0.0022 * scale * slope))[..., None]
    return np.where(lead[..., None] > 0, metal, glass * light[..., None])
