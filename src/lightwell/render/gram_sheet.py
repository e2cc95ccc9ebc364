"""What a network holds for the style of a picture, drawn: Gram matrices side by side. Needs no torch."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw
from scipy.cluster.hierarchy import leaves_list, linkage

from lightwell.render.cards import INK, MARGIN, PAPER, captioned, font
from lightwell.render.overlay import coloured, scale_of

PALE = (110, 110, 110)
LABEL, LINE, SIDE = 150, 20, 340  # pixels: width of the labels, height of a line, side of a matrix
MOST_CHANNELS = 64
EXPLANATION = (
    "A Gram matrix is all that the style loss knows of a picture: each cell says how strongly two channels of a layer "
    "answer at the same places, the diagonal how strongly each answers at all. Brighter is stronger. The three of a "
    "layer share their colours and the order of their channels: the style's strongest, with those side by side that "
    "answer to the same things in it. What the result has learned of the style is how alike the last two are."
)


@dataclass(frozen=True)
class LayerGrams:
    """Gram matrices `(channels, channels)` of one layer, all normalised in the same way.

    Attributes:
        layer: Its name.
        start: Of the picture that it began with.
        style: Of the picture whose style is taken, or the weighted mean over several.
        result: Of the picture that was made.
    """

    layer: str
    start: np.ndarray
    style: np.ndarray
    result: np.ndarray


def gram_sheet(layers: list[LayerGrams], *, side: int = SIDE) -> Image.Image:
    """A row for each layer: the Gram matrices of start, style and result, and how far from the style's they are.

    Args:
        layers: The rows, from the top.
        side: Of a matrix on the sheet, in pixels.
    """
    rows = [_row(grams, side) for grams in layers]
    width = LABEL + 3 * (side + MARGIN)
    words = captioned([Image.new("RGB", (width, 1), PAPER)], [EXPLANATION])
    sheet = Image.new("RGB", (width, words.height + sum(row.height for row in rows)), PAPER)
    top = 0
    for part in (words, *rows):
        sheet.paste(part, (0, top))
        top += part.height
    return sheet


def distance_from_style(gram: np.ndarray, style: np.ndarray) -> float:
    """The Frobenius norm of the difference as a share of the style's own: 0 is the style, 1 as far away as nothing."""
    return float(np.linalg.norm(gram - style) / (np.linalg.norm(style) or 1.0))


def shown_channels(style: np.ndarray) -> np.ndarray:
    """The channels that are drawn, in their order: the strongest, clustered by the cosine between their answers."""
    power = np.diag(style)
    strongest = np.sort(np.argsort(-power, kind="stable")[:MOST_CHANNELS])
    if len(strongest) < 3:
        return strongest
    length = np.sqrt(np.maximum(power[strongest], 1e-12 * (power.max() or 1.0)))
    cosine = style[np.ix_(strongest, strongest)] / np.outer(length, length)
    apart = np.maximum(1 - cosine, 0)[np.triu_indices(len(strongest), 1)]
    return strongest[leaves_list(linkage(apart, "average", optimal_ordering=True))]


def _row(grams: LayerGrams, side: int) -> Image.Image:
    channels = shown_channels(grams.style)
    matrices = {"start": grams.start, "style": grams.style, "result": grams.result}
    shown = {name: _finite(matrix)[np.ix_(channels, channels)] for name, matrix in matrices.items()}
    scale = scale_of(np.concatenate(list(shown.values())))
    row = Image.new("RGB", (LABEL + 3 * (side + MARGIN), side + 2 * LINE + MARGIN), PAPER)
    pen = ImageDraw.Draw(row)
    pen.text((MARGIN, side // 2), grams.layer, INK, font=font())
    drawn, of_all = len(channels), len(grams.style)
    how_many = f"{drawn} of {of_all} channels" if drawn < of_all else f"{of_all} channels"
    pen.text((MARGIN, side // 2 + LINE), how_many, PALE, font=font())
    for number, (name, matrix) in enumerate(shown.items()):
        left = LABEL + number * (side + MARGIN)
        away = distance_from_style(_finite(matrices[name]), _finite(grams.style))
        below = f"full colour: {scale:.2g}" if name == "style" else f"{away:.1%} away from the style's"
        pen.text((left, 0), name, INK, font=font())
        row.paste(_drawn(matrix, scale, side), (left, LINE))
        pen.text((left, LINE + side + 1), below, PALE, font=font())
    return row


def _drawn(matrix: np.ndarray, scale: float, side: int) -> Image.Image:
    """A matrix as a square; colours go by the square root, as a few channels are far stronger than all others."""
    shares = np.sqrt(np.maximum(matrix, 0) / (scale or 1.0))
    pixels = np.rint(coloured(shares, signed=False)).astype(np.uint8)
    return Image.fromarray(pixels).resize((side, side), Image.Resampling.NEAREST)


def _finite(values: np.ndarray) -> np.ndarray:
    return np.nan_to_num(np.asarray(values, dtype=np.float64), nan=0.0, posinf=0.0, neginf=0.0)
