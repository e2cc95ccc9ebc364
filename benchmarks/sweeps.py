"""What a sweep costs beside its training, and what a second worker saves.

    python benchmarks/sweeps.py

A job that trains nothing (epochs=0) takes what a job takes outside its fit: composing, building, testing, recording
and the report. Twenty small jobs run one after another, each with all cores, and then by two joblib workers.
"""

import itertools
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TRAIN = Path(__file__).parent.parent / "train.py"
SMALL = ["experiment=digits", "model=mlp", "callbacks=[checkpoint]", "logger=none"]


def sweep(folder: Path, *words: str) -> float:
    """The seconds that a sweep takes."""
    command = [sys.executable, str(TRAIN), "-m", *SMALL, *words, f"hydra.sweep.dir={folder}"]
    started = time.perf_counter()
    subprocess.run(command, env=os.environ, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        sweep(Path(scratch) / "outside", "epochs=0", "seed=range(8)")
        ends = [(Path(scratch) / "outside" / str(job) / "report.html").stat().st_mtime for job in range(8)]
        outside = [later - earlier for earlier, later in itertools.pairwise(ends)]
        mean = sum(outside) / len(outside)
        print(f"a job outside its fit, after the first: {max(outside):.2f} s at most, {mean:.2f} s in the mean")
        print("  (aim: below 1.5 s)")
        jobs = ["epochs=60", "seed=range(20)"]
        in_order = sweep(Path(scratch) / "in_order", *jobs)
        together = sweep(Path(scratch) / "together", *jobs, "launcher=joblib", "hydra.launcher.n_jobs=2")
        ratio = in_order / together
        print(f"20 jobs: one by one {in_order:.1f} s, two joblib workers {together:.1f} s: {ratio:.2f} times as fast")
        print("  (aim: 1.5 times)")


if __name__ == "__main__":
    main()
