"""Lightwell's occlusion beside captum's: the same map, its CPU time and its memory.

Every cell of the table is measured in a process of its own, on one thread: the median CPU time of the calls that fit
into five seconds (one call where it takes longer), and the most memory that the first call took on top of what the
process had. captum is given 1, 16 and 64 windows a forward pass, and its best time counts; its memory is that at 16.
Lightwell is also measured on each network behind a step that it cannot follow, so that it takes every window in full.
Windows are 8 pixels apart and show 0.5. Without --quick it takes about ten minutes, nearly all of them captum's.

    python benchmarks/occlusion.py [--quick]
"""

import argparse
import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torchvision import models

from cells import three_convolutions
from lightwell.explain.occlusion import occlusion

STRIDE, FILL, TARGET = 8, 0.5, 3
SMALL_PICTURES = [("small", 64, 15), ("small", 64, 32), ("resnet18", 64, 15), ("resnet18", 64, 32)]
SMALL_PICTURES += [
    (name, side, 15) for name in ("vgg11_bn", "mobilenet_v2", "densenet121", "googlenet") for side in (64, 96)
]
LARGE_PICTURES = [("small", 224, 15), ("small", 224, 32), ("resnet18", 224, 15), ("resnet18", 224, 32)]
OURS, IN_FULL, CAPTUM = "lightwell", "in full", (1, 16, 64)


class Unfollowed(nn.Module):
    """A network behind a number that Python reads from the input, so that no part can be computed by itself."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: Tensor) -> Tensor:  # noqa: D102
        return self.network(pictures) + 0.0 * float(pictures.sum())


def network_named(name: str) -> nn.Module:
    """With fixed random weights and settled BatchNorm statistics."""
    torch.manual_seed(0)
    if name == "small":
        return three_convolutions().eval()
    options = {"aux_logits": False, "init_weights": False} if name == "googlenet" else {}
    network = models.get_model(name, weights=None, num_classes=10, **options)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None  # the mean over all batches seen
    with torch.no_grad():
        network.train()(torch.rand(16, 3, 64, 64))
    return network.eval()


def explanation(method: str, network: nn.Module, picture: Tensor, patch: int) -> Callable[[], Tensor]:
    if method == OURS:
        return lambda: occlusion(network, picture, target=TARGET, patch=patch, stride=STRIDE, fill=FILL)[0]
    if method == IN_FULL:
        hidden = Unfollowed(network)
        return lambda: occlusion(hidden, picture, target=TARGET, patch=patch, stride=STRIDE, fill=FILL)[0]
    from captum.attr import Occlusion

    return lambda: (
        Occlusion(network)
        .attribute(
            picture,
            sliding_window_shapes=(3, patch, patch),
            strides=(3, STRIDE, STRIDE),
            baselines=FILL,
            target=TARGET,
            perturbations_per_eval=int(method),
        )[0]
        .mean(0)
    )


def measure(method: str, name: str, side: int, patch: int, file: Path) -> None:
    """One cell, in this process; leaves the map in a file and the figures on stdout."""
    torch.set_num_threads(1)
    network = network_named(name)
    coarse = torch.rand(1, 3, 8, 8)
    picture = nn.functional.interpolate(coarse, size=(side, side), mode="bilinear", align_corners=False)
    with torch.no_grad():
        network(picture)  # what torch sets up once is nobody's memory
    explain = explanation(method, network, picture, patch)
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    before = mebibytes("VmRSS")
    seconds: list[float] = []
    while not seconds or sum(seconds) + seconds[-1] < 5:
        started = time.process_time()
        found = explain()
        seconds.append(time.process_time() - started)
        if len(seconds) == 1:
            memory = mebibytes("VmHWM") - before
    np.save(file, found.detach().numpy())
    # The first call sets up what the later ones use.
    print(json.dumps({"seconds": statistics.median(seconds[1:] or seconds), "memory": memory}))


def mebibytes(field: str) -> float:
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith(field)).split()[1]) / 1024


def cell(method: str, name: str, side: int, patch: int, folder: Path) -> tuple[float, float, np.ndarray]:
    file = folder / "map.npy"
    command = [sys.executable, __file__, "--cell", method, name, str(side), str(patch), str(file)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    figures = json.loads(done.stdout.splitlines()[-1])
    return figures["seconds"], figures["memory"], np.load(file)


def row(name: str, side: int, patch: int, folder: Path) -> str:
    theirs = {batch: cell(str(batch), name, side, patch, folder) for batch in CAPTUM}
    best = min(theirs, key=lambda batch: theirs[batch][0])
    seconds, memory, expected = theirs[best][0], theirs[16][1], theirs[16][2]
    text = f"{name:>12} {side:>4} {patch:>3} | {seconds:8.3f} s (at {best:>2}) {memory:5.0f} MiB"
    for method in (OURS, IN_FULL):
        our_seconds, our_memory, found = cell(method, name, side, patch, folder)
        difference = np.abs(found - expected).max() / np.abs(expected).max()
        text += f" | {our_seconds:8.3f} s {seconds / our_seconds:6.1f}x {our_memory:5.0f} MiB {difference:8.0e}"
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="pictures of up to 96 pixels alone")
    parser.add_argument("--only", nargs=3, metavar=("NETWORK", "SIDE", "PATCH"), help="one row")
    parser.add_argument("--cell", nargs=5, help=argparse.SUPPRESS)
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    if options.cell:
        method, name, side, patch, file = options.cell
        measure(method, name, int(side), int(patch), Path(file))
        return
    rows = SMALL_PICTURES if options.quick else SMALL_PICTURES + LARGE_PICTURES
    if options.only:
        rows = [(options.only[0], int(options.only[1]), int(options.only[2]))]
    print("Differences are the largest, as a share of the map's largest value.")
    print(f"{'network side patch':>21} | {'captum, its best':30} | {'Lightwell':38} | {'Lightwell, in full':38}")
    with tempfile.TemporaryDirectory() as folder:
        for name, side, patch in rows:
            print(row(name, side, patch, Path(folder)), flush=True)


if __name__ == "__main__":
    main()
