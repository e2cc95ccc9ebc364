"""Pictures inside the page: each is decoded, shrunk and written again as a data URI."""

import base64
import io
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from lightwell.render.report_files import RunFiles

LONGEST_SIDE = 320
PAGE_BYTES = 1_800_000  # of encoded pictures; the page stays below 3 MB
MOST_PIXELS = 40_000_000
MOST_FILM_PIXELS = 400_000_000  # of all frames; to reach the last one, all are decoded
LEFT_OUT = "Some pictures were left out to keep this page light; all are in the run folder."
BROKEN = (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError)  # Pillow's words for it


@dataclass(frozen=True)
class Picture:
    """A picture ready for an `<img>`; `coarse` ones have so few pixels that the page shows them as squares."""

    uri: str
    width: int
    height: int
    coarse: bool


class Album:
    """Embeds pictures until the page is full.

    Writing a picture again, and never copying a file's bytes, is also what keeps anything that is no picture
    off the page.
    """

    def __init__(self, files: RunFiles):
        self.files = files
        self.bytes_left = PAGE_BYTES
        self.embedded: dict[Path, Picture] = {}

    def embed(self, path: str | Path, *, longest_side: int = LONGEST_SIDE) -> Picture | None:
        """The picture of a path in the run folder; None, with a note, where it cannot be shown."""
        found = self._found(path)
        if not found:
            return None
        if found not in self.embedded:
            try:
                self.embedded[found] = encoded(shrunk(opened(found), longest_side))
            except BROKEN as error:
                self.files.note(f"The picture {path} cannot be read: {error}")
                return None
        return self._within_page(self.embedded[found])

    def embed_frames(self, path: str | Path, *, most: int, longest_side: int) -> list[tuple[float, Picture]]:
        """Stills of a film, the first and the last among them; each with how far into the film it stands, 0 to 1."""
        found = self._found(path)
        if not found:
            return []
        try:
            film = opened(found)
            frames = getattr(film, "n_frames", 1)
            if frames * film.width * film.height > MOST_FILM_PIXELS:
                raise ValueError(
                    f"{frames} frames of {film.width} x {film.height} pixels are more than a report shows."
                )
            stills = []
            for place in np.unique(np.linspace(0, frames - 1, min(frames, most)).round().astype(int)).tolist():
                film.seek(place)
                stills.append((place / max(frames - 1, 1), encoded(shrunk(film, longest_side))))
        except BROKEN as error:
            self.files.note(f"The film {path} cannot be read: {error}")
            return []
        return [(moment, picture) for moment, picture in stills if self._within_page(picture)]

    def _found(self, path: str | Path) -> Path | None:
        found = self.files.find(path)
        if not found:
            self.files.note(f"The picture {path} is missing.")
        elif self.bytes_left <= 0:
            self.files.note(LEFT_OUT)
            return None
        return found

    def _within_page(self, picture: Picture) -> Picture | None:
        if len(picture.uri) > self.bytes_left:
            self.files.note(LEFT_OUT)
            return None
        self.bytes_left -= len(picture.uri)
        return picture


def opened(path: Path) -> Image.Image:
    """A stranger's picture, not yet decoded.

    Raises:
        OSError: When it is none that a report shows; one of BROKEN here or once it is decoded.
        ValueError: When it is too large.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        picture = Image.open(path, formats=("PNG", "JPEG", "WEBP"))
    if picture.width * picture.height > MOST_PIXELS:
        raise ValueError(f"{picture.width} x {picture.height} pixels are more than a report shows.")
    return picture


def shrunk(picture: Image.Image, longest_side: int) -> Image.Image:
    """A picture that has just been opened, decoded and no larger than that, or than twice that where it is wide."""
    if picture.width > 2 * picture.height:
        longest_side *= 2  # of a wide picture a square of that side would leave little
    picture.draft("RGB", (longest_side, longest_side))
    image = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    image.thumbnail((longest_side, longest_side))
    return image


def encoded(image: Image.Image) -> Picture:
    """A picture as it stands in a page."""
    coarse = max(image.size) <= 64
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", lossless=coarse, quality=82)
    uri = "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
    return Picture(uri, image.width, image.height, coarse)
