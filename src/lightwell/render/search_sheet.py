"""What a dataset search found in one layer, as a picture. Needs no torch."""

import textwrap
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

TILE, GAP, MARGIN = 92, 6, 16
LABEL, VALUE, HEADING, LINE, LETTER, NARROWEST = 84, 16, 38, 18, 7, 420
INK, PALE, PAPER, OUTSIDE = (34, 34, 34), (110, 110, 110), (255, 255, 255), (226, 226, 226)


@dataclass(frozen=True)
class Find:
    """One picture that excites a feature map.

    Attributes:
        image: `(channels, height, width)` uint8: the whole picture.
        box: What the unit sees of it: top, left, bottom and right.
        value: How strongly it excites.
    """

    image: np.ndarray
    box: tuple[int, int, int, int]
    value: float


def search_sheet(
    title: str, caption: str, rows: dict[int, list[Find]], size: tuple[int, int], *, tile: int = TILE
) -> Image.Image:
    """A row for each feature map: the crops that excite it most, all at one scale, strongest first.

    Where a crop is cut off at its picture's border, the part outside is left grey.

    Args:
        title: The layer.
        caption: What is to be seen.
        rows: What was found for each feature map.
        size: Height and width in pixels of what a unit sees.
        tile: The longer side of a crop on the sheet, in pixels.
    """
    columns = max((len(finds) for finds in rows.values()), default=0)
    scale = tile / max(size)
    height, width = (max(1, round(length * scale)) for length in size)
    heading, text, small = (ImageFont.load_default(points) for points in (18, 13, 11))
    shown_width = max(LABEL + columns * (width + GAP), NARROWEST)
    lines = textwrap.wrap(caption, width=shown_width // LETTER)
    top, row_height = MARGIN + HEADING + len(lines) * LINE, height + VALUE + GAP
    sheet = Image.new("RGB", (shown_width + 2 * MARGIN, top + len(rows) * row_height + MARGIN), PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((MARGIN, MARGIN), title, INK, font=heading)
    for line, words in enumerate(lines):
        draw.text((MARGIN, MARGIN + 27 + line * LINE), words, PALE, font=text)
    for row, (number, finds) in enumerate(rows.items()):
        y = top + row * row_height
        draw.text((MARGIN, y + height // 2 - 8), f"map {number}", INK, font=text)
        for column, find in enumerate(finds):
            x = MARGIN + LABEL + column * (width + GAP)
            sheet.paste(crop(find, size, (width, height)), (x, y))
            draw.text((x, y + height + 1), f"{find.value:#.3g}".rstrip("."), PALE, font=small)
    return sheet


def crop(find: Find, size: tuple[int, int], shown: tuple[int, int]) -> Image.Image:
    """The box as a tile of `shown` width and height, in which a cut-off box lies where its whole would."""
    top, left, bottom, right = find.box
    tile = np.full((*size, 3), OUTSIDE, dtype=np.uint8)
    # What is missing is missing at the border that the box touches.
    down = size[0] - (bottom - top) if top == 0 else 0
    across = size[1] - (right - left) if left == 0 else 0
    piece = find.image[:, top:bottom, left:right].transpose(1, 2, 0)
    tile[down : down + bottom - top, across : across + right - left] = piece
    smaller = shown[0] < size[1]
    return Image.fromarray(tile).resize(shown, Image.Resampling.BOX if smaller else Image.Resampling.NEAREST)
