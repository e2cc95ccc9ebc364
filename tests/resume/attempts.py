"""Attempts at a run, each a process of its own that can be killed."""

import multiprocessing
import os
import sys
import time
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import torch
from omegaconf import OmegaConf

from lightwell.config.command_line import preflight
from lightwell.config.compose import compose
from tests.conftest import ROOT

# Imports torch and all the rest once; every attempt is a fork of it.
server = multiprocessing.get_context("forkserver")
server.set_forkserver_preload(["lightwell.run", "tests.resume.attempts"])


def settings_of(*words: str) -> dict[str, Any]:
    """What these words compose."""
    given = preflight(list(words), config_dir=ROOT / "conf").arguments
    return OmegaConf.to_container(compose(given), resolve=True)  # type: ignore[return-value]


def begin(folder: Path, settings: dict[str, Any]) -> BaseProcess:
    """Start a run in a folder, or go on with it."""
    process = server.Process(target=_attempt, args=(folder, settings), daemon=False)
    process.start()
    return process


def finish(folder: Path, settings: dict[str, Any]) -> int:
    """Run to the end; returns the exit status."""
    process = begin(folder, settings)
    process.join()
    assert process.exitcode is not None
    return process.exitcode


def stop(process: BaseProcess, signum: int, after: float) -> bool:
    """Send a signal after a while; returns whether the process had not ended by itself."""
    process.join(after)
    if not process.is_alive():
        return False
    assert process.pid is not None
    os.kill(process.pid, signum)
    process.join()
    return True


def wait_for(path: Path) -> None:
    """Wait until something is there."""
    deadline = time.monotonic() + 120
    while not path.exists():
        assert time.monotonic() < deadline, path
        time.sleep(0.01)


def _attempt(folder: Path, settings: dict[str, Any]) -> None:
    torch.set_num_threads(1)
    from lightwell.run import run_in
    from lightwell.runs.folder import RunFolder
    from lightwell.runs.origin import Origin

    sys.argv = ["train.py"]
    run_in(RunFolder(folder, writes=True), settings, Origin({}, [], {}))
