"""Whether what is installed goes together, and what it runs on."""

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from typing import NamedTuple

from packaging.requirements import Requirement


class Finding(NamedTuple):
    """One thing looked at."""

    well: bool
    text: str


def diagnose() -> Iterator[Finding]:
    """Look at each dependency's version, at torch, and at the devices."""
    for line in requires("lightwell") or []:
        requirement = Requirement(line)
        extra = requirement.marker is not None
        try:
            installed = version(requirement.name)
        except PackageNotFoundError:
            if not extra:
                yield Finding(False, f"{requirement.name} is missing: pip install '{requirement}'.")
            continue
        well = requirement.specifier.contains(installed, prereleases=True)
        wanted = "" if well else f", but {requirement.specifier} goes with the rest: pip install '{line.split(';')[0]}'"
        yield Finding(well, f"{requirement.name} {installed}{wanted}")
    yield from _torch()


def _torch() -> Iterator[Finding]:
    try:
        import torch
        import torchvision

        torchvision.ops.nms(torch.zeros(1, 4), torch.zeros(1), 0.5)
    except Exception as error:
        yield Finding(False, f"torch and torchvision do not go together: {error}")
        return
    yield Finding(True, f"torch runs on {torch.get_num_threads()} threads of the CPU")
    for number in range(torch.cuda.device_count()):
        yield Finding(True, f"GPU {number}: {torch.cuda.get_device_name(number)}")
    if not torch.cuda.is_available():
        yield Finding(True, "no GPU: hardware=auto takes the CPU")
