"""How much of the training time goes into checkpoints.

    python benchmarks/checkpoints.py

The default experiment, with a checkpoint every epoch; the seconds in `save_last` as a share of the fit's.
"""

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytorch_lightning as lightning
from omegaconf import OmegaConf

from lightwell.callbacks import checkpoint
from lightwell.config.compose import compose
from lightwell.run import run_in
from lightwell.runs.checkpoints import save_last
from lightwell.runs.folder import RunFolder
from lightwell.runs.origin import Origin

spent = {"fit": 0.0, "checkpoints": 0.0}


def timed(name: str, function: Any) -> Any:
    """The function, which adds up the seconds that it takes."""

    def call(*arguments: Any, **keywords: Any) -> Any:
        started = time.perf_counter()
        try:
            return function(*arguments, **keywords)
        finally:
            spent[name] += time.perf_counter() - started

    return call


def main() -> None:
    words = sys.argv[1:] or ["experiment=day_night"]
    settings: Any = OmegaConf.to_container(compose([*words, "callbacks=[checkpoint]", "logger=none"]), resolve=True)
    checkpoint.save_last = timed("checkpoints", save_last)
    lightning.Trainer.fit = timed("fit", lightning.Trainer.fit)
    with tempfile.TemporaryDirectory() as folder:
        run_in(RunFolder(Path(folder) / "run", writes=True), settings, Origin({}, [], {}))
    share = spent["checkpoints"] / spent["fit"]
    print(f"fit {spent['fit']:.2f} s, of which checkpoints {spent['checkpoints']:.3f} s: {share:.2%}  (aim: below 2 %)")


if __name__ == "__main__":
    main()
