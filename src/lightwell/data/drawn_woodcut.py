"""A woodcut: a sun over mountains and water, in lines carved along the forms and printed in black over colours."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from lightwell.data.drawn_texture import smooth_noise

HEIGHT = 0.75
HORIZON = 0.5  # lengths are in units of the picture's width; y runs downwards
FINEST = 0.011  # from one carved line to the next
OUTLINE = 0.0045
EDGE = 3.0  # pixels over which a line goes from ink to none
PAPER = np.array([243.0, 231.0, 203.0], dtype=np.float32)
BLACK = np.array([27.0, 22.0, 30.0], dtype=np.float32)
RED = np.array([212.0, 66.0, 38.0], dtype=np.float32)
BLUE = np.array([28.0, 92.0, 128.0], dtype=np.float32)
AMBER = np.array([236.0, 168.0, 66.0], dtype=np.float32)


class Block:
    """The fields of the picture `(height, width)`: places in units of its width, and unevenness of the wood."""

    def __init__(self, size: tuple[int, int], chance: np.random.Generator) -> None:
        self.size = size
        self.chance = chance
        down, across = np.indices(size, dtype=np.float32)
        self.x, self.y = (across + 0.5) / size[1], (down + 0.5) / size[1]

    def noise(self, rows: int, columns: int) -> np.ndarray:
        """Smooth noise, about 1 in size, with so many bumps from top to bottom and from left to right."""
        return smooth_noise(self.size, (rows, columns), self.chance)


@dataclass(frozen=True)
class Carving:
    """One form: where it is, how it is carved, and what colour lies beneath the black.

    Attributes:
        inside: Where it is, bool.
        line: Counts the lines: each reaches from one whole number to the next, its middle cut away first.
        tone: The share of black left standing, in [0, 1].
        colour: `(height, width, 3)` or `(3,)`, 0 to 255.
    """

    inside: np.ndarray
    line: np.ndarray
    tone: np.ndarray
    colour: np.ndarray


def woodcut(size: tuple[int, int], chance: np.random.Generator) -> np.ndarray:
    """The picture `(height, width, 3)`, 0 to 255."""
    block = Block(size, chance)
    sun = chance.uniform((0.32, 0.2), (0.68, 0.26))
    radius = chance.uniform(0.075, 0.095)
    carvings = [_sky(block, sun, radius), *_mountains(block, sun), _water(block, sun, radius), *_shore(block)]
    colour, black = np.empty((*size, 3), dtype=np.float32), np.empty(size, dtype=np.float32)
    uneven = 0.05 * block.noise(150, 200) + 0.05 * block.noise(40, 50)
    softness = EDGE / size[1] / FINEST
    for carving in carvings:
        inside = carving.inside
        from_middle = 1 - np.abs(2 * (carving.line[inside] % 1) - 1)
        black[inside] = np.clip(0.5 + (carving.tone[inside] + uneven[inside] - from_middle) / softness, 0, 1)
        colour[inside] = np.broadcast_to(carving.colour, colour.shape)[inside]
    worn = block.noise(300, 60) + 0.7 * block.noise(420, 500)
    return _over(colour, BLACK, 0.96 * black * np.clip(3.3 - worn, 0.25, 1))


def _sky(block: Block, sun: np.ndarray, radius: float) -> Carving:
    """The sun, in rings, and its rays, twice as many at every doubling of the distance."""
    x, y = block.x - sun[0], block.y - sun[1]
    distance = np.hypot(x, y) / radius
    octave = np.log2(np.maximum(distance, 1)) + 0.06 * block.noise(5, 7)
    rays = np.arctan2(y, x) / (2 * np.pi) * 48 * 2 ** np.floor(octave)
    shadow = 0.02 + 0.34 * (octave % 1) + 0.11 * octave + 0.1 * block.noise(7, 10)
    disc, rim = distance < 1, distance < 1.06
    tone = np.where(disc, 0.2 * distance**3 + 0.06 * block.noise(12, 16), np.where(rim, 1, shadow))
    colour = _over(_over(AMBER, PAPER, (distance - 1.2) / 2), BLUE, (distance - 3.2) / 4)
    colour = np.where(rim[..., None], RED, colour)
    return Carving(np.ones(block.size, dtype=bool), np.where(disc, 9 * distance, rays), tone, colour)


def _mountains(block: Block, sun: np.ndarray) -> list[Carving]:
    """Three ranges from far to near, carved down their slopes, which are dark on the side away from the sun."""
    x, found = block.x[0], []
    rough, grain = block.noise(12, 20), block.noise(60, 30)
    wander = 0.006 * block.noise(20, 20)
    for height, peaks, colour in ((0.33, 4, _over(BLUE, PAPER, np.array(0.4))), (0.2, 6, RED), (0.09, 9, BLUE)):
        corners = np.linspace(-0.1, 1.1, 2 * peaks + 1)
        corners += block.chance.uniform(-0.3, 0.3, len(corners)) / (2 * peaks)
        levels = height * block.chance.uniform(0.55, 1, len(corners))
        levels[::2] *= 0.4
        crags = 0.006 * block.noise(1, 60)[0] + 0.003 * block.noise(1, 200)[0]
        below = block.y - (HORIZON - np.interp(x, corners, levels) - crags)
        rising = np.interp(x, (corners[1:] + corners[:-1]) / 2, np.diff(levels)) > 0
        lines = block.x - np.where(rising, 0.5, -0.5) * below + wander
        tone = 0.2 + 0.42 * (rising == (x < sun[0])) + 0.12 * rough + 0.12 * grain
        tone = np.where(below < OUTLINE, 1, tone)
        found.append(Carving((below > 0) & (block.y < HORIZON + 0.01), lines / FINEST, tone, colour))
    return found


def _water(block: Block, sun: np.ndarray, radius: float) -> Carving:
    """Level lines, wider apart towards the viewer; they thin where the sun is mirrored."""
    depth = np.maximum(block.y - HORIZON, 0)
    swell = 0.02 * depth * np.sin(40 * block.x + 9 * block.noise(6, 3))
    line = 83 * np.sqrt(np.maximum(depth + swell, 0))
    mirror = np.abs(block.x - sun[0]) / (radius * (0.7 + 1.2 * depth) * (1 + 0.4 * block.noise(70, 2)).clip(0.2))
    tone = 0.5 + 0.16 * block.noise(60, 6) + 0.2 * block.noise(70, 25) - 0.35 * np.clip(1.4 - mirror, 0, 1)
    colour = np.where((mirror < 1)[..., None], RED, _over(BLUE, PAPER, 0.45 - depth))
    return Carving(block.y > HORIZON, line, tone, colour)


def _shore(block: Block) -> list[Carving]:
    """Fir trees at both sides, and ploughed land before them."""
    hang, grain = 0.002 * block.noise(40, 60), block.noise(50, 60)
    places = np.r_[block.chance.uniform(0, 0.24, 4), block.chance.uniform(0.76, 1, 4)]
    firs = [_fir(block, place, hang, grain) for place in places]
    frequency, phase = block.chance.uniform((4, 0), (7, 2 * np.pi))
    below = block.y - (0.67 + 0.02 * np.sin(frequency * block.x + phase) - 0.06 * np.abs(block.x - 0.5))
    furrows = (below + 0.004 * block.noise(8, 12)) / 0.014
    tone = np.where(below < OUTLINE, 1, 0.62 + 0.14 * block.noise(30, 40))
    return [*firs, Carving(below > 0, furrows, tone, AMBER)]


def _fir(block: Block, x: float, hang: np.ndarray, grain: np.ndarray) -> Carving:
    """A fir tree with its trunk at x, whose boughs hang to both sides."""
    foot, height = 0.7, block.chance.uniform(0.16, 0.46)
    tiers = round(height / 0.028)
    down = np.arange(1, tiers + 1) / tiers
    levels = foot - height * (1 - down)
    reach = 0.19 * height * down * block.chance.uniform(0.8, 1.15, (2, tiers))
    right, left = (
        np.stack([x + side, levels + 0.004, x + 0.45 * side, levels - 0.004], axis=1).reshape(-1, 2)
        for side in (reach[0], -reach[1])
    )
    outline = np.concatenate([[(x, foot - height)], right, left[::-1]])
    mask = Image.new("1", block.size[::-1])
    ImageDraw.Draw(mask).polygon((outline.ravel() * block.size[1]).tolist(), fill=1)
    boughs = (block.y - 0.45 * np.abs(block.x - x) + hang) / FINEST
    tone = 0.66 + 0.14 * np.sign(block.x - x) + 0.12 * grain
    return Carving(np.asarray(mask), boughs, tone, _over(BLUE, AMBER, np.array(0.35)))


def _over(first: np.ndarray, second: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Colours that go over from the first to the second as a share, of any shape, goes from 0 to 1."""
    return first + (second - first) * np.clip(share, 0, 1)[..., None]
