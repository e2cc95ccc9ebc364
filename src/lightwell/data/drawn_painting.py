"""Paintings that nobody had to photograph: drawn by program, free to use, at any size, for style transfer.

What style transfer takes from a picture is its local texture at several scales and its colours, so that is what these
are rich in, from edge to edge. A painting is a pure function of its name and a seed: another size is the same
composition in another resolution.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from PIL import Image

from lightwell.chance import generator
from lightwell.config.nearest import did_you_mean, nearest
from lightwell.data import drawn_mosaic, drawn_swirls, drawn_woodcut

SAMPLES = 2  # of a pixel's side, each with a colour of its own
FINEST = 512  # pixels: the least longest side that is drawn before it is reduced


class Style(NamedTuple):
    """A kind of painting.

    Attributes:
        draw: Of a size `(height, width)` and a generator, the picture `(height, width, 3)`, 0 to 255 and beyond.
        proportions: Height and width, the longer of them 1.
    """

    draw: Callable[[tuple[int, int], np.random.Generator], np.ndarray]
    proportions: tuple[float, float]


PAINTINGS = {
    "swirls": Style(drawn_swirls.swirls, (drawn_swirls.HEIGHT, 1.0)),
    "mosaic": Style(drawn_mosaic.mosaic, (1.0, drawn_mosaic.WIDTH)),
    "woodcut": Style(drawn_woodcut.woodcut, (drawn_woodcut.HEIGHT, 1.0)),
}


def drawn_painting(name: str, *, longest_side: int, seed: int = 0) -> np.ndarray:
    """One of PAINTINGS as `(height, width, 3)`, uint8.

    Args:
        name: "swirls", impasto brush strokes around lights at night; "mosaic", a window of coloured glass in lead; or
            "woodcut", carved lines printed in black over red, blue and amber.
        longest_side: Height or width in pixels, whichever is larger.
        seed: Another seed is another painting of the kind.

    Raises:
        ValueError: When there is no painting of that name, or the size is below one pixel.
    """
    if name not in PAINTINGS:
        known = f"There is no drawn painting {name!r}; there are {', '.join(PAINTINGS)}."
        raise ValueError(f"{known} {did_you_mean(nearest(name, PAINTINGS))}".strip())
    if longest_side < 1:
        raise ValueError(f"A painting of {longest_side} pixels cannot be drawn. Give it a longest side of at least 1.")
    draw, proportions = PAINTINGS[name]
    samples = max(SAMPLES, -(-FINEST // longest_side))
    height, width = (max(1, round(longest_side * length)) for length in proportions)
    picture = draw((height * samples, width * samples), generator(seed, name))
    return np.asarray(Image.fromarray(np.clip(picture + 0.5, 0, 255).astype(np.uint8)).reduce(samples))
