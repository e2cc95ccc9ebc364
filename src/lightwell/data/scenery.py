"""Drawn outdoor scenes, exact and without end.

A scene is a pure function of a seed and an index: the same picture, labels and masks in every process and at any
size. What tells day from night is local: sun against moon and stars, dark windows against lit ones, lamps off against
lamps on. The sky's colours and the exposure overlap on purpose, so that no statistic of the whole picture tells.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from lightwell.chance import generator
from lightwell.data import scenery_motifs as motifs
from lightwell.data.scenery_motifs import LAYERS, Hill, Light
from lightwell.data.scenery_painting import Brush, Colour, Painting, dimmed, mix

PERIODS = ("dawn", "day", "dusk", "night")
OBJECTS = ("sun", "moon", "cloud", "house", "tree", "person", "lamp")

EVIDENCE = {
    "day": ("sun", "window", "lamp"),
    "night": ("moon", "star", "window", "lamp"),
    "dawn": ("sun", "window", "lamp"),
    "dusk": ("moon", "star", "window", "lamp"),
}
"""The layers that tell each label."""

RECOGNISABLE = {
    "sun": 0.004,
    "moon": 0.004,
    "cloud": 0.008,
    "house": 0.01,
    "tree": 0.006,
    "person": 0.003,
    "lamp": 0.003,
}
"""The least share of the picture that an object shows; a scene in which one shows less is not drawn at all."""

LEAST_EVIDENCE = 0.005
"""The least share of the picture that tells day from night: 20 pixels of 64 by 64."""

COOL: list[tuple[Colour, Colour]] = [
    ((70, 132, 204), (190, 218, 236)),
    ((84, 98, 120), (158, 168, 178)),
    ((52, 104, 132), (150, 192, 196)),
    ((46, 66, 124), (128, 150, 196)),
    ((28, 40, 84), (92, 110, 164)),
]
WARM: list[tuple[Colour, Colour]] = [
    ((104, 100, 160), (246, 176, 160)),
    ((96, 122, 168), (252, 204, 140)),
    ((66, 54, 112), (222, 132, 146)),
    ((142, 160, 192), (250, 214, 184)),
    ((54, 52, 96), (240, 128, 88)),
]
GROUND: dict[str, list[Colour]] = {
    "spring": [(138, 172, 96), (120, 162, 104)],
    "summer": [(110, 146, 84), (150, 158, 92), (196, 178, 104)],
    "autumn": [(170, 140, 82), (150, 126, 84), (136, 138, 86)],
    "winter": [(226, 232, 242), (208, 218, 232)],
}


@dataclass(frozen=True)
class Scene:
    """A picture and all that is true of it.

    Attributes:
        picture: RGB, `(size, size, 3)`, uint8.
        layers: `(size, size)`, uint16; bit k is set where LAYERS[k] shows somewhere in the pixel.
        period: index into PERIODS.
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
    objects = None
    while objects is None:
        painting, light = _compose(chance, PERIODS[period])
        objects = _objects(painting)
    picture, layers = painting.render(size)
    rain = chance.random() < 0.12
    if rain:
        picture = _rain(chance, picture, light)
    picture = picture + _grain(generator(seed, index, "grain", size), size, chance.uniform(0, 8))
    return Scene(np.clip(picture + 0.5, 0, 255).astype(np.uint8), layers, period, objects)


def _objects(painting: Painting) -> np.ndarray | None:
    """Which objects show; None for a scene with a stub of one, or with too little to tell day from night."""
    shares, telling = painting.survey(len(LAYERS))
    visible = {name: shares[LAYERS.index(name)] for name in OBJECTS}
    stub = any(0 < share < RECOGNISABLE[name] for name, share in visible.items())
    window = LAYERS.index("window")
    misleading = shares[window] > 0 and telling[window] < 0.25 * shares[window]
    if stub or misleading or telling.sum() < LEAST_EVIDENCE:
        return None
    return np.array([visible[name] > 0 for name in OBJECTS], dtype=np.uint8)


def _light(chance: np.random.Generator, period: str, overcast: bool) -> Light:
    at_twilight = chance.random() < {"dawn": 0.95, "dusk": 0.95, "day": 0.06, "night": 0.06}[period]
    palette = WARM if at_twilight else COOL
    weights = {"day": (0.4, 0.65, 0.82, 0.95, 1), "night": (0.15, 0.35, 0.55, 0.8, 1)}.get(
        period, (0.2, 0.4, 0.6, 0.8, 1)
    )
    zenith, horizon = palette[int(np.searchsorted(weights, chance.random()))]
    exposure = chance.uniform(*{"day": (0.5, 1.0), "night": (0.4, 0.9)}.get(period, (0.5, 0.95)))
    if overcast:
        grey = (150.0, 154.0, 162.0)
        zenith, horizon = mix(zenith, grey, 0.4), mix(horizon, grey, 0.4)
    zenith, horizon = dimmed(zenith, exposure), dimmed(horizon, exposure)
    centre = mix(zenith, horizon, chance.uniform(0.4, 0.7))
    brightness = sum(horizon) / 3
    tint = dimmed(mix((1, 1, 1), dimmed(horizon, 1 / brightness), 0.45), exposure * chance.uniform(0.75, 1.0))
    lit = {"dawn": 0.0, "day": 0.0, "dusk": 0.55, "night": 0.8}[period]
    season = list(GROUND)[int(chance.integers(4))]
    return Light((zenith, centre, horizon), tint, season, chance.random() < 0.5, lit > 0, lit)


def _compose(chance: np.random.Generator, period: str) -> tuple[Painting, Light]:
    painting = Painting()
    overcast = chance.random() < 0.2
    light = _light(chance, period, overcast)
    horizon = chance.uniform(0.42, 0.7)
    motifs.sky(painting, light, horizon * chance.uniform(0.5, 0.8))
    if not overcast:
        _heavens(painting, chance, period, horizon)
    if overcast or chance.random() < 0.45:
        for _ in range(int(chance.integers(1, 4)) + 2 * overcast):
            place = (chance.uniform(0, 1), horizon * chance.uniform(0.15, 0.8))
            motifs.cloud(Brush(painting, place, chance.uniform(0.25, 0.5)), chance, light)
    _land(painting, chance, light, horizon)
    return painting, light


def _heavens(painting: Painting, chance: np.random.Generator, period: str, horizon: float) -> None:
    x, dark = chance.uniform(0.1, 0.9), period in ("dusk", "night")
    y = horizon * chance.uniform(0.15, 0.75)
    if dark:
        has_moon = chance.random() < 0.75
        if chance.random() < 0.75:
            for _ in range(int(chance.integers(4, 10) if period == "dusk" else chance.integers(8, 26))):
                place = (chance.uniform(0.02, 0.98), horizon * chance.uniform(0.03, 0.9))
                if not has_moon or abs(place[0] - x) + abs(place[1] - y) > 0.14:
                    motifs.star(painting, chance, place)
        if has_moon:
            motifs.moon(painting, chance, (x, y))
    elif period == "dawn":
        motifs.sun(painting, chance, (x, horizon - chance.uniform(0, 0.14)), low=True)
    elif chance.random() < 0.7:
        motifs.sun(painting, chance, (x, horizon * chance.uniform(0.15, 0.5)), low=False)


def _land(painting: Painting, chance: np.random.Generator, light: Light, horizon: float) -> None:
    """Hills from the horizon to the front, each with what stands on it, the farther first."""
    hills = int(chance.integers(1, 4))
    haze = chance.uniform(0.4, 0.9) if chance.random() < 0.3 else chance.uniform(0.1, 0.4)
    zoom = chance.uniform(0.85, 1.2)
    ground = motifs.pick(chance, GROUND[light.season])
    things = _things(chance, hills)
    for number in range(hills):
        hill = Hill(chance, horizon + (0.78 - horizon) * number / max(hills - 1, 1) * 0.8, 0.045)
        far = (hills - 1 - number) / hills
        here = light.through(haze * far)
        colour = here.on(dimmed(ground, chance.uniform(0.88, 1.08)))
        hill.draw(painting, colour, mix(colour, light.sky[2], 0.5 * haze) if far else dimmed(colour, 0.78))
        placed = []
        for name, on_hill, x, depth in things:
            if on_hill == number:
                y = hill.ridge(x) + depth * (1.02 - hill.ridge(x))
                placed.append((y, name, x))
        for y, name, x in sorted(placed):
            scale = zoom * (0.36 + 0.64 * max(0, y - horizon) / (1 - horizon))
            if name == "tree":
                scale *= chance.uniform(0.45, 0.75)
            scale *= {"person": 0.26, "lamp": 0.55}.get(name, 1)
            getattr(motifs, name)(Brush(painting, (x, y), scale), chance, here)


def _things(chance: np.random.Generator, hills: int) -> list[tuple[str, int, float, float]]:
    """What stands where: its name, its hill, its place across and its depth on the hill."""
    things = []
    for name, probability, most, depths in (
        ("house", 0.6, 3, (0.02, 0.3)),
        ("tree", 0.58, 6, (0.02, 0.6)),
        ("person", 0.5, 4, (0.15, 0.95)),
        ("lamp", 0.5, 4, (0.05, 0.75)),
    ):
        if chance.random() < probability:
            for _ in range(int(chance.integers(1, most))):
                near = name in ("person", "lamp") or chance.random() < 0.6
                hill = hills - 1 if near else int(chance.integers(hills))
                things.append((name, hill, chance.uniform(0.06, 0.94), chance.uniform(*depths)))
    return things


def _rain(chance: np.random.Generator, picture: np.ndarray, light: Light) -> np.ndarray:
    """Slanting streaks."""
    size = len(picture)
    side = size * 4
    veil = Image.new("L", (side, side))
    draw = ImageDraw.Draw(veil)
    slant = chance.uniform(-0.03, 0.03)
    for _ in range(90):
        x, y, length = chance.uniform(0, 1), chance.uniform(-0.1, 1), chance.uniform(0.05, 0.1)
        draw.line([x * side, y * side, (x + slant) * side, (y + length) * side], fill=110, width=max(1, side // 220))
    share = np.asarray(veil.reduce(4), dtype=np.float32)[:, :, None] / 255
    return picture + (np.array(mix(light.sky[2], (255, 255, 255), 0.4), dtype=np.float32) - picture) * share


def _grain(chance: np.random.Generator, size: int, strength: float) -> np.ndarray:
    """Noise, the same in all three colours."""
    return strength * (chance.random((size, size, 1), np.float32) + chance.random((size, size, 1), np.float32) - 1)
