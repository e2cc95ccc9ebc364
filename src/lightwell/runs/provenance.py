"""What a result needs to be believed: the command, the code, the versions, the machine and the data."""

import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

PACKAGES = (
    "lightwell", "torch", "torchvision", "torchmetrics", "pytorch-lightning", "hydra-core", "omegaconf", "numpy",
    "scikit-learn", "pillow", "tensorboard",
)  # fmt: skip


def git_state(folder: Path) -> tuple[dict[str, Any], str]:
    """The commit of the code and what differs from it; all None and empty outside a repository."""
    commit = _git(folder, "rev-parse", "HEAD")
    diff = _git(folder, "diff", "HEAD") or ""
    return {"commit": commit, "dirty": bool(diff), "diff": "git.diff" if diff else None}, diff


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def package_versions() -> dict[str, str]:
    """The versions of the packages that results depend on, and Python's."""
    versions = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def hardware() -> dict[str, Any]:
    """The machine, as far as results and times depend on it."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "gpus": [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())],
    }


def machine() -> str:
    """The machine and the versions that matter most, in a line."""
    about, versions = hardware(), package_versions()
    gpus = f", {len(about['gpus'])} x {about['gpus'][0]}" if about["gpus"] else ""
    return f"{about['cores']} cores{gpus}, {about['system']}, python {versions['python']}, torch {versions['torch']}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")


def command() -> list[str]:
    """The command line, as it can be typed; in a sweep, that of the job.

    The `++` that is put before an argument which stands in no file is left out again.
    """
    program = Path(sys.argv[0]).name
    words = [word.removeprefix("++") for word in sys.argv[1:]]
    return [program, *words] if program == "lightwell" else ["python", program, *words]
