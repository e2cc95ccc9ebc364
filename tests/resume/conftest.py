"""A run that has something of everything that a checkpoint must hold."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lightwell.build import build
from tests.resume.attempts import settings_of
from tests.sound.files import sound_folder

# Augmentation, dropout, batch normalisation, a schedule, and a checkpoint at almost every step.
RESTLESS = [
    "data.train=96", "data.val=16", "data.test=16", "data.image_size=16", "data.batch_size=8",
    "data.augmentation.shift=0.1", "model.widths=[4,8]", "model.dropout=0.3",
    "callbacks=[checkpoint]", "callbacks.checkpoint.every_minutes=0.0001", "logger=none", "hardware=cpu",
]  # fmt: skip

# The same with clips of sound, mixed anew for each epoch, and losses of spectrograms.
RESTLESS_SOUND = [
    "data.train=48", "data.val=6", "data.test=6", "data.recipe.seconds=2", "data.batch_size=4", "data.num_workers=0",
    "model=trigger_tcn", "model.channels=8", "model.dropout=0.3",
    "callbacks=[checkpoint]", "callbacks.checkpoint.every_minutes=0.0001", "logger=none", "hardware=cpu",
]  # fmt: skip

# And with a picture that learns, in steps that remember those before.
RESTLESS_ART = [
    "model=squeezenet", "model.weights=null", "data.size=48", "data.steps=8",
    "callbacks=[checkpoint]", "callbacks.checkpoint.every_minutes=0.0001", "logger=none", "hardware=cpu",
]  # fmt: skip

Settings = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def settings(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of small restless runs, with their pictures drawn, or sounds read, already."""
    sounds = sound_folder(tmp_path_factory.mktemp("sounds") / "sounds")

    def compose(*words: str) -> dict[str, Any]:
        restless = {
            "experiment=trigger_word_recordings": [*RESTLESS_SOUND, f"data.root={sounds}"],
            "experiment=style_transfer": RESTLESS_ART,
        }
        base = next((restless[word] for word in words if word in restless), RESTLESS)
        composed = settings_of(*base, *words)
        build(composed["data"], key="data").load()
        return composed

    return compose


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes."""
    folder = tmp_path / "small_disk"
    folder.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True, text=True
    )
    if not mounted or mounted.returncode:
        pytest.skip("needs the right to mount a small file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
