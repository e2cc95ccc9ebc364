"""What a dataset search costs beside the plain evaluation that it takes part in, in time and in memory.

A network of four blocks is evaluated on scenes of 64 pixels, with and without a search over all its stages, feature
maps and all; the search includes looking again at each finalist alone. One thread, CPU seconds; each run is a process
of its own, so that the memory it holds is its own.

    python benchmarks/dataset_search.py                    # 10 000 scenes; drawing them the first time takes minutes
    python benchmarks/dataset_search.py --scenes 1000
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import torch

from lightwell.data import Scenes
from lightwell.explain.dataset_search import dataset_search
from lightwell.models import ConvNet

BATCH = 64


class Numbered:
    """The first scenes in batches of bytes, each with its number; notes what memory is held after each batch.

    The pictures are mapped from disk, and such pages are not counted: the system takes them back as it likes.
    """

    def __init__(self, data: Scenes, count: int):
        self.data, self.count = data, count
        self.held: list[float] = []

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        for numbers in torch.arange(self.count).split(BATCH):
            yield self.data.splits["train"].batch(numbers.numpy()).images, numbers
            kibibytes = re.search(r"RssAnon:\s+(\d+)", Path("/proc/self/status").read_text())
            self.held.append(int(kibibytes.group(1)) / 1024 if kibibytes else 0)


def scenes(count: int) -> Scenes:
    data = Scenes(train=count, val=1, test=1, image_size=64)
    data.load()
    return data


def measure(drawn: int, count: int, what: str) -> dict[str, float]:
    """One pass in this process: CPU seconds, the memory held at its end, and how many scenes were found."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    network = ConvNet(input_shape=(3, 64, 64), outputs=2, widths=[32, 64, 128, 128]).eval()
    batches = Numbered(scenes(drawn), count)

    def score(images: torch.Tensor) -> torch.Tensor:
        return network(images.float() / 255)

    found = 0
    with torch.inference_mode():
        score(next(iter(batches))[0])  # what is made once, such as the threads
        started = time.process_time()
        if what == "search":
            strongest = dataset_search(score, batches)
            found = len(torch.cat([layer.indices.flatten() for layer in strongest.values()]).unique())
        else:
            for images, _ in batches:
                score(images).argmax(1)
    seconds = time.process_time() - started
    held = statistics.median(batches.held[-10:])
    return {"seconds": seconds, "mebibytes": held, "found": found}


def in_a_process(drawn: int, count: int, what: str) -> dict[str, float]:
    command = [sys.executable, __file__, "--scenes", str(drawn), "--count", str(count), "--what", what]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--count", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--what", choices=["plain", "search"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.what:
        print(json.dumps(measure(options.scenes, options.count, options.what)))
        return
    scenes(options.scenes)
    for count in (options.scenes // 4, options.scenes):
        runs = [
            {what: in_a_process(options.scenes, count, what) for what in ("plain", "search")}
            for _ in range(options.repeats)
        ]
        ratio = statistics.median(run["search"]["seconds"] / run["plain"]["seconds"] for run in runs)
        plain, search = (
            {name: statistics.median(run[what][name] for run in runs) for name in ("seconds", "mebibytes", "found")}
            for what in ("plain", "search")
        )
        print(
            f"{count:6} scenes: plain {plain['seconds']:6.2f} s, {plain['mebibytes']:4.0f} MiB   "
            f"search {search['seconds']:6.2f} s, {search['mebibytes']:4.0f} MiB   "
            f"ratio {ratio:.2f}   {search['found']:.0f} scenes found"
        )
    print("aim: a ratio of at most 1.3 at 10 000 scenes, and memory that does not grow")


if __name__ == "__main__":
    main()
