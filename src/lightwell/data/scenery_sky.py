"""What is in the sky of a drawn scene: the sun, the moon, stars and clouds."""

import math

import numpy as np

from lightwell.data.scenery_light import CLOUD, MOON, SKY, STAR, SUN, WHITE, Light
from lightwell.data.scenery_painting import Brush, Colour, Paint, Painting, Point, dimmed, mix


def gradient(painting: Painting, light: Light, middle: float) -> None:
    """A gradient through three colours, the second of them at the height `middle`."""
    zenith, centre, horizon = light.sky
    painting.polygon(Paint(SKY, zenith, centre), [-1, 0, 2, 0, 2, middle, -1, middle])
    painting.polygon(Paint(SKY, centre, horizon), [-1, middle, 2, middle, 2, 1, -1, 1])


def sun(painting: Painting, chance: np.random.Generator, centre: Point, low: bool) -> None:
    """A warm disc, more orange when low, with a white-hot middle: as bright as a lamp, but larger."""
    radius = chance.uniform(0.06, 0.085)
    colour: Colour = (255, 184, 74) if low else (255, 218, 92)
    painting.ellipse(Paint(SUN, colour, glow=0.9, telling=True), centre, (radius, radius))
    core = Paint(SUN, mix(colour, WHITE, 0.7), glow=0.9, telling=True)
    painting.ellipse(core, centre, (0.6 * radius, 0.6 * radius))


def moon(painting: Painting, chance: np.random.Generator, centre: Point) -> None:
    """A pale disc with its seas, or a crescent."""
    radius = chance.uniform(0.055, 0.08)
    paint = Paint(MOON, mix((236, 238, 236), (208, 222, 250), chance.random()), glow=0.35, telling=True)
    if chance.random() < 0.5:
        painting.ellipse(paint, centre, (radius, radius))
        _seas(painting, chance, paint, centre, radius)
    else:
        _crescent(painting, chance, paint, centre, 1.2 * radius)


def _seas(painting: Painting, chance: np.random.Generator, paint: Paint, centre: Point, radius: float) -> None:
    sea = paint._replace(colour=dimmed(paint.colour, 0.83))
    for _ in range(4):
        angle, reach, spot = chance.uniform(0, 2 * math.pi), chance.uniform(0.1, 0.65), chance.uniform(0.12, 0.28)
        x = centre[0] + radius * reach * math.cos(angle)
        y = centre[1] + radius * reach * math.sin(angle)
        painting.ellipse(sea, (x, y), (radius * spot, radius * spot))


def _crescent(painting: Painting, chance: np.random.Generator, paint: Paint, centre: Point, radius: float) -> None:
    inner = chance.uniform(-0.2, 0.45)
    lean = chance.uniform(-0.6, 0.6) + (math.pi if chance.random() < 0.5 else 0)
    points = []
    for step in range(24):
        angle = math.pi * (step / 12 - 0.5)
        across, up = math.cos(angle) * (1 if step <= 12 else -inner), math.sin(angle)
        points.append(centre[0] + radius * (across * math.cos(lean) - up * math.sin(lean)))
        points.append(centre[1] + radius * (across * math.sin(lean) + up * math.cos(lean)))
    painting.polygon(paint, points)


def star(painting: Painting, chance: np.random.Generator, centre: Point) -> None:
    """A point with four rays."""
    (x, y), ray = centre, chance.uniform(0.009, 0.018)
    waist = 0.35 * ray
    paint = Paint(STAR, mix((255, 244, 214), (226, 236, 255), chance.random()), glow=0.8, telling=True)
    north, south = [x - waist, y - waist, x, y - ray, x + waist, y - waist], [x + waist, y + waist, x, y + ray]
    painting.polygon(paint, [*north, x + ray, y, *south, x - waist, y + waist, x - ray, y])


def cloud(brush: Brush, chance: np.random.Generator, light: Light) -> None:
    """Puffs on a flat foot, lighter above than below; one unit wide."""
    bright = mix(light.sky[1], dimmed(WHITE, 0.98 * max(light.tint)), 0.6)
    dark = mix(bright, light.sky[0], 0.5)
    puffs = []
    for x in (-0.36, -0.2, 0.0, 0.19, 0.36):
        radius = (0.21 - 0.22 * abs(x)) * chance.uniform(0.8, 1.25)
        puffs.append((x, radius * chance.uniform(0.2, 0.7), radius))
    for x, y, radius in puffs:
        brush.ellipse(Paint(CLOUD, mix(bright, dark, 0.6), dark), (x, y - 0.2 * radius), (1.05 * radius, radius))
    brush.ellipse(Paint(CLOUD, mix(bright, dark, 0.75), dark), (0, 0), (0.5, 0.075))
    for x, y, radius in puffs:
        brush.ellipse(Paint(CLOUD, bright, mix(bright, dark, 0.8)), (x, y), (0.9 * radius, 0.86 * radius))
