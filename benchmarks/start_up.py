"""How long a user waits for an answer that needs no training: whole processes, wall time.

python benchmarks/start_up.py
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
TRAIN = [sys.executable, str(ROOT / "train.py")]
COMMANDS = {
    "train.py --help": [*TRAIN, "--help"],
    "train.py --cfg job": [*TRAIN, "--cfg", "job"],
    "a mistake in the config": [*TRAIN, "optimizer.learning_rate=0.1", "model=convnett", "output=one_hot"],
    "lightwell --help": [str(Path(sys.executable).parent / "lightwell"), "--help"],
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, command in COMMANDS.items():
            seconds = []
            for _ in range(6):
                started = time.perf_counter()
                done = subprocess.run(command, cwd=folder, capture_output=True)
                seconds.append(time.perf_counter() - started)
            warm = seconds[1:]
            print(f"{name:26} {statistics.median(warm):5.2f} s  (slowest {max(warm):.2f} s, exit {done.returncode})")


if __name__ == "__main__":
    main()
