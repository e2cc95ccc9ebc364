"""A GPU of its own for each worker that runs jobs of a sweep side by side on one machine."""

import fcntl
import os
from pathlib import Path

import torch
from hydra.core.hydra_config import HydraConfig

_held: list[int] = []  # the locks' file descriptors: the system lets go of them when the process ends


def share_gpus(sweep: Path, devices: int | list[int] | str) -> None:
    """Let this process see one GPU that no other worker of the sweep has, if its jobs ask for one.

    Ray and SLURM give a job its GPU themselves. joblib's workers see all of them, and each would take the first. A
    worker keeps its GPU from job to job, since CUDA looks for GPUs only once. Workers beyond the number of GPUs share.

    Args:
        sweep: The sweep's folder, where the GPUs are marked as taken.
        devices: What the hardware config asks for.
    """
    if "joblib" in str(HydraConfig.get().launcher.get("_target_")) and devices == 1 and not _held:
        take_gpu(sweep / ".gpus")


def take_gpu(locks: Path) -> None:
    """Make the first GPU that nobody has taken the only one that this process sees."""
    seen = os.environ.get("CUDA_VISIBLE_DEVICES")
    gpus = [str(index) for index in range(torch.cuda.device_count())] if seen is None else seen.split(",")
    if len(gpus) < 2:
        return
    locks.mkdir(parents=True, exist_ok=True)
    for gpu in gpus:
        lock = os.open(locks / gpu, os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        _held.append(lock)
        break
    else:
        gpu = gpus[os.getpid() % len(gpus)]
    os.environ["CUDA_VISIBLE_DEVICES"] = gpu
