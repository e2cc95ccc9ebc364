"""Listening to a stream on one core: seconds of work a second of sound, and milliseconds a step of 40 ms.

A stream in chunks of 640 samples, through features, network and detector, for each network with random weights; beside
it the course's way, which runs a window of ten seconds again every half second. The streamed probabilities are held
against those of the whole.

    python benchmarks/streaming.py
"""

import resource
import time

import numpy as np
import torch
import yaml

from lightwell import models
from lightwell.config.check import conf_folder
from lightwell.listening import Listener
from lightwell.models.log_mel import LogMel
from lightwell.runs.load import Run
from lightwell.sound import RATE
from lightwell.sound.events import Detector
from lightwell.tasks import TriggerDetector

CHUNK, STEP = 640, 0.04
SECONDS = 80
WINDOW, AGAIN = 10, 0.5  # seconds: of the course's way


def run_of(name: str) -> Run:
    """A detector that was never trained."""
    config = yaml.safe_load((conf_folder() / "model" / f"{name}.yaml").read_text())
    torch.manual_seed(0)
    network = getattr(models, config.pop("_target_").rpartition(".")[2])(input_shape=(1, 40, 998), **config)
    task = TriggerDetector(
        model=network,
        loss=torch.nn.Identity(),
        optimizer=torch.optim.Adam,
        schedule=lambda progress: 1.0,
        classes=("other", "word"),
        mean=[0.45],
        std=[0.1],
        monitor="val/f1",
    )
    task.detector = Detector(0.99, smoothing=3, refractory=0.5)
    return Run(path=conf_folder(), task=task.eval(), config={"data": {"bands": 40}}, metrics={}, classes=task.classes)


def stream(run: Run, sound: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Milliseconds of each chunk, and all probabilities."""
    listener, times, heard = Listener(run), [], []
    for start in range(0, len(sound), CHUNK):
        began = time.perf_counter()
        heard.append(listener.listen(sound[start : start + CHUNK]).probabilities)
        times.append(1000 * (time.perf_counter() - began))
    return np.array(times), np.concatenate(heard)


def whole_window(run: Run, sound: np.ndarray) -> float:
    """Milliseconds to run ten seconds at once."""
    features, window = LogMel(), torch.from_numpy(sound[None, : WINDOW * RATE])
    times = []
    with torch.inference_mode():
        for _ in range(6):
            began = time.perf_counter()
            run.task(features(window))
            times.append(1000 * (time.perf_counter() - began))
    return float(np.median(times[1:]))


def main() -> None:
    torch.set_num_threads(1)
    torch.backends.mkldnn.set_flags(
        _enabled=False
    )  # as `lightwell listen` does: its preparations cost more than a step
    sound = np.random.default_rng(0).normal(0, 0.05, SECONDS * RATE).astype(np.float32)
    print("network        real-time factor   ms a step: median, 99 %   against the whole   a window again: factor")
    for name in ("trigger_rnn", "trigger_gru", "trigger_lstm", "trigger_tcn"):
        run = run_of(name)
        stream(run, sound[: 4 * RATE])  # a warm-up
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        times, streamed = stream(run, sound)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        with torch.inference_mode():
            whole = run.task(LogMel()(torch.from_numpy(sound[None]))).sigmoid()[0].numpy()
        difference = float(np.abs(streamed - whole[: len(streamed)]).max())
        again = whole_window(run, sound) / (1000 * AGAIN)
        factor, median, most = times.sum() / (1000 * SECONDS), np.median(times), np.quantile(times, 0.99)
        print(
            f"{name:14} {factor:10.4f} {median:19.2f}, {most:.2f} {difference:20.1e} {again:18.3f}"
            f"   (memory grew by {grown / 1024:.1f} MiB)"
        )
    print("aims: a real-time factor of 0.01, 1 ms a step")


if __name__ == "__main__":
    main()
