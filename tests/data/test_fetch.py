import subprocess
from pathlib import Path

import pytest

from lightwell.config.mistakes import ConfigMistakes
from lightwell.data.fetch import fetch_commit


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=tester", "-c", "user.email=tester@example.org"]
    done = subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def source(tmp_path) -> tuple[str, str]:
    """A repository to fetch from, and its first commit."""
    folder = tmp_path / "source"
    (folder / "photos" / "day").mkdir(parents=True)
    (folder / "photos" / "day" / "1.txt").write_text("first")
    (folder / "other").mkdir()
    (folder / "other" / "2.txt").write_text("not asked for")
    git(tmp_path, "init", "-q", str(folder))
    git(folder, "config", "uploadpack.allowFilter", "true")
    git(folder, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "first")
    commit = git(folder, "rev-parse", "HEAD")
    (folder / "photos" / "day" / "1.txt").write_text("later")
    git(folder, "commit", "-qam", "second")
    return f"file://{folder}", commit


def test_a_folder_is_fetched_as_it_was_at_the_commit(tmp_path, source: tuple[str, str]) -> None:
    target = tmp_path / "cache" / "photos"
    fetch_commit(*source, "photos", target)
    assert (target / "day" / "1.txt").read_text() == "first"
    assert sorted(path.name for path in target.parent.iterdir()) == ["photos", "photos.lock"]


def test_what_is_there_is_not_fetched_again(tmp_path, source: tuple[str, str]) -> None:
    target = tmp_path / "photos"
    fetch_commit(*source, "photos", target)
    fetch_commit("file:///nowhere", source[1], "photos", target)
    assert (target / "day" / "1.txt").exists()


@pytest.mark.parametrize("commit", ["0" * 40, "not a commit"])
def test_another_commit_is_refused_and_leaves_nothing(tmp_path, source: tuple[str, str], commit: str) -> None:
    with pytest.raises(ConfigMistakes, match=r"data\.root=FOLDER"):
        fetch_commit(source[0], commit, "photos", tmp_path / "photos")
    assert not (tmp_path / "photos").exists()
