"""What the benchmarks share: a small network, and a cell of a table measured in a process of its own."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import nn


def three_convolutions() -> nn.Module:
    """Three convolutions, pooled in between, global average pooling and a linear layer."""
    layers: list[nn.Module] = []
    for before, after in ((3, 32), (32, 64), (64, 128)):
        layers += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers[:-1], nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 10))


def measured(call: Callable[[], object], *, repeats: int, warm_up: bool) -> dict[str, float]:
    """The median of a call's CPU seconds, and the most memory in MiB on top of what is held now."""
    torch.set_num_threads(1)
    # The peak since the start counts what imports took for a moment; this sets it to what is held now.
    Path("/proc/self/clear_refs").write_text("5")
    held = peak()
    if warm_up:
        call()
    seconds = []
    for _ in range(repeats):
        started = time.process_time()
        call()
        seconds.append(time.process_time() - started)
    return {"seconds": statistics.median(seconds), "MiB": peak() - held}


def peak() -> float:
    """The most resident memory of this process so far, in MiB."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def measured_apart(script: str, arguments: list[str], environment: Mapping[str, str] = {}) -> dict[str, float]:
    """A cell that a script measures and prints as JSON, in a process of its own on one thread."""
    command = [sys.executable, script, "--cell", *arguments]
    variables = {**os.environ, "OMP_NUM_THREADS": "1", **environment}
    output = subprocess.run(command, env=variables, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(output.splitlines()[-1])
