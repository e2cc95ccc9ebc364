"""Which term of a loss moved which part of a picture, as a sheet of maps. Needs no torch."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

from lightwell.render.cards import INK, MARGIN, PAPER, captioned, font
from lightwell.render.overlay import coloured, scale_of

PALE = (110, 110, 110)
LABEL, LINE, NARROWEST = 160, 20, 225  # pixels: width of the labels, height of a line, least width of a column
SMOOTH = 0.012  # of the longest side: single pixels that were lowered and raised side by side hide the parts that count
GHOST = 0.3  # the share of a map's light that the picture below it may take
EXPLANATION = (
    "Left: how strongly each term of the loss pulls at each pixel of the first picture: the size of its gradient. "
    "Middle: where changing the picture lowered the term (red) and where it raised it (blue), a little smoothed. "
    "Right: how strongly the term still pulls at the result, where the other terms hold against it. "
    "Each map has a scale of its own; what its full colour stands for is written below it."
)


@dataclass(frozen=True)
class MovedTerm:
    """What one term of the loss did to the picture.

    Attributes:
        name: For instance "style relu1_1".
        before: The term's part of the loss at the start.
        after: The same of the result.
        wanted_before: `(h, w)`, at least 0: the size of the term's gradient with respect to the starting picture.
        lowered: `(h, w)`: what the change of each place took off the term; it sums to `before - after`.
        wanted_after: As `wanted_before`, of the result.
    """

    name: str
    before: float
    after: float
    wanted_before: np.ndarray
    lowered: np.ndarray
    wanted_after: np.ndarray


class Cell(NamedTuple):
    """A picture on the sheet, with what is written above and below it."""

    heading: str
    picture: Image.Image
    caption: str


def moved_sheet(terms: list[MovedTerm], *, start: np.ndarray, result: np.ndarray, side: int = 256) -> Image.Image:
    """The picture before and after, and a row for each term: what it wanted, what it got, what it wants still.

    Args:
        terms: The rows, from the top.
        start: `(height, width, 3)` uint8.
        result: The same, of the same size.
        side: The longer side of a picture on the sheet, in pixels.
    """
    scale = side / max(start.shape[:2])
    size = max(1, round(start.shape[1] * scale)), max(1, round(start.shape[0] * scale))
    before, after = (Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS) for pixels in (start, result))
    change = np.abs(result.astype(np.float32) - start).mean(2)
    first = [
        Cell("start", before, ""),
        Cell("how much changed", _map(change, after, signed=False), f"up to {scale_of(change):.0f} of 255 levels"),
        Cell("result", after, ""),
    ]
    rows = [_row("", "", first, size)]
    for term in terms:
        rows.append(_row(term.name, f"{term.before:.3g} to {term.after:.3g}", _cells(term, before, after), size))
    words = captioned([Image.new("RGB", (rows[0].width, 1), PAPER)], [EXPLANATION])
    sheet = Image.new("RGB", (words.width, words.height + sum(row.height for row in rows)), PAPER)
    top = 0
    for part in (words, *rows):
        sheet.paste(part, (0, top))
        top += part.height
    return sheet


def _cells(term: MovedTerm, before: Image.Image, after: Image.Image) -> list[Cell]:
    total = float(_finite(term.lowered).sum())
    lowered = gaussian_filter(_finite(term.lowered), SMOOTH * max(term.lowered.shape))
    in_all = f"{'fell' if total >= 0 else 'rose'} by {abs(total):.3g}"
    return [
        Cell("wanted at the start", _map(term.wanted_before, before, signed=False), _full(term.wanted_before)),
        Cell("what the change lowered", _map(lowered, after, signed=True), f"{in_all}; {_full(lowered)}"),
        Cell("wanted at the end", _map(term.wanted_after, after, signed=False), _full(term.wanted_after)),
    ]


def _row(name: str, figures: str, cells: list[Cell], size: tuple[int, int]) -> Image.Image:
    column = max(size[0], NARROWEST) + MARGIN
    row = Image.new("RGB", (LABEL + len(cells) * column, size[1] + 2 * LINE + MARGIN), PAPER)
    pen = ImageDraw.Draw(row)
    pen.text((MARGIN, LINE + size[1] // 2 - LINE), name, INK, font=font())
    pen.text((MARGIN, LINE + size[1] // 2), figures, PALE, font=font())
    for number, cell in enumerate(cells):
        left = LABEL + number * column
        pen.text((left, 0), cell.heading, INK, font=font())
        row.paste(cell.picture, (left, LINE))
        pen.text((left, LINE + size[1] + 1), cell.caption, PALE, font=font())
    return row


def _map(values: np.ndarray, picture: Image.Image, *, signed: bool) -> Image.Image:
    """A map in full colour, through which its picture shimmers."""
    resized = Image.fromarray(_finite(values)).resize(picture.size, Image.Resampling.BILINEAR)
    colours = coloured(np.asarray(resized) / (scale_of(values) or 1.0), signed)
    grey = np.asarray(picture.convert("L"), dtype=np.float32)[..., None] / 255
    # With two sides nothing is white, and the picture casts shade on it; else nothing is black, and the picture glows.
    seen = colours * (1 - GHOST + GHOST * grey) if signed else colours * (1 - GHOST) + 150 * GHOST * grey
    return Image.fromarray(np.rint(seen).astype(np.uint8))


def _full(values: np.ndarray) -> str:
    return f"full colour: {scale_of(values):.2g}" if values.any() else "zero everywhere"


def _finite(values: np.ndarray) -> np.ndarray:
    return np.nan_to_num(np.asarray(values, dtype=np.float32), nan=0.0, posinf=0.0, neginf=0.0)
