"""Listening on one core: CPU seconds a second of sound, milliseconds a step of 40 ms, and memory over an hour.

A stream in chunks of 640 samples goes through features, network and detector, for each network with random weights:
80 seconds to warm up, whose probabilities are held against those of the whole, then an hour. Beside it the course's
way, with the same features and network: a window of ten seconds, run again every half second, so that a word is heard
up to half a second late. At a step's delay it would cost twelve times as much. Two minutes.

    python benchmarks/streaming.py
"""

import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import yaml
from torch import nn

from lightwell import models
from lightwell.config.check import conf_folder
from lightwell.listening import Listener
from lightwell.models.log_mel import LogMel
from lightwell.runs.load import Run
from lightwell.sound import RATE
from lightwell.sound.events import Detector
from lightwell.tasks import TriggerDetector

CHUNK = 640
SECONDS, REPEATS = 80, 45  # 2000 steps, again and again for an hour
WINDOW, AGAIN = 10, 0.5  # seconds: of the course's way
NETWORKS = ("trigger_rnn", "trigger_gru", "trigger_lstm", "trigger_tcn")


class Streamed(NamedTuple):
    """A stream that was listened to.

    Attributes:
        probabilities: `(steps,)`: of the warm-up.
        milliseconds: `(repeats, steps)`: that each step of the hour took, by the clock.
        factor: CPU seconds a second of sound, over the hour.
        grown: MiB of memory held after the hour and not before it.
    """

    probabilities: np.ndarray
    milliseconds: np.ndarray
    factor: float
    grown: float


def run_of(name: str) -> Run:
    """A detector that was never trained."""
    config = yaml.safe_load((conf_folder() / "model" / f"{name}.yaml").read_text(encoding="utf-8"))
    torch.manual_seed(0)
    network = getattr(models, config.pop("_target_").rpartition(".")[2])(input_shape=(1, 40, 998), **config)
    task = TriggerDetector(
        model=network,
        loss=nn.Identity(),
        optimizer=torch.optim.Adam,
        schedule=lambda progress: 1.0,
        classes=("other", "word"),
        mean=[0.45],
        std=[0.1],
        monitor="val/f1",
    )
    task.detector = Detector(0.99, smoothing=3, refractory=0.5)
    return Run(path=conf_folder(), task=task.eval(), config={"data": {"bands": 40}}, metrics={}, classes=task.classes)


def stream(run: Run, sound: np.ndarray) -> Streamed:
    """Listen to a sound in chunks, and then to an hour of it."""
    listener, chunks = Listener(run), sound.reshape(-1, CHUNK)
    milliseconds = np.ones((REPEATS, len(chunks)))  # ones take their memory now, zeros would later
    probabilities = np.concatenate([listener.listen(chunk).probabilities for chunk in chunks])
    held, worked = resident(), time.process_time()
    for row in milliseconds:
        for position, chunk in enumerate(chunks):
            began = time.perf_counter()
            listener.listen(chunk)
            row[position] = 1000 * (time.perf_counter() - began)
    worked = time.process_time() - worked
    return Streamed(probabilities, milliseconds, worked / (REPEATS * SECONDS), resident() - held)


def resident() -> float:
    """The memory that this process holds, in MiB."""
    return int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0]) / 1024


@torch.inference_mode()
def windows(run: Run, sound: np.ndarray) -> float:
    """CPU seconds a second of sound that the course's way takes."""
    features, window = LogMel(), torch.from_numpy(sound[None, : WINDOW * RATE])
    seconds = []
    for _ in range(21):
        began = time.process_time()
        run.task(features(window))
        seconds.append(time.process_time() - began)
    return float(np.median(seconds)) / AGAIN


@torch.inference_mode()
def whole(run: Run, sound: np.ndarray) -> np.ndarray:
    """The probabilities `(steps,)` when all is heard at once."""
    return run.task(LogMel()(torch.from_numpy(sound[None]))).sigmoid()[0].numpy()


def main() -> None:
    """Measure every network and print the table."""
    torch.set_num_threads(1)
    chance = np.random.default_rng(0)
    loudness = 10 ** chance.uniform(-4, -0.5, 10 * SECONDS).repeat(RATE // 10)  # another one ten times a second
    sound = (loudness * chance.uniform(-1, 1, SECONDS * RATE)).astype(np.float32)
    print("network         CPU s a second   ms a step    99 %  from whole      memory   windows: CPU s a second")
    runs = {name: run_of(name) for name in NETWORKS}
    again = {name: windows(run, sound) for name, run in runs.items()}
    # As `lightwell listen` does: what oneDNN prepares for a step takes longer than the step.
    torch.backends.mkldnn.set_flags(_enabled=False)
    for name, run in runs.items():
        print(f"{name:14}", end="", flush=True)
        heard = stream(run, sound)
        difference = np.abs(heard.probabilities - whole(run, sound)[: len(heard.probabilities)]).max()
        typical, slow = np.quantile(heard.milliseconds, [0.5, 0.99])
        print(
            f"{heard.factor:16.4f}{typical:12.2f}{slow:8.2f}{difference:12.0e}{heard.grown:+8.1f} MiB"
            f"{again[name]:14.4f} ({again[name] / heard.factor:3.1f} times)",
            flush=True,
        )
    print("aims: at most 0.01 CPU seconds a second, 1 ms a step, 1e-6 from the whole, and no more memory")


if __name__ == "__main__":
    main()
