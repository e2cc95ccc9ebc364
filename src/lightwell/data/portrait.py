"""Drawn portraits, exact and without end: a pure function of a seed, a person and a picture's number.

Who it is shows in proportions and colouring. What is no matter of identity - pose, light, expression, glasses, clothes,
the wall behind - is drawn anew for each picture, and light and wall vary so much that colours alone do not tell.
"""

from collections.abc import Sequence

import numpy as np

from lightwell.chance import generator
from lightwell.data.portrait_traits import Circumstances, Traits, circumstances_of, traits_of
from lightwell.data.scenery_painting import Colour, Paint, Painting, dimmed, mix

LAYERS = ("background", "clothes", "skin", "hair", "brows", "eyes", "nose", "mouth", "ears", "beard", "glasses")
FACE = ("skin", "hair", "brows", "eyes", "nose", "mouth", "ears", "beard")
"""What belongs to the person."""

ROUND = np.linspace(0, 2 * np.pi, 28, endpoint=False)
DARK: Colour = (28, 20, 20)
WHITE: Colour = (238, 236, 232)


def draw_portrait(seed: int, person: int, picture: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Picture number `picture` of a person.

    Returns:
        RGB `(size, size, 3)` uint8, and `(size, size)` uint16, in which bit k is set where LAYERS[k] shows.
    """
    traits = traits_of(generator(seed, "person", person))
    moment = circumstances_of(generator(seed, "person", person, "picture", picture))
    painting = Painting()
    Portrait(painting, traits, moment).paint()
    drawn, layers = painting.render(size)
    lit = relit(drawn, moment)
    first, second = generator(seed, "grain", person, picture, size).random((2, size, size, 1), np.float32)
    return np.clip(lit + moment.grain * (first - second) + 0.5, 0, 255).astype(np.uint8), layers


def relit(picture: np.ndarray, moment: Circumstances) -> np.ndarray:
    """The picture in the moment's light, which comes from one side."""
    along = (np.arange(len(picture), dtype=np.float32) + 0.5) / len(picture) - 0.5
    side = np.cos(moment.light_from) * along[None, :] + np.sin(moment.light_from) * along[:, None]
    light = moment.exposure * (1 + 2 * moment.contrast * side)[:, :, None] * np.array(moment.cast, dtype=np.float32)
    return picture * light


class Portrait:
    """A head and shoulders, turned as the moment has it.

    Args:
        painting: What to paint on.
        traits: Whom.
        moment: When.
    """

    def __init__(self, painting: Painting, traits: Traits, moment: Circumstances):
        self.painting = painting
        self.traits = traits
        self.moment = moment

    def paint(self) -> None:
        """Everything, from the farthest to the nearest."""
        traits, moment = self.traits, self.moment
        self.painting.polygon(self._of("background", moment.wall, moment.wall_below), [0, 0, 1, 0, 1, 1, 0, 1])
        if traits.sides > 0.1:
            self._shape("hair", dimmed(traits.hair, 0.8), self._hair_behind(), depth=-0.15)
        self._shoulders()
        for side in (-1, 1):
            self._oval(
                "ears", dimmed(traits.skin, 0.9), (side * traits.width / 2, 0.02), (traits.ear / 2, traits.ear), -0.03
            )
        self._shape("skin", traits.skin, self._outline(), depth=0.0, lower=dimmed(traits.skin, 0.9))
        self._beard()
        self._mouth()
        self._nose()
        for side in (-1, 1):
            self._eye(side)
            self._brow(side)
        self._fringe()
        self._glasses()

    def _outline(self) -> np.ndarray:
        """The head: half an ellipse above, and below it one that narrows to the jaw."""
        traits = self.traits
        x, y = traits.width / 2 * np.cos(ROUND), 0.5 * np.sin(ROUND)
        down = np.clip(2 * y, 0, 1)
        lower = traits.width / 2 * (1 - (1 - traits.jaw) * down) * (1 - down**traits.squareness).clip(0) ** 0.5
        return np.stack([np.where(y > 0, np.sign(x) * lower, x), y], axis=1)

    def _hair_behind(self) -> np.ndarray:
        traits = self.traits
        half, top = traits.width / 2 + 0.04 + traits.volume / 2, -0.5 - traits.volume
        arc = [[half * np.cos(angle), -abs(top) * np.sin(angle)] for angle in np.linspace(0, np.pi, 12)]
        return np.array([*arc, [-half, traits.sides], [half, traits.sides]])

    def _fringe(self) -> None:
        """Hair on the crown, down to the hairline and a little way along the sides."""
        traits = self.traits
        if traits.hairline <= -0.49:
            return
        half = traits.width / 2 + 0.02 + traits.volume / 3
        crown = [[half * np.cos(angle), -(0.5 + traits.volume) * np.sin(angle)] for angle in np.linspace(0, np.pi, 14)]
        end = min(traits.sides, 0.05)
        inner = traits.width / 2 * 0.86
        line = [
            [-half, end],
            [-inner, end],
            [-inner, traits.hairline + 0.09],
            [-traits.parting - 0.02, traits.hairline - traits.parting / 3],
            [inner, traits.hairline + 0.09 + traits.parting / 2],
            [inner, end],
            [half, end],
        ]
        self._shape("hair", traits.hair, np.array([*crown, *line]), depth=0.06, lower=dimmed(traits.hair, 1.15))

    def _shoulders(self) -> None:
        traits = self.traits
        neck = traits.width * 0.27
        corners = np.array([[-neck, 0.3], [neck, 0.3], [neck * 1.1, 0.75], [-neck * 1.1, 0.75]])
        self._shape("skin", dimmed(traits.skin, 0.78), corners, depth=-0.05)
        shirt = np.array(
            [[-0.75, 1.2], [-0.62, 0.78], [-neck, 0.62], [0, 0.74], [neck, 0.62], [0.62, 0.78], [0.75, 1.2]]
        )
        self._shape("clothes", self.moment.clothes, shirt, depth=-0.05)

    def _eye(self, side: int) -> None:
        traits, moment = self.traits, self.moment
        centre, depth = (side * traits.eye_apart, traits.eye_height), 0.2
        tall = traits.eye_width * traits.eye_open * moment.lids
        slant = side * traits.eye_slant
        if moment.lids == 0:
            self._oval("eyes", dimmed(traits.skin, 0.45), centre, (traits.eye_width, 0.008), depth, slant)
            return
        self._oval("eyes", dimmed(traits.skin, 0.4), centre, (traits.eye_width * 1.12, tall * 1.25), depth, slant)
        self._oval("eyes", WHITE, (centre[0], centre[1] + 0.004), (traits.eye_width, tall), depth, slant)
        ball = min(tall, 0.03)
        self._oval("eyes", traits.iris, centre, (ball, ball), depth)
        self._oval("eyes", DARK, centre, (ball / 2, ball / 2), depth)

    def _brow(self, side: int) -> None:
        traits = self.traits
        x, y = side * traits.eye_apart, traits.eye_height - traits.brow_height - self.moment.brows_raised
        along = np.linspace(-1, 1, 7)
        middle = y - side * traits.brow_slant * along * traits.brow_width - 0.012 * (1 - along**2)
        thick = traits.brow_thickness * (1 - 0.45 * np.clip(side * along, 0, 1))
        across = x + along * traits.brow_width
        points = [*zip(across, middle - thick, strict=True), *zip(across[::-1], (middle + thick)[::-1], strict=True)]
        self._shape("brows", dimmed(mix(traits.hair, DARK, 0.3), 0.9), np.array(points), depth=0.2)

    def _nose(self) -> None:
        traits = self.traits
        top, tip, half = traits.eye_height + 0.02, traits.eye_height + traits.nose_length, traits.nose_width
        ridge = np.array([[-0.014, top], [0.014, top], [half, tip], [0, tip + 0.02], [-half, tip]])
        self._shape("nose", dimmed(traits.skin, 0.86), ridge, depth=0.3, lower=dimmed(traits.skin, 0.78))
        self._oval("nose", dimmed(traits.skin, 1.06), (0, tip - 0.03), (half * 0.5, 0.035), 0.36)
        for side in (-1, 1):
            self._oval("nose", dimmed(traits.skin, 0.42), (side * half * 0.55, tip + 0.004), (half * 0.24, 0.01), 0.31)

    def _mouth(self) -> None:
        traits, moment = self.traits, self.moment
        along = np.linspace(-1, 1, 11)
        half = traits.mouth_width * (1 + 0.12 * moment.smile)
        bend = traits.mouth_height - 0.035 * moment.smile * along**2
        x, rim = half * along, np.sqrt(np.clip(1 - along**2, 0, 1))
        lips = mix(traits.skin, (165, 50, 60), 0.5)
        outer = traits.lip + moment.mouth_open

        def between(above: np.ndarray, below: np.ndarray) -> np.ndarray:
            return np.array([*zip(x, bend - above, strict=True), *zip(x[::-1], (bend + below)[::-1], strict=True)])

        self._shape("mouth", lips, between(outer * rim, outer * 1.2 * rim), depth=0.24)
        inside = np.maximum(moment.mouth_open * rim, 0.004)
        self._shape("mouth", dimmed(lips, 0.35), between(inside, inside), depth=0.24)

    def _beard(self) -> None:
        traits = self.traits
        if not traits.beard:
            return
        outline = self._outline()
        jaw = outline[outline[:, 1] > 0.12]
        jaw = jaw[np.argsort(-jaw[:, 0])]
        top = traits.mouth_height - 0.075
        inner = [
            [-traits.width * 0.3, 0.16],
            [-traits.mouth_width, top],
            [traits.mouth_width, top],
            [traits.width * 0.3, 0.16],
        ]
        colour = mix(traits.skin, dimmed(traits.hair, 0.9), traits.beard)
        self._shape("beard", colour, np.array([*jaw, *inner]), depth=0.12)

    def _glasses(self) -> None:
        traits, style = self.traits, self.moment.glasses
        if style == "none":
            return
        reach = min(traits.eye_apart * 0.86, 0.13)
        power = 1.0 if style == "round" else 0.45
        for side in (-1, 1):
            ring = np.stack([_softened(np.cos(ROUND), power), _softened(np.sin(ROUND), power)], axis=1)
            centre = np.array([side * traits.eye_apart, traits.eye_height])
            outer, inner = centre + ring * [reach, reach * 0.85], centre + ring * [reach * 0.86, reach * 0.71]
            rim = np.array([*outer, outer[0], *[inner[0], *inner[::-1]]])
            self._shape("glasses", DARK, rim, depth=0.24)
        bridge = traits.eye_apart - reach
        middle, half = traits.eye_height, 0.012
        above, below = middle - half, middle + half
        line = np.array([[-bridge, above], [bridge, above], [bridge, below], [-bridge, below]])
        self._shape("glasses", DARK, line, depth=0.26)

    def _oval(
        self,
        layer: str,
        colour: Colour,
        centre: tuple[float, float],
        radii: tuple[float, float],
        depth: float,
        slant: float = 0.0,
    ) -> None:
        x, y = radii[0] * np.cos(ROUND), radii[1] * np.sin(ROUND)
        points = np.stack([centre[0] + x, centre[1] + y - slant * x], axis=1)
        self._shape(layer, colour, points, depth=depth)

    def _shape(
        self, layer: str, colour: Colour, points: np.ndarray, *, depth: float, lower: Colour | None = None
    ) -> None:
        """A polygon on the head, `depth` before its middle, turned with it."""
        moment = self.moment
        x = points[:, 0] * np.cos(moment.yaw) + depth * np.sin(moment.yaw)
        y = points[:, 1] + depth * moment.pitch * 2
        cosine, sine = np.cos(moment.roll), np.sin(moment.roll)
        placed: Sequence[float] = (
            (
                moment.scale * np.stack([cosine * x - sine * y, sine * x + cosine * y], axis=1)
                + [0.5 + moment.shift[0], 0.47 + moment.shift[1]]
            )
            .ravel()
            .tolist()
        )
        self.painting.polygon(self._of(layer, colour, lower), placed)

    def _of(self, layer: str, colour: Colour, lower: Colour | None = None) -> Paint:
        return Paint(LAYERS.index(layer), colour, lower)


def _softened(values: np.ndarray, power: float) -> np.ndarray:
    """Between a circle's coordinates (power 1) and a square's (0)."""
    return np.sign(values) * np.abs(values) ** power
