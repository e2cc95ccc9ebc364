"""A run of pictures as one animated file. Needs no torch."""

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

MOST_FRAMES = 100
QUALITY = 85  # of WebP, out of 100; without loss a minute of film would take tens of megabytes
FORMATS = {".webp": "WEBP", ".gif": "GIF"}


def write_animation(
    frames: Iterable[Path], target: Path, *, seconds_a_frame: float = 0.1, last_seconds: float = 2.0
) -> None:
    """Write pictures, in their order, as an animated WebP or GIF that runs for ever.

    Of more than MOST_FRAMES pictures evenly spaced ones are shown, the first and the last among them. Smaller and
    larger ones are brought to the size of the last. One that cannot be read is left out.

    Args:
        frames: The pictures' files.
        target: Ends in `.webp` or `.gif`; written whole or not at all.
        seconds_a_frame: How long a picture is shown.
        last_seconds: How long the last one is.

    Raises:
        ValueError: When no picture can be read, or the target's ending is neither.
    """
    if target.suffix.lower() not in FORMATS:
        raise ValueError(f"{target.name} is no name of an animation. End it in {' or '.join(FORMATS)}.")
    paths = list(frames)
    readable = [path for path in _thinned(paths) if _readable(path)]
    if not readable:
        raise ValueError(f"None of the {len(paths)} frames of {target} can be read. Draw at least one first.")
    durations = [*[round(1000 * seconds_a_frame)] * (len(readable) - 1), round(1000 * last_seconds)]
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        Reel(readable).save(
            scratch, FORMATS[target.suffix.lower()], save_all=True, duration=durations, loop=0, quality=QUALITY
        )
        scratch.replace(target)
    finally:
        scratch.unlink(missing_ok=True)


class Reel(Image.Image):
    """Picture files as the frames of one picture, of which one at a time is in memory."""

    def __init__(self, paths: list[Path]) -> None:
        super().__init__()
        self._paths = paths
        with Image.open(paths[-1]) as last:
            self._size, self._mode = last.size, "RGB"
        self.n_frames = len(paths)
        self.is_animated = len(paths) > 1
        self.seek(0)

    def seek(self, frame: int) -> None:
        """Read a frame.

        Raises:
            EOFError: When there is none of that number.
        """
        if frame >= self.n_frames:
            raise EOFError(f"There is no frame {frame} of {self.n_frames}.")
        with Image.open(self._paths[frame]) as picture:
            self.im = picture.convert("RGB").resize(self.size, Image.Resampling.LANCZOS).im
        self._frame = frame

    def tell(self) -> int:
        """The number of the frame that was read last."""
        return self._frame


def _thinned(paths: list[Path]) -> list[Path]:
    """At most MOST_FRAMES of the paths, evenly spaced from the first to the last."""
    count = min(len(paths), MOST_FRAMES)
    return [paths[place] for place in np.rint(np.linspace(0, len(paths) - 1, count)).astype(int)] if paths else []


def _readable(path: Path) -> bool:
    try:
        with Image.open(path) as picture:
            picture.load()
    except (OSError, SyntaxError):  # Pillow's words for a broken file, and for a broken PNG
        return False
    return True
