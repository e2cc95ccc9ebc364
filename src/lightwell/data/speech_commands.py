"""Google's Speech Commands (Warden, 2018): 35 words by 2 618 people, fetched by torchaudio."""

from pathlib import Path
from typing import Any

from lightwell.config.mistakes import ConfigMistakes, Mistake
from lightwell.data.recordings import Recordings
from lightwell.data.table import cache_folder

NOISE = "_background_noise_"
SPEAKER = r"([0-9a-f]{8})_nohash"


class SpeechCommands(Recordings):
    """One of the words against all others; nobody is heard in two splits.

    Args:
        word: The word to react to.
        root: Where the words' folders are; fetched (2.3 GB) into the cache where it is null.
        recording_options: The other arguments of `Recordings`.
    """

    def __init__(self, *, word: str = "marvin", root: str | None = None, **recording_options: Any):
        super().__init__(**{**recording_options, "word": word, "root": root or "", "speaker": SPEAKER})
        self.given = root is not None

    def load(self) -> None:
        """Fetch what is not there yet, and read it."""
        if not self.splits:
            self.root = self.root if self.given else fetch()
            words = sorted(folder.name for folder in self.root.iterdir() if folder.is_dir() and folder.name != NOISE)
            if self.word not in words:
                advice = f"There are {', '.join(words)}."
                raise ConfigMistakes([Mistake("data.word", self.word, f"{self.root} has no such word.", advice)])
            others = [name for name in words if name != self.word]
            self.folders = {"positives": [self.word], "negatives": others, "backgrounds": [NOISE], "rooms": []}
        super().load()


def fetch() -> Path:
    """The folder of the words' folders, fetched with progress and held against its checksum if it is not there.

    Raises:
        ConfigMistakes: When it cannot be fetched.
    """
    from torchaudio.datasets import SPEECHCOMMANDS

    folder = cache_folder() / "speech_commands"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        SPEECHCOMMANDS(folder, download=True)
    except (OSError, RuntimeError) as error:
        problem = f"Speech Commands cannot be fetched: {error}."
        advice = "Check the network, or give data.root=FOLDER, where the words' folders are."
        raise ConfigMistakes([Mistake("data", None, problem, advice)]) from error
    return folder / "SpeechCommands" / "speech_commands_v0.02"
