"""A few seconds of sound as a picture: the spectrogram, what is said when, and what the network says of it."""

import numpy as np
from PIL import Image, ImageDraw

from lightwell.render.cards import font
from lightwell.render.overlay import coloured

BAND, FRAME = 4, 2  # pixels
CURVE, NAMES, MARGIN = 70, 22, 6
INK, PALE, WANTED = (40, 40, 40), (190, 190, 190), (200, 60, 40)


def sound_card(
    spectrogram: np.ndarray,
    probabilities: np.ndarray,
    words: list[tuple[str, float, float, bool]],
    *,
    threshold: float,
) -> Image.Image:
    """Draw a spectrogram, the words above it, and the probabilities below, on the same axis of time.

    Args:
        spectrogram: `(bands, frames)` uint8.
        probabilities: `(steps,)`, of the last steps of that time.
        words: What is said, from when to when as shares of the width, and whether it is wanted.
        threshold: Where the detector reacts.
    """
    larger = spectrogram.repeat(BAND, axis=0).repeat(FRAME, axis=1)
    height, width = larger.shape
    card = Image.new("RGB", (width, NAMES + height + MARGIN + CURVE), "white")
    card.paste(Image.fromarray(coloured(larger / 255, signed=False).astype(np.uint8)), (0, NAMES))
    draw = ImageDraw.Draw(card)
    for name, start, end, wanted in words:
        colour = WANTED if wanted else INK
        draw.line([(start * width, NAMES - 3), (end * width, NAMES - 3)], fill=colour, width=3)
        draw.text((start * width, 2), name, fill=colour, font=font())
    top, bottom = NAMES + height + MARGIN, card.height - 2
    level = bottom - threshold * (bottom - top)
    draw.line([(0, level), (width, level)], fill=PALE)
    steps = width - (len(probabilities) - 1 - np.arange(len(probabilities))) * width * 4 / spectrogram.shape[1]
    draw.line(
        [*zip(steps.tolist(), (bottom - probabilities * (bottom - top)).tolist(), strict=True)], fill=WANTED, width=2
    )
    return card
