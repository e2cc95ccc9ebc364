"""A few seconds of sound as a picture: the spectrogram, what is said when, and what the network says of it."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from lightwell.render.overlay import coloured

BAND, FRAME = 6, 3  # pixels
CURVE, MARGIN, AXIS = 110, 10, 28
LINE, BAR = 26, 5  # of a row of names, and of the bar that tells how long a word lasts
INK, SOFT, PALE, PAPER = (31, 28, 21), (102, 95, 80), (227, 221, 207), (255, 255, 255)
WANTED, OTHER = (189, 124, 0), (47, 102, 144)

Word = tuple[str, float, float, bool]


def sound_card(
    spectrogram: np.ndarray,
    probabilities: np.ndarray,
    words: list[Word],
    *,
    threshold: float,
    times: np.ndarray,
    seconds: float,
) -> Image.Image:
    """Draw a spectrogram, the words above it, and the probabilities below, on the same axis of time.

    Args:
        spectrogram: `(bands, frames)` uint8.
        probabilities: `(steps,)`, as they are compared with the threshold.
        words: What is said, from when to when as shares of the width, and whether it is wanted.
        threshold: Where the detector reacts.
        times: `(steps,)`: when each step is known, in seconds; 0 is the right edge.
        seconds: How much sound there is.
    """
    sound = spectrogram.repeat(BAND, axis=0).repeat(FRAME, axis=1)
    height, width = sound.shape
    rows = rows_of_names(words, width)
    names = LINE * (1 + max((row for row, _ in rows), default=0)) + BAR + 4
    card = Image.new("RGB", (width, names + height + MARGIN + CURVE + AXIS), PAPER)
    card.paste(Image.fromarray(coloured(sound / 255, signed=False).astype(np.uint8)), (0, names))
    pen = ImageDraw.Draw(card)
    for (name, start, end, wanted), (row, left) in zip(words, rows, strict=True):
        colour = WANTED if wanted else OTHER
        pen.rectangle([start * width, names - BAR - 2, max(end * width - 1, start * width), names - 2], fill=colour)
        pen.text((left, names - BAR - 4 - LINE * row), fitting(name, width), fill=colour, font=font(), anchor="ld")
    _draw_axis(pen, top=names + height + MARGIN, width=width, seconds=seconds)
    _draw_curve(pen, probabilities, (1 + times / seconds) * width, threshold, top=names + height + MARGIN, width=width)
    return card


def rows_of_names(words: list[Word], width: int) -> list[tuple[int, float]]:
    """For each word the row that its name stands in, 0 being the lowest, and where it begins.

    A name begins where its word does unless it would run out of the picture, and goes one row up where another stands.
    """
    taken: list[list[tuple[float, float]]] = []
    places = []
    for name, start, _, _ in words:
        room = font().getlength(fitting(name, width))
        left = max(0.0, min(start * width, width - room))
        free = (
            row for row, spans in enumerate(taken) if all(left > end or left + room < begin for begin, end in spans)
        )
        row = next(free, len(taken))
        if row == len(taken):
            taken.append([])
        taken[row].append((left - MARGIN, left + room + MARGIN))
        places.append((row, left))
    return places


def fitting(name: str, width: float) -> str:
    """As much of a name as fits."""
    if font().getlength(name) <= width:
        return name
    return next(part for end in range(len(name), -1, -1) if font().getlength(part := f"{name[:end]}…") <= width)


def _draw_axis(pen: ImageDraw.ImageDraw, *, top: int, width: int, seconds: float) -> None:
    """Whole seconds, counted from the beginning as a player counts them."""
    for second in range(int(seconds) + 1):
        place = min(second / seconds * width, width - 1)
        pen.line([(place, top), (place, top + CURVE + 4)], fill=PALE, width=2)
        text = f"{second} s"
        room = font().getlength(text)
        left = max(4.0, min(place - room / 2, width - room - 4))
        pen.text((left, top + CURVE + 6), text, fill=SOFT, font=font())
    pen.line([(0, top + CURVE), (width, top + CURVE)], fill=SOFT, width=1)


def _draw_curve(
    pen: ImageDraw.ImageDraw, probabilities: np.ndarray, across: np.ndarray, threshold: float, *, top: int, width: int
) -> None:
    bottom = top + CURVE
    level = bottom - threshold * CURVE
    for dash in range(0, width, 12):
        pen.line([(dash, level), (dash + 5, level)], fill=SOFT, width=2)
    points = [*zip(across.tolist(), (bottom - probabilities * CURVE).tolist(), strict=True)]
    pen.line(points, fill=INK, width=4, joint="curve")
    place, anchor = (level - 4, "ld") if level > top + LINE else (level + 4, "la")  # where there is room for it
    text = f"threshold {threshold:.3g}"
    pen.text((4, place), text, fill=SOFT, font=font(), anchor=anchor, stroke_width=3, stroke_fill=PAPER)


def font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Large enough to be read where the picture is shown half as large."""
    return ImageFont.load_default(22)
