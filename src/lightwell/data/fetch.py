"""Downloading a folder of a public git repository at one commit."""

import shutil
import subprocess
from pathlib import Path

from filelock import FileLock

from lightwell.config.mistakes import ConfigMistakes, Mistake


def fetch_commit(source: str, commit: str, folder: str, target: Path) -> None:
    """Put a repository's `folder`, as it was at `commit`, at `target`, unless it is there already.

    A commit's name is a checksum over every file below it, and git checks each file that it receives against it: a
    changed or torn download is refused. Only this folder's files are transferred, with git's own progress.

    Raises:
        ConfigMistakes: When git is missing, or the source cannot be reached or has no such commit.
    """
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(target.with_suffix(".lock")):
        if target.exists():
            return
        checkout = target.with_suffix(".fetching")
        shutil.rmtree(checkout, ignore_errors=True)
        try:
            _git(None, "init", "--quiet", str(checkout))
            _git(checkout, "sparse-checkout", "set", "--no-cone", f"/{folder}/")
            _git(checkout, "remote", "add", "origin", source)
            _git(checkout, "fetch", "--progress", "--depth=1", "--filter=blob:none", "origin", commit)
            _git(checkout, "checkout", "--progress", "--quiet", "FETCH_HEAD")
            (checkout / folder).rename(target)
        except (OSError, subprocess.CalledProcessError) as error:
            advice = "Connect to the network and try again, or give a local copy: data.root=FOLDER."
            problem = f"{source} at {commit[:10]} could not be downloaded: {error}"
            raise ConfigMistakes([Mistake("data.root", None, problem, advice)]) from error
        finally:
            shutil.rmtree(checkout, ignore_errors=True)


def _git(folder: Path | None, *arguments: str) -> None:
    place = ["-C", str(folder)] if folder else []
    subprocess.run(["git", *place, *arguments], check=True, stdin=subprocess.DEVNULL)
