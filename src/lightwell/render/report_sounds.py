"""Sounds inside the page: each is decoded and written again as a data URI."""

import base64
import io
import wave
from pathlib import Path

import numpy as np

from lightwell.render.report_files import RunFiles

MOST_SECONDS = 30
PAGE_BYTES = 1_000_000  # of encoded sounds
RATES = range(8_000, 48_001)


class Playlist:
    """Embeds sounds until the page is full; as with pictures, no byte of a file is copied to the page as it is."""

    def __init__(self, files: RunFiles):
        self.files = files
        self.bytes_left = PAGE_BYTES

    def embed(self, path: str | Path) -> str | None:
        """The WAV file of a path in the run folder, for an `<audio>`; None, with a note, where it cannot be played."""
        found = self.files.find(path)
        if not found:
            self.files.note(f"The sound {path} is missing.")
            return None
        if self.bytes_left < 0:
            return None
        try:
            samples, rate = _read(found)
        except (OSError, EOFError, ValueError, RuntimeError, wave.Error) as error:
            self.files.note(f"The sound {path} cannot be read: {error}")
            return None
        uri = _encoded(samples, rate)
        self.bytes_left -= len(uri)
        if self.bytes_left < 0:
            self.files.note("Some sounds were left out to keep this page light; all are in the run folder.")
            return None
        return uri


def _read(path: Path) -> tuple[np.ndarray, int]:
    """The first seconds of a WAV file, `(samples, channels)` int16, and its rate."""
    with wave.open(str(path), "rb") as file:
        rate, channels = file.getframerate(), file.getnchannels()
        if file.getsampwidth() != 2 or channels > 2 or rate not in RATES:
            raise ValueError("a report plays 16 bit at 8 to 48 kHz, of one or two channels.")
        sound = file.readframes(MOST_SECONDS * rate)
    whole = len(sound) // (2 * channels) * 2 * channels
    if not whole:
        raise ValueError("it holds no samples.")
    return np.frombuffer(sound[:whole], dtype="<i2").reshape(-1, channels), rate


def _encoded(samples: np.ndarray, rate: int) -> str:
    """MP3, which every browser plays, in a tenth of the room; WAV where no library can write it."""
    buffer = io.BytesIO()
    try:
        import soundfile

        soundfile.write(buffer, samples, rate, format="MP3")
        kind = "mpeg"
    except (ImportError, OSError, ValueError, RuntimeError):  # not installed, or without MP3, or not of that rate
        kind, buffer = "wav", io.BytesIO()
        with wave.open(buffer, "wb") as file:
            file.setparams((samples.shape[1], 2, rate, 0, "NONE", ""))
            file.writeframes(samples.astype("<i2").tobytes())
    return f"data:audio/{kind};base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
