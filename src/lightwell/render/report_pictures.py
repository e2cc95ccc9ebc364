"""Pictures inside the page: each is decoded, shrunk and written again as a data URI."""

import base64
import io
import warnings
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from lightwell.render.report_files import RunFiles

LONGEST_SIDE = 320
PAGE_BYTES = 1_800_000  # of encoded pictures; the page stays below 3 MB
MOST_PIXELS = 40_000_000


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
        found = self.files.find(path)
        if not found:
            self.files.note(f"The picture {path} is missing.")
            return None
        if self.bytes_left <= 0:
            self.files.note("Some pictures were left out to keep this page light; all are in the run folder.")
            return None
        if found not in self.embedded:
            try:
                self.embedded[found] = self._encode(found, longest_side)
            except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
                self.files.note(f"The picture {path} cannot be read: {error}")
                return None
        self.bytes_left -= len(self.embedded[found].uri)
        return self.embedded[found]

    def _encode(self, path: Path, longest_side: int) -> Picture:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            opened = Image.open(path, formats=("PNG", "JPEG", "WEBP"))
        if opened.width * opened.height > MOST_PIXELS:
            raise ValueError(f"{opened.width} x {opened.height} pixels are more than a report shows.")
        if opened.width > 2 * opened.height:
            longest_side *= 2  # of a wide picture a square of that side would leave little
        opened.draft("RGB", (longest_side, longest_side))
        image = opened.convert("RGBA" if opened.has_transparency_data else "RGB")
        image.thumbnail((longest_side, longest_side))
        coarse = max(image.size) <= 64
        buffer = io.BytesIO()
        image.save(buffer, "WEBP", lossless=coarse, quality=82)
        uri = "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
        return Picture(uri, image.width, image.height, coarse)
