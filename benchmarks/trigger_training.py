"""Training a trigger word: clips a second of each network, and F1, beside the course's model on its own input.

The course's model (Ng, Coursera, sequence models) reads a spectrogram of 5511 windows and 101 frequencies and gives
1375 steps: a convolution of 196 channels, kernel 15 and stride 4, then two GRU layers of 128 with batch normalisation
and a dropout of 0.8. It is written here in torch from its description. Both begin with the same int16 samples; a step
is features, forward, backward and Adam, with 16 clips and one thread.

    python benchmarks/trigger_training.py                  # speed, half a minute
    python benchmarks/trigger_training.py --clips 4000     # and event F1 after so many clips each, half an hour
"""

import argparse
import time
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor, nn

from lightwell.data import SpokenWords
from lightwell.data.clips import Clips
from lightwell.models import TriggerRNN, TriggerTCN
from lightwell.models.log_mel import LogMel
from lightwell.sound import RATE
from lightwell.sound.detection import Listened, Tolerance
from lightwell.sound.mixture import Recipe

BATCH, STEPS, WARM_UP = 16, 6, 2
WINDOW, HOP = 200, 29  # samples at 16 kHz: 5511 windows in ten seconds
STRIDE = 4
TEST, VAL = 360, 120


class Spectrogram(nn.Module):
    """The power of 101 frequencies, `(batch, samples)` to `(batch, 101, 5511)`."""

    def forward(self, samples: Tensor) -> Tensor:
        """The spectrogram."""
        frames = samples.unfold(1, WINDOW, HOP) * torch.hann_window(WINDOW)
        return torch.view_as_real(torch.fft.rfft(frames)).square().sum(-1).transpose(1, 2)


class CourseModel(nn.Module):
    """`(batch, 101, 5511)` to logits `(batch, 1375, 1)`."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(101, 196, 15, 4)
        self.norms = nn.ModuleList([nn.BatchNorm1d(196), nn.BatchNorm1d(128), nn.BatchNorm1d(128)])
        self.first = nn.GRU(196, 128, batch_first=True)
        self.second = nn.GRU(128, 128, batch_first=True)
        self.dropout = nn.Dropout(0.8)
        self.dense = nn.Linear(128, 1)

    def forward(self, spectrogram: Tensor) -> Tensor:
        """The logits."""
        steps = self.dropout(self.norms[0](self.convolution(spectrogram)).relu()).transpose(1, 2)
        for layer, norm in zip((self.first, self.second), self.norms[1:], strict=True):
            steps = norm(self.dropout(layer(steps)[0]).transpose(1, 2)).transpose(1, 2)
        return self.dense(self.dropout(steps))


def networks() -> dict[str, tuple[nn.Module, Callable[[], nn.Module]]]:
    """What is compared: features, and what makes a network."""
    shape = (1, 40, 998)
    course = {"channels": 196, "hidden": 128, "dropout": 0.8, "batch_norm": True}
    return {
        "course's, 5511 x 101": (Spectrogram(), CourseModel),
        "trigger_rnn": (LogMel(), lambda: TriggerRNN(input_shape=shape, **course)),
        "trigger_gru": (LogMel(), lambda: TriggerRNN(input_shape=shape)),
        "trigger_lstm": (LogMel(), lambda: TriggerRNN(input_shape=shape, cell="lstm", hidden=96, dropout=0.2)),
        "trigger_tcn": (LogMel(), lambda: TriggerTCN(input_shape=shape)),
    }


def train(features: nn.Module, network: nn.Module, batches: Iterator[tuple[Tensor, Tensor]]) -> Iterator[None]:
    """Train a step for each batch."""
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    for sounds, labels in batches:
        logits = network(features(sounds.float() / 32767))[..., 0]
        optimizer.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(logits, labels[:, : logits.shape[1]]).backward()
        optimizer.step()
        yield


def speed(features: nn.Module, network: nn.Module) -> float:
    """Clips a second, of noise."""
    sounds = torch.from_numpy(np.random.default_rng(0).integers(-3000, 3000, (BATCH, 10 * RATE)).astype(np.int16))
    steps = train(features, network, ((sounds, torch.zeros(BATCH, 1375)) for _ in range(WARM_UP + STEPS)))
    for _ in range(WARM_UP):
        next(steps)
    times = []
    for _ in range(STEPS):
        began = time.perf_counter()
        next(steps)
        times.append(time.perf_counter() - began)
    return BATCH / float(np.median(times))


def event_f1(features: nn.Module, network: nn.Module, data: SpokenWords, clips: int, times: np.ndarray) -> float:
    """Event F1 on the test clips after training on so many, with a detector settled on validation clips."""

    def split(name: str) -> Clips:
        known = data.splits[name]
        options = {"count": known.count, "key": known.key, "epoch": known.epoch}
        return Clips(known.sources, known.recipe, times=times, label_width=known.label_width, **options)

    def batches() -> Iterator[tuple[Tensor, Tensor]]:
        training = split("train")
        for start in range(0, clips, BATCH):
            batch = training.batch(np.arange(start, start + BATCH))
            yield batch.sounds, batch.labels

    for _ in train(features, network, batches()):
        pass
    network.eval()

    def listen(name: str, count: int) -> Listened:
        clips, heard = split(name), []
        with torch.inference_mode():
            for start in range(0, count, BATCH):
                sounds = clips.batch(np.arange(start, min(count, start + BATCH))).sounds
                heard.append(network(features(sounds.float() / 32767))[..., 0].sigmoid().numpy())
        words = [clips.words(number) for number in range(count)]
        numbers, probabilities = np.arange(count), np.concatenate(heard)
        return Listened(numbers, probabilities, words, times, clips.recipe.seconds, Tolerance(0.25, 0.75))

    return listen("test", TEST).score(listen("val", VAL).settled()).f1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=0, help="train the course's model and two of ours on so many")
    clips = parser.parse_args().clips
    torch.set_num_threads(1)
    speeds = {}
    for name, (features, make) in networks().items():
        torch.manual_seed(0)
        speeds[name] = speed(features, make())
        ratio = speeds[name] / speeds["course's, 5511 x 101"]
        print(f"{name:22} {speeds[name]:7.1f} clips/s   {ratio:5.1f}x", flush=True)
    print("aim: 10x the course's")
    if not clips:
        return
    data = SpokenWords(word="activate", recipe=Recipe())
    data.load()
    course_times = ((np.arange(1375) * STRIDE + 15 - 1) * HOP + WINDOW) / RATE
    for name in ("course's, 5511 x 101", "trigger_lstm", "trigger_tcn"):
        torch.manual_seed(0)
        features, make = networks()[name]
        began = time.perf_counter()
        f1 = event_f1(features, make(), data, clips, course_times if name.startswith("course") else data.times)
        print(f"{name:22} event F1 {f1:.3f} after {clips} clips, {time.perf_counter() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
