"""What all motifs of a drawn scene share: the layers they belong to, and the light they are seen in."""

from dataclasses import dataclass, replace

import numpy as np

from lightwell.data.scenery_painting import Colour, dimmed, mix

LAYERS = ("sky", "sun", "moon", "star", "cloud", "hill", "house", "window", "tree", "person", "lamp")
SKY, SUN, MOON, STAR, CLOUD, HILL, HOUSE, WINDOW, TREE, PERSON, LAMP = range(len(LAYERS))

WHITE: Colour = (255, 255, 255)


@dataclass(frozen=True)
class Light:
    """The light on a thing: the sky's three colours from the zenith down, its own tint, and how it is seen."""

    sky: tuple[Colour, Colour, Colour]
    tint: Colour
    season: str
    from_left: bool
    lamps_on: bool
    windows_lit: float
    haze: float = 0.0

    def on(self, colour: Colour) -> Colour:
        """How a surface of that colour looks."""
        red, green, blue = (a * b for a, b in zip(colour, self.tint, strict=True))
        return mix((red, green, blue), self.sky[2], self.haze)

    def through(self, haze: float) -> "Light":
        """The same light on a thing that much nearer to fading into the horizon, from 0 to 1."""
        return replace(self, haze=haze)


def pick(chance: np.random.Generator, colours: list[Colour]) -> Colour:
    """One of the colours, a little lighter or darker."""
    return dimmed(colours[int(chance.integers(len(colours)))], chance.uniform(0.92, 1.06))
