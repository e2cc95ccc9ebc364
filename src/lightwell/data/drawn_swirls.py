"""A night full of wind: brush strokes whirl around lights above dark ridges.

Lengths are in units of the picture's width; x runs to the right and y downwards. Places are `(n, 2)`.
"""

from collections.abc import Callable

import numpy as np

from lightwell.data.drawn_strokes import Brush, Impasto
from lightwell.data.drawn_texture import gradient

HEIGHT = 0.8
BRUSHES = (
    Brush(width=0.05, length=0.2, bristles=9),
    Brush(width=0.024, length=0.11, bristles=6),
    Brush(width=0.013, length=0.075, bristles=4, cover=0.7),
    Brush(width=0.0065, length=0.045, bristles=2, cover=0.35),
)
SKY = ((22, 12, 48), (38, 26, 92), (30, 66, 128), (14, 106, 122), (48, 152, 132), (142, 198, 152), (240, 214, 160))
LIGHT = ((176, 52, 86), (226, 88, 62), (246, 158, 60), (252, 206, 96), (255, 240, 196))  # from the rim to the core
RIDGE_LEVELS = np.array([0.6, 0.665, 0.735])
RIDGE_DARK = np.array([(44, 44, 108), (64, 22, 66), (14, 16, 34)])
RIDGE_BRIGHT = np.array([(92, 122, 150), (168, 66, 88), (46, 82, 72)])
LIGHTS, LIGHTS_APART = 8, 0.2
BANDS = 6.0  # of colour, in one unit of the stream function
FURROW = 0.045  # from one to the next on a ridge


def swirls(size: tuple[int, int], chance: np.random.Generator) -> np.ndarray:
    """The picture `(height, width, 3)`, 0 to 255."""
    night = Night(chance)
    canvas = Impasto(HEIGHT, chance)
    for brush in BRUSHES:
        canvas.lay(brush, night.flow, night.colours, night.region)
    return canvas.render(size, night.colours)


class Night:
    """Where the wind blows, and what colour is where."""

    def __init__(self, chance: np.random.Generator) -> None:
        self.lights = _scattered(chance)
        self.radii = np.r_[0.075, chance.uniform(0.024, 0.046, len(self.lights) - 1)]
        self.whirls = np.array([[0.3, 0.3], [0.6, 0.45], [0.98, 0.5]]) + chance.uniform(-0.06, 0.06, (3, 2))
        self.waves = chance.uniform((3, -6, 0), (7, 6, 2 * np.pi), (5, 3))
        self.swells = chance.uniform((4.5, 0), (9, 2 * np.pi), (3, 3, 2))

    def region(self, places: np.ndarray) -> np.ndarray:
        """0 for the sky, 1 to 3 for the ridges from far to near."""
        below = self._below_ridges(places) > 0
        return np.where(below.any(0), 3 - below[::-1].argmax(0), 0)

    def flow(self, places: np.ndarray) -> np.ndarray:
        """Unit vectors along the wind, around the lights and along the ridges."""
        region = self.region(places)
        slope = _slope(lambda at: np.where(region == 0, self._stream(at), self._furrows(at, region)), places)
        distance, away = self._nearest_light(places)
        pull = (np.clip(2.6 - distance, 0, 1) * (region == 0))[:, None]
        slope = slope * (1 - pull) + away * pull
        return np.stack([slope[:, 1], -slope[:, 0]], axis=1) / (np.linalg.norm(slope, axis=1, keepdims=True) + 1e-12)

    def colours(self, places: np.ndarray, chance: np.ndarray) -> np.ndarray:
        """Broken colour: chance, `(n,)` in [-1, 1], moves a stroke along its palette."""
        band = 0.5 + 0.5 * np.sin(2 * np.pi * BANDS * self._stream(places))
        sky = gradient(SKY, 0.1 + 0.66 * band**1.3 + 0.2 * chance)
        distance, _ = self._nearest_light(places)
        rings = 1.05 - 0.5 * distance + 0.16 * np.cos(2 * np.pi * 1.9 * distance) + 0.12 * chance
        glow = np.clip(2.1 - 0.8 * distance + 0.35 * chance, 0, 1)[:, None]
        sky = sky + (gradient(LIGHT, rings) - sky) * glow
        region = self.region(places)
        ridge = np.maximum(region - 1, 0)
        lit = 0.45 + 0.4 * np.sin(2 * np.pi / FURROW * self._furrows(places, region)) + 0.3 * chance
        land = RIDGE_DARK[ridge] + (RIDGE_BRIGHT - RIDGE_DARK)[ridge] * np.clip(lit, 0, 1)[:, None]
        return np.where((region == 0)[:, None], sky, land)

    def _stream(self, places: np.ndarray) -> np.ndarray:
        """The stream function `(n,)`: wind blows along its level lines."""
        x, y = places.T
        stream = 0.8 * y
        for across, down, phase in self.waves:
            stream = stream + 0.025 * np.sin(across * x + down * y + phase)
        for whirl, sign in zip(self.whirls, (1, -1, 1), strict=True):
            stream = stream + sign * 0.26 * np.exp(-((places - whirl) ** 2).sum(1) / 0.02)
        return stream

    def _nearest_light(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How far the nearest light is `(n,)`, and the way from it `(n, 2)`, both in its radii."""
        away = (places[:, None] - self.lights) / self.radii[:, None]
        distance = np.linalg.norm(away, axis=2)
        nearest = distance.argmin(1)
        rows = np.arange(len(places))
        return distance[rows, nearest], away[rows, nearest]

    def _below_ridges(self, places: np.ndarray) -> np.ndarray:
        """How far below each ridge's line: `(3, n)`."""
        x, y = places.T
        frequency, phase = self.swells[..., 0, None], self.swells[..., 1, None]
        octave = np.arange(3)[:, None]
        swell = (0.022 / (octave + 1) * np.sin(frequency * 1.7**octave * x + phase)).sum(1)
        return y - RIDGE_LEVELS[:, None] - swell

    def _furrows(self, places: np.ndarray, region: np.ndarray) -> np.ndarray:
        """How far below its own ridge's line a place is `(n,)`, a little disturbed by the wind."""
        below = self._below_ridges(places)[np.maximum(region - 1, 0), np.arange(len(places))]
        return below + 0.03 * self._stream(places)


def _slope(field: Callable[[np.ndarray], np.ndarray], places: np.ndarray) -> np.ndarray:
    """The gradient `(n, 2)` of a field, by central differences."""
    step = 1e-4
    steps = np.eye(2) * step
    return np.stack([field(places + move) - field(places - move) for move in steps], axis=1) / (2 * step)


def _scattered(chance: np.random.Generator) -> np.ndarray:
    """Places of the lights, the largest one's first, none too near to another."""
    found = [chance.uniform((0.74, 0.14), (0.86, 0.2))]
    for place in chance.uniform((0.05, 0.05), (0.95, 0.5), (400, 2)):
        if len(found) < LIGHTS and np.linalg.norm(place - found, axis=1).min() > LIGHTS_APART:
            found.append(place)
    return np.array(found)
