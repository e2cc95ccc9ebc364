"""What the tests share: a cache of their own, and the command line as a user types it."""

import atexit
import functools
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from tests.forked import Forks

settings.register_profile("lightwell", deadline=None)  # a busy machine is no failure
settings.load_profile("lightwell")

ROOT = Path(__file__).parent.parent
SHARED_DATA = Path(os.environ.get("LIGHTWELL_TEST_DATA", ROOT.parent / "shared" / "data"))

# Few scenes, small and for two epochs: a whole run in seconds.
SMALL = ["data.train=48", "data.val=16", "data.test=16", "data.image_size=16", "epochs=2", "model.widths=[8,16]"]


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture cache that starts empty and is shared by the tests of one process."""
    folder = tmp_path_factory.mktemp("cache")
    os.environ["LIGHTWELL_CACHE"] = str(folder)
    return folder


class Finished(subprocess.CompletedProcess[str]):
    """A command that has ended."""

    @property
    def run(self) -> Path:
        """The folder that the last line of the output names."""
        last = self.stdout.strip().splitlines()[-1]
        assert last.startswith("run: "), self.stdout + self.stderr
        return Path(last.removeprefix("run: "))


Command = Callable[..., Finished]


def command(program: list[str], arguments: tuple[str, ...], folder: Path, check: bool) -> Finished:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    environment.pop("PYTEST_CURRENT_TEST", None)
    with tempfile.TemporaryDirectory() as out:
        code = forks().run(program, list(arguments), folder, environment, Path(out))
        stdout, stderr = ((Path(out) / name).read_text() for name in ("stdout", "stderr"))
    if check:
        assert code == 0, f"{arguments}\n{stdout}\n{stderr}"
    return Finished([*program, *arguments], code, stdout, stderr)


@functools.cache
def forks() -> Forks:
    """The process that has torch imported already, started with the first command."""
    started = Forks()
    atexit.register(started.close)
    return started


@pytest.fixture
def train(tmp_path: Path) -> Command:
    """`python train.py ...` in a folder of the test's own."""

    def start(*overrides: str, folder: Path = tmp_path, check: bool = True) -> Finished:
        done = command([str(ROOT / "train.py")], overrides, folder, check)
        done.folder = folder  # type: ignore[attr-defined]
        return done

    return start


@pytest.fixture
def lightwell(tmp_path: Path) -> Command:
    """`lightwell ...` in a folder of the test's own."""

    def start(*arguments: str, folder: Path = tmp_path, check: bool = True) -> Finished:
        return command(["-m", "lightwell.cli"], arguments, folder, check)

    return start


def shared_data(name: str) -> Path:
    """A set of real photographs, or a skipped test where there is none."""
    folder = SHARED_DATA / name
    if not folder.exists():
        pytest.skip(f"needs {name} of the test data (LIGHTWELL_TEST_DATA names their folder)")
    return folder
