"""Explained pictures with their captions and scales, alone and as contact sheets. Needs no torch."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from lightwell.render.overlay import coloured

INK, PAPER = (40, 40, 40), (255, 255, 255)
LINE, MARGIN = 18, 8  # pixels
BAR = 10


def card(pictures: list[Image.Image], lines: list[str], *, scale: float, signed: bool) -> Image.Image:
    """Pictures side by side above a caption and the scale of their colours."""
    above = captioned(pictures, lines)
    paper = Image.new("RGB", (above.width, above.height + BAR + LINE + MARGIN), PAPER)
    paper.paste(above, (0, 0))
    _draw_scale(paper, above.height, scale, signed)
    return paper


def captioned(pictures: list[Image.Image], lines: list[str]) -> Image.Image:
    """Pictures side by side above a caption."""
    width = sum(picture.width for picture in pictures)
    height = max(picture.height for picture in pictures)
    lines = [part for line in lines for part in _wrapped(line, width - 2 * MARGIN)]
    paper = Image.new("RGB", (width, height + 2 * MARGIN + LINE * len(lines)), PAPER)
    left = 0
    for picture in pictures:
        paper.paste(picture, (left, 0))
        left += picture.width
    pen = ImageDraw.Draw(paper)
    for number, line in enumerate(lines):
        pen.text((MARGIN, height + MARGIN + LINE * number), line, fill=INK, font=font())
    return paper


def contact_sheet(cards: list[Image.Image], *, columns: int) -> Image.Image:
    """Cards in rows, each cell as large as the largest card."""
    width = max(one.width for one in cards) + MARGIN
    height = max(one.height for one in cards) + MARGIN
    columns = min(columns, len(cards))
    sheet = Image.new("RGB", (width * columns + MARGIN, height * -(-len(cards) // columns) + MARGIN), PAPER)
    for number, one in enumerate(cards):
        row, column = divmod(number, columns)
        sheet.paste(one, (MARGIN + width * column, MARGIN + height * row))
    return sheet


def fitted(picture: Image.Image, side: int) -> Image.Image:
    """A picture made smaller until it fits a square."""
    picture = picture.copy()
    picture.thumbnail((side, side), Image.Resampling.BILINEAR)
    return picture


def _draw_scale(paper: Image.Image, top: int, scale: float, signed: bool) -> None:
    width = paper.width - 2 * MARGIN
    colours = coloured(np.linspace(-1.0 if signed else 0.0, 1.0, width), signed)
    bar = np.broadcast_to(np.rint(colours).astype(np.uint8), (BAR, width, 3))
    paper.paste(Image.fromarray(np.ascontiguousarray(bar)), (MARGIN, top))
    ends = [f"-{scale:.2g}", "0", f"+{scale:.2g}"] if signed else ["0", f"{scale:.2g}"]
    pen = ImageDraw.Draw(paper)
    for share, text in zip(np.linspace(0, 1, len(ends)), ends, strict=True):
        room = width - font().getlength(text)
        pen.text((MARGIN + room * share, top + BAR + 2), text, fill=INK, font=font())


def _wrapped(line: str, width: float) -> list[str]:
    """A line of text as lines no wider than `width` pixels, cut between words."""
    lines = [""]
    for word in line.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font().getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font of everything written on a picture."""
    return ImageFont.load_default(13)
