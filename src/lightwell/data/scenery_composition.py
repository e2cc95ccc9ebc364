"""What is in a drawn scene and where: its light, the sky, the hills, and what stands on them.

All that varies is drawn from one generator, in units of the picture's side, so that a scene has no resolution.
"""

from dataclasses import dataclass

import numpy as np

from lightwell.data import scenery_land as land
from lightwell.data import scenery_sky as sky
from lightwell.data.scenery_light import WHITE, Light, pick
from lightwell.data.scenery_painting import Brush, Colour, Painting, Point, dimmed, mix

COOL: list[tuple[Colour, Colour]] = [
    ((66, 134, 214), (196, 224, 240)),
    ((92, 108, 134), (172, 184, 196)),
    ((48, 112, 146), (160, 208, 210)),
    ((48, 70, 140), (138, 162, 214)),
    ((30, 44, 98), (104, 126, 188)),
]
"""Skies of day and of night, azure to navy: the colours of the zenith and the horizon."""

WARM: list[tuple[Colour, Colour]] = [
    ((108, 106, 172), (250, 180, 164)),
    ((98, 130, 180), (255, 208, 140)),
    ((72, 58, 124), (232, 138, 150)),
    ((142, 166, 204), (252, 218, 190)),
    ((60, 56, 110), (246, 132, 88)),
]
"""Skies of dawn and of dusk."""

GREY: Colour = (150, 154, 162)

GROUND: dict[str, list[Colour]] = {
    "spring": [(142, 180, 98), (122, 168, 106)],
    "summer": [(112, 152, 84), (152, 164, 92), (200, 182, 106)],
    "autumn": [(178, 146, 84), (154, 130, 84), (140, 144, 86)],
    "winter": [(228, 234, 244), (210, 220, 234)],
}
EARTH: Colour = (206, 184, 146)


@dataclass(frozen=True)
class Tendency:
    """How a period tends to look. Of day and night only lit windows are evidence: all else overlaps on purpose.

    Attributes:
        warm_sky: The probability of a sky of WARM rather than of COOL.
        skies: The probability of each of those five.
        exposure: The least and the greatest brightness.
        windows_lit: The probability that a window is lit.
    """

    warm_sky: float
    skies: tuple[float, float, float, float, float]
    exposure: tuple[float, float]
    windows_lit: float


TENDENCIES = {
    "dawn": Tendency(0.95, (0.25, 0.25, 0.15, 0.25, 0.1), (0.62, 1.05), 0.0),
    "day": Tendency(0.06, (0.45, 0.2, 0.2, 0.12, 0.03), (0.65, 1.15), 0.0),
    "dusk": Tendency(0.95, (0.2, 0.15, 0.25, 0.15, 0.25), (0.5, 1.0), 0.7),
    "night": Tendency(0.06, (0.1, 0.15, 0.2, 0.25, 0.3), (0.38, 0.9), 0.85),
}


def compose(chance: np.random.Generator, period: str) -> tuple[Painting, Colour | None]:
    """A scene's painting, and the colour of its rain, if it rains."""
    painting, tendency = Painting(), TENDENCIES[period]
    overcast = chance.random() < 0.2
    cloudy = overcast or chance.random() < 0.42
    light = _light(chance, tendency, overcast)
    horizon = chance.uniform(0.42, 0.7)
    sky.gradient(painting, light, horizon * chance.uniform(0.5, 0.8))
    disc = None if overcast else _heavens(painting, chance, period, horizon)
    if cloudy:
        _clouds(painting, chance, light, horizon, disc)
    _land(painting, chance, light, horizon)
    rains = cloudy and chance.random() < 0.25
    return painting, mix(light.sky[2], WHITE, 0.4) if rains else None


def _light(chance: np.random.Generator, tendency: Tendency, overcast: bool) -> Light:
    skies = WARM if chance.random() < tendency.warm_sky else COOL
    zenith, horizon = skies[int(chance.choice(len(skies), p=tendency.skies))]
    exposure = chance.uniform(*tendency.exposure)
    cover = 0.45 if overcast else 0.0
    zenith, horizon = (dimmed(mix(colour, GREY, cover), exposure) for colour in (zenith, horizon))
    centre = mix(zenith, horizon, chance.uniform(0.4, 0.7))
    tint = mix((1, 1, 1), dimmed(horizon, 3 / sum(horizon)), 0.45)
    return Light(
        sky=(zenith, centre, horizon),
        tint=dimmed(tint, exposure * chance.uniform(0.8, 1.0)),
        season=list(GROUND)[int(chance.integers(len(GROUND)))],
        from_left=chance.random() < 0.5,
        lamps_on=tendency.windows_lit > 0,
        windows_lit=tendency.windows_lit,
    )


def _heavens(painting: Painting, chance: np.random.Generator, period: str, horizon: float) -> Point | None:
    """Sun, or moon and stars; where the disc is, if there is one."""
    x, y = chance.uniform(0.1, 0.9), max(0.09, horizon * chance.uniform(0.15, 0.55))
    if period == "dawn":
        y = horizon - chance.uniform(0, 0.14)
        sky.sun(painting, chance, (x, y), low=True)
        return x, y
    if period == "day":
        if chance.random() < 0.3:
            return None
        sky.sun(painting, chance, (x, y), low=False)
        return x, y
    has_moon = chance.random() < 0.78
    if chance.random() < 0.85:
        most = 9 if period == "dusk" else 25
        for _ in range(int(chance.integers(most // 3, most))):
            star = chance.uniform(0.02, 0.98), horizon * chance.uniform(0.03, 0.9)
            if not has_moon or abs(star[0] - x) + abs(star[1] - y) > 0.14:
                sky.star(painting, chance, star)
    if not has_moon:
        return None
    sky.moon(painting, chance, (x, y))
    return x, y


def _clouds(painting: Painting, chance: np.random.Generator, light: Light, horizon: float, disc: Point | None) -> None:
    """A few clouds; they may graze the sun or the moon, not bite a crescent out of it."""
    for _ in range(int(chance.integers(1, 4)) + (2 if disc is None else 0)):
        x, y, width = chance.uniform(0, 1), horizon * chance.uniform(0.15, 0.8), chance.uniform(0.25, 0.5)
        if disc is None or abs(disc[0] - x) > 0.5 * width + 0.03 or abs(disc[1] - y) > 0.35 * width:
            sky.cloud(Brush(painting, (x, y), width), chance, light)


def _land(painting: Painting, chance: np.random.Generator, light: Light, horizon: float) -> None:
    """Hills from the horizon to the front, each with what stands on it, the farther first."""
    hills, zoom = int(chance.integers(1, 4)), chance.uniform(0.85, 1.2)
    haze = chance.uniform(0.45, 0.9) if chance.random() < 0.35 else chance.uniform(0.15, 0.4)
    ground, things = pick(chance, GROUND[light.season]), _things(chance, hills)
    for number in range(hills):
        hill = land.Hill(chance, horizon + (0.74 - horizon) * number / max(hills - 1, 1), 0.045)
        remote = (hills - 1 - number) / hills
        here = light.through(haze * remote)
        colour = here.on(dimmed(ground, chance.uniform(0.86, 1.08)))
        hill.draw(painting, colour, mix(colour, light.sky[2], 0.6 * haze) if remote else dimmed(colour, 0.76))
        if not remote:
            _foreground(painting, chance, here, hill, ground)
        for y, name, x in sorted((hill.at(x, depth), name, x) for name, on, x, depth in things if on == number):
            scale = zoom * (0.36 + 0.64 * max(0.0, y - horizon) / (1 - horizon))
            land.draw(name, Brush(painting, (x, y), scale), chance, here)


def _foreground(painting: Painting, chance: np.random.Generator, light: Light, hill: land.Hill, ground: Colour) -> None:
    """Tufts of grass, and now and then a path."""
    if chance.random() < 0.5:
        land.path(painting, chance, light.on(mix(ground, EARTH, 0.6)), hill)
    for _ in range(18):
        x, depth = chance.uniform(0, 1), chance.uniform(0.1, 1)
        brush = Brush(painting, (x, hill.at(x, depth)), 0.012 + 0.02 * depth)
        land.tuft(brush, light.on(dimmed(ground, chance.uniform(0.72, 0.96))))


def _things(chance: np.random.Generator, hills: int) -> list[tuple[str, int, float, float]]:
    """What stands where: a name, the number of a hill, a place across, and a depth from its ridge to the front."""
    things = []
    for name, probability, most, deepest in (
        ("house", 0.55, 2, 0.3),
        ("tree", 0.55, 5, 0.6),
        ("person", 0.5, 3, 0.95),
        ("lamp", 0.5, 3, 0.75),
    ):
        if chance.random() < probability:
            count = int(chance.integers(1, most + 1))
            for place in range(count):
                near = name in ("person", "lamp") or chance.random() < 0.6
                hill = hills - 1 if near else int(chance.integers(hills))
                x = 0.04 + 0.92 * (place + chance.random()) / count
                things.append((name, hill, x, chance.uniform(0.03, deepest)))
    return things
