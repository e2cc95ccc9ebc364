"""What is on the ground of a drawn scene: hills, houses, trees, people and lamps.

Windows and lamps look at `Light.lamps_on` and `Light.windows_lit` alone: never at how bright the scene is, which must
not tell day from night.
"""

import math

import numpy as np

from lightwell.data.scenery_light import HILL, HOUSE, LAMP, PERSON, TREE, WHITE, WINDOW, Light, pick
from lightwell.data.scenery_painting import Brush, Colour, Paint, Painting, Point, dimmed, mix

SNOW: Colour = (240, 244, 252)
LAMPLIGHT: Colour = (255, 210, 104)
IRON: Colour = (52, 56, 64)
WOOD: Colour = (96, 72, 56)
BRICK: Colour = (144, 92, 80)
NEEDLES: Colour = (56, 100, 84)
CREAM: Colour = (236, 222, 196)
WALLS: list[Colour] = [CREAM, (196, 104, 82), (224, 182, 104), (164, 180, 150), (160, 182, 200), (204, 150, 142)]
ROOFS: list[Colour] = [(140, 64, 56), (84, 86, 98), (118, 84, 66), (70, 92, 98), (162, 92, 66)]
COATS: list[Colour] = [(206, 62, 58), (232, 176, 62), (54, 110, 160), (70, 140, 110), (150, 82, 140), (226, 226, 220)]
LEAVES: dict[str, list[Colour]] = {
    "spring": [(122, 166, 84), (150, 178, 96), (226, 166, 184), (98, 146, 92)],
    "summer": [(74, 128, 72), (92, 142, 78), (58, 108, 76), (112, 140, 70)],
    "autumn": [(206, 122, 56), (190, 84, 58), (218, 166, 72), (136, 130, 70)],
    "winter": [(206, 216, 228), (222, 228, 238), (150, 140, 136), (190, 200, 214)],
}


class Hill:
    """A wavy ridge across the picture, at `height` on average."""

    def __init__(self, chance: np.random.Generator, height: float, waviness: float):
        self.height = height
        self._waves = [
            (waviness * chance.uniform(0.4, 1) / wave, chance.uniform(2, 5) * wave, chance.uniform(0, 2 * math.pi))
            for wave in (1, 2)
        ]

    def ridge(self, x: float) -> float:
        """Its y at x."""
        return self.height + sum(size * math.sin(speed * x + start) for size, speed, start in self._waves)

    def at(self, x: float, depth: float) -> float:
        """The y at x, from the ridge at depth 0 to the picture's lower edge at depth 1."""
        return self.ridge(x) + depth * (1.02 - self.ridge(x))

    def draw(self, painting: Painting, colour: Colour, lower: Colour) -> None:
        """From its ridge down to the picture's lower edge."""
        ridge = [value for step in range(-1, 42) for value in (step / 40, self.ridge(step / 40))]
        painting.polygon(Paint(HILL, colour, lower), [*ridge, 1.1, 1.1, -0.1, 1.1])


def path(painting: Painting, chance: np.random.Generator, colour: Colour, hill: Hill) -> None:
    """A path that winds from the front to the ridge of a hill."""
    start, end, bend = chance.uniform(0.2, 0.8), chance.uniform(0.2, 0.8), chance.uniform(-0.15, 0.15)
    left: list[float] = []
    right: list[float] = []
    for step in range(17):
        depth = 1 - step / 16
        x = end + (start - end) * depth + bend * math.sin(5 * depth)
        half, y = 0.008 + 0.085 * depth**1.5, hill.at(x, depth)
        left += [x - half, y]
        right = [x + half, y, *right]
    painting.polygon(Paint(HILL, colour, dimmed(colour, 0.85)), [*left, *right])


def tuft(brush: Brush, colour: Colour) -> None:
    """Three blades of grass."""
    brush.polygon(Paint(HILL, colour), [-0.5, 0, -0.6, 0.7, -0.2, 0.2, 0, 1, 0.2, 0.2, 0.6, 0.7, 0.5, 0])


def house(brush: Brush, chance: np.random.Generator, light: Light) -> None:
    """A gabled or a hipped house with a door, a chimney and rows of windows; a storey is a quarter of a unit."""
    columns, rows = int(chance.integers(2, 4)), int(chance.integers(1, 3))
    half, top, rise = 0.1 * columns + 0.03, 0.25 * rows + 0.04, chance.uniform(0.14, 0.26)
    wall, roof = light.on(pick(chance, WALLS)), light.on(pick(chance, ROOFS))
    snow = light.on(SNOW) if light.season == "winter" else None
    _chimney(brush, light.on(BRICK), snow, half * chance.uniform(-0.6, 0.6), top + 1.2 * rise)
    shade = dimmed(wall, 0.84)
    brush.box(Paint(HOUSE, wall, mix(wall, shade, 0.6)), -half, half, 0, top)
    dark_side = (half * 0.86, half) if light.from_left else (-half, -half * 0.86)
    brush.box(Paint(HOUSE, shade), dark_side[0], dark_side[1], 0, top)
    edge = half + 0.04
    if chance.random() < 0.45:
        brush.polygon(Paint(HOUSE, wall), [-half, top, 0, top + rise, half, top])
        slopes = [-edge, top - 0.01, 0, top + rise + 0.06, edge, top - 0.01, edge - 0.06, top - 0.01, 0, top + rise]
        brush.polygon(Paint(HOUSE, snow or roof, roof), [*slopes, 0.06 - edge, top - 0.01])
    else:
        ridge = half * chance.uniform(0.6, 0.9)
        tiles = Paint(HOUSE, snow or dimmed(roof, 1.08), roof)
        brush.polygon(tiles, [-edge, top, -ridge, top + rise, ridge, top + rise, edge, top])
    door = int(chance.integers(columns))
    for row in range(rows):
        for column in range(columns):
            x = 0.2 * column - 0.1 * (columns - 1)
            if (row, column) == (0, door):
                brush.box(Paint(HOUSE, light.on(pick(chance, ROOFS))), x - 0.045, x + 0.045, 0, 0.2)
            else:
                _window(brush, light, (x, 0.25 * row + 0.075), chance.random() < light.windows_lit)


def _chimney(brush: Brush, colour: Colour, snow: Colour | None, x: float, top: float) -> None:
    brush.box(Paint(HOUSE, colour), x - 0.035, x + 0.035, 0, top)
    if snow:
        brush.box(Paint(HOUSE, snow), x - 0.045, x + 0.045, top, top + 0.025)


def _window(brush: Brush, light: Light, sill: Point, lit: bool) -> None:
    """A frame, and a pane lit from within or dark with a trace of the sky."""
    (x, y), telling = sill, lit == light.lamps_on
    brush.box(Paint(HOUSE, light.on((244, 240, 230))), x - 0.07, x + 0.07, y - 0.015, y + 0.145)
    if lit:
        pane = Paint(WINDOW, mix(LAMPLIGHT, WHITE, 0.15), (255, 176, 66), glow=1.7, telling=telling)
    else:
        pane = Paint(WINDOW, mix((34, 42, 62), light.sky[1], 0.25), (34, 42, 62), telling=telling)
    brush.box(pane, x - 0.058, x + 0.058, y, y + 0.13)
    bar = pane._replace(colour=dimmed(pane.colour, 0.7), lower=None)
    brush.box(bar, x - 0.005, x + 0.005, y, y + 0.13)
    brush.box(bar, x - 0.058, x + 0.058, y + 0.075, y + 0.085)


def tree(brush: Brush, chance: np.random.Generator, light: Light) -> None:
    """A fir, a broad crown or a poplar, one unit tall."""
    kind = int(chance.integers(3))
    leaf = light.on(NEEDLES if kind == 0 else pick(chance, LEAVES[light.season]))
    dark, toward_light = dimmed(leaf, 0.8), -1 if light.from_left else 1
    brush.box(Paint(TREE, light.on(WOOD)), -0.03, 0.03, 0, 0.5)
    if kind == 0:
        _fir(brush, leaf, dark, toward_light, light.on(SNOW) if light.season == "winter" else None)
    elif kind == 1:
        _crown(brush, chance, leaf, dark, toward_light)
    else:
        brush.ellipse(Paint(TREE, leaf, dark), (0, 0.57), (0.16, 0.43))
        brush.ellipse(Paint(TREE, dimmed(leaf, 1.1), leaf), (0.04 * toward_light, 0.62), (0.09, 0.33))


def _fir(brush: Brush, leaf: Colour, dark: Colour, toward_light: int, snow: Colour | None) -> None:
    for foot, tip, half in ((0.14, 0.6, 0.27), (0.36, 0.8, 0.22), (0.57, 1.0, 0.16)):
        brush.polygon(Paint(TREE, leaf, dimmed(leaf, 0.92)), [-half, foot, 0, tip, half, foot])
        brush.polygon(Paint(TREE, dark), [0, tip, -toward_light * half, foot, -0.2 * toward_light * half, foot])
        if snow:
            shoulder = tip - 0.4 * (tip - foot)
            brush.polygon(Paint(TREE, snow), [-0.4 * half, shoulder, 0, tip, 0.4 * half, shoulder])


def _crown(brush: Brush, chance: np.random.Generator, leaf: Colour, dark: Colour, toward_light: int) -> None:
    balls = ((0.0, 0.74, 0.24), (-0.17, 0.57, 0.19), (0.17, 0.58, 0.19), (0.0, 0.5, 0.19))
    puffs = [(x, y, radius * chance.uniform(0.9, 1.12)) for x, y, radius in balls]
    for x, y, radius in puffs:
        brush.ellipse(Paint(TREE, mix(leaf, dark, 0.6), dark), (x, y), (radius, radius))
    for x, y, radius in puffs[:3]:
        lit = 0.72 * radius
        brush.ellipse(Paint(TREE, dimmed(leaf, 1.06), leaf), (x + 0.3 * lit * toward_light, y + 0.3 * lit), (lit, lit))


def person(brush: Brush, chance: np.random.Generator, light: Light) -> None:
    """Someone in a coat, with hair or a hat; one unit tall."""
    coat, trousers = light.on(pick(chance, COATS)), light.on((58, 58, 76))
    skin = light.on(mix((240, 200, 170), (120, 80, 60), chance.random()))
    hair = light.on(mix((50, 38, 34), (170, 120, 60), chance.random()))
    stride = chance.uniform(0.04, 0.1)
    for side in (-1, 1):
        shoe = side * stride
        brush.polygon(Paint(PERSON, trousers), [0, 0.45, 0.09 * side, 0.45, shoe + 0.04, 0, shoe - 0.04, 0])
    brush.polygon(Paint(PERSON, coat, dimmed(coat, 0.85)), [-0.09, 0.8, 0.09, 0.8, 0.16, 0.34, -0.16, 0.34])
    sleeve = Paint(PERSON, dimmed(coat, 0.8))
    for side in (-1, 1):
        brush.polygon(sleeve, [0.09 * side, 0.79, 0.2 * side, 0.45, 0.14 * side, 0.43, 0.06 * side, 0.66])
    brush.ellipse(Paint(PERSON, hair), (0, 0.91), (0.1, 0.105))
    brush.ellipse(Paint(PERSON, skin), (0, 0.87), (0.08, 0.085))
    if chance.random() < 0.4:
        brush.polygon(Paint(PERSON, light.on(pick(chance, COATS))), [-0.12, 0.91, -0.06, 1.04, 0.06, 1.04, 0.12, 0.91])


def lamp(brush: Brush, chance: np.random.Generator, light: Light) -> None:
    """A street lamp with a lantern or a globe, one unit tall."""
    iron = Paint(LAMP, light.on(IRON))
    if light.lamps_on:
        glass = Paint(LAMP, mix(LAMPLIGHT, WHITE, 0.3), glow=3.5, telling=True)
    else:
        glass = Paint(LAMP, mix((70, 80, 96), light.sky[1], 0.3), (70, 80, 96), telling=True)
    brush.polygon(iron, [-0.022, 0, -0.013, 0.82, 0.013, 0.82, 0.022, 0])
    brush.box(iron, -0.045, 0.045, 0, 0.05)
    if chance.random() < 0.6:
        brush.polygon(iron, [-0.085, 0.94, 0, 1.03, 0.085, 0.94])
        brush.polygon(glass, [-0.045, 0.79, -0.072, 0.94, 0.072, 0.94, 0.045, 0.79])
    else:
        brush.ellipse(glass, (0, 0.88), (0.075, 0.075))
    brush.box(iron, -0.05, 0.05, 0.77, 0.795)


def draw(name: str, brush: Brush, chance: np.random.Generator, light: Light) -> None:
    """Draw a house, tree, person or lamp as large as such things are: `brush.scale` is that of the place."""
    motif, least, most = {
        "house": (house, 1.0, 1.0),
        "tree": (tree, 0.45, 0.75),
        "person": (person, 0.26, 0.32),
        "lamp": (lamp, 0.5, 0.6),
    }[name]
    motif(Brush(brush.painting, brush.foot, brush.scale * chance.uniform(least, most)), chance, light)
