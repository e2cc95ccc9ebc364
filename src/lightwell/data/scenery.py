"""Drawn outdoor scenes, exact and without end.

A scene is a pure function of a seed and an index: the same picture, labels and masks in every process and at any
size. What tells day from night is local: sun against moon and stars, dark windows against lit ones, lamps off against
lamps on. The sky's colours and the exposure overlap on purpose, so that no statistic of the whole picture tells.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from lightwell.chance import generator
from lightwell.data.scenery_composition import compose
from lightwell.data.scenery_light import LAYERS
from lightwell.data.scenery_painting import Colour, Painting

PERIODS = ("dawn", "day", "dusk", "night")
OBJECTS = ("sun", "moon", "cloud", "house", "tree", "person", "lamp")

EVIDENCE = {
    "day": ("sun", "window", "lamp"),
    "night": ("moon", "star", "window", "lamp"),
    "dawn": ("sun", "window", "lamp"),
    "dusk": ("moon", "star", "window", "lamp"),
}
"""The layers that tell each label. A lamp's layer is its post and its lantern; the light around it has no layer."""

RECOGNISABLE = {
    "sun": 0.006,
    "moon": 0.004,
    "cloud": 0.008,
    "house": 0.01,
    "tree": 0.006,
    "person": 0.004,
    "lamp": 0.003,
}
"""The least share of the picture that an object shows: a scene with less of it, but not none, is not drawn."""

LEAST_EVIDENCE = 0.01
"""The least share of the picture that tells day from night: 41 pixels of 64 by 64."""


@dataclass(frozen=True)
class Scene:
    """A picture and all that is true of it.

    Attributes:
        picture: RGB, `(size, size, 3)`, uint8.
        layers: `(size, size)`, uint16; bit k is set where LAYERS[k] shows somewhere in the pixel.
        period: Index into PERIODS; day for the first two, night for the last two.
        objects: `(len(OBJECTS),)`, uint8; 1 where the object is in the picture, and then recognisably.
    """

    picture: np.ndarray
    layers: np.ndarray
    period: int
    objects: np.ndarray


def draw_scene(seed: int, index: int, size: int) -> Scene:
    """Scene `index` of the series `seed`, `size` pixels high and wide."""
    chance = generator(seed, index)
    period = int(chance.integers(len(PERIODS)))
    while True:
        painting, rain = compose(chance, PERIODS[period])
        objects = visible_objects(painting)
        if objects is not None:
            break
    picture, layers = painting.render(size)
    if rain:
        picture = _rained_on(picture, chance, rain)
    picture = picture + _grain(generator(seed, index, "grain", size), size, chance.uniform(0, 5))
    return Scene(np.clip(picture + 0.5, 0, 255).astype(np.uint8), layers, period, objects)


def visible_objects(painting: Painting) -> np.ndarray | None:
    """Which of OBJECTS show, or None for a scene that should not be drawn.

    That is one with a stub of an object, with hardly anything in it, with too little evidence, or whose windows
    mostly tell the opposite: dark at night.
    """
    shares, telling = painting.survey(len(LAYERS))
    visible = {name: shares[LAYERS.index(name)] for name in OBJECTS}
    stub = any(0 < share < RECOGNISABLE[name] for name, share in visible.items())
    window = LAYERS.index("window")
    misleading = telling[window] < 0.4 * shares[window]
    if stub or misleading or telling.sum() < LEAST_EVIDENCE:
        return None
    objects = np.array([share > 0 for share in visible.values()], dtype=np.uint8)
    return objects if objects.sum() > 1 else None


def _rained_on(picture: np.ndarray, chance: np.random.Generator, colour: Colour) -> np.ndarray:
    """Slanting streaks over everything, through which it still shows."""
    size, samples_per_pixel = len(picture), 4
    side = size * samples_per_pixel
    veil = Image.new("L", (side, side))
    draw = ImageDraw.Draw(veil)
    slant = chance.uniform(-0.03, 0.03)
    for x, y, length in chance.uniform((0, -0.1, 0.05), (1, 1, 0.1), (90, 3)).tolist():
        streak = [x * side, y * side, (x + slant) * side, (y + length) * side]
        draw.line(streak, fill=100, width=max(1, side // 220))
    share = np.asarray(veil.reduce(samples_per_pixel), dtype=np.float32)[:, :, None] / 255
    return picture + (np.array(colour) - picture) * share


def _grain(chance: np.random.Generator, size: int, strength: float) -> np.ndarray:
    """Noise, the same in all three colours, of triangular distribution."""
    first, second = chance.random((2, size, size, 1), np.float32)
    return strength * (first - second)
