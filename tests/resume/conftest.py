"""A run that has something of everything that a checkpoint must hold."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lightwell.build import build
from tests.resume.attempts import settings_of

# Augmentation, dropout, batch normalisation, a schedule, and a checkpoint at almost every step.
RESTLESS = [
    "data.train=96", "data.val=16", "data.test=16", "data.image_size=16", "data.batch_size=8",
    "data.augmentation.shift=0.1", "model.widths=[4,8]", "model.dropout=0.3",
    "callbacks=[checkpoint]", "callbacks.checkpoint.every_minutes=0.0001", "logger=none", "hardware=cpu",
]  # fmt: skip

Settings = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def settings(cache: Path) -> Settings:
    """Settings of small restless runs, with their pictures drawn already."""

    def compose(*words: str) -> dict[str, Any]:
        composed = settings_of(*RESTLESS, *words)
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
