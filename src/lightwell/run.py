"""One run, top to bottom: check, build, fit, test, explain, record."""

import errno
import logging
import sys
import warnings
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from pytorch_lightning.utilities.exceptions import MisconfigurationException

from lightwell.assembly import assemble, make_task
from lightwell.callbacks.interruption import Interruption
from lightwell.config.mistakes import ConfigMistakes
from lightwell.cross_validation import cross_validate
from lightwell.finish import finish
from lightwell.gpus import share_gpus
from lightwell.job import one_job
from lightwell.processes import process_rank
from lightwell.runs.checkpoints import resumable
from lightwell.runs.folder import Claimed, RunFolder
from lightwell.runs.interrupted import Interrupted
from lightwell.runs.origin import Origin
from lightwell.sweeps.job import run_job

log = logging.getLogger(__name__)
MISTAKES = (ConfigMistakes, MisconfigurationException, Claimed)  # a user's, told in sentences and without a traceback


def run(config: DictConfig) -> float | None:
    """Run a composed config in the folder that Hydra made for it, and return the monitored test figure."""
    settings: dict[str, Any] = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)  # type: ignore[assignment]
    sweeping = HydraConfig.get().mode == RunMode.MULTIRUN
    origin = Origin.of_hydra()
    with one_job() as path:
        folder = RunFolder(path, writes=process_rank() == 0)
        if sweeping:
            share_gpus(path.parent, settings["hardware"].get("devices", "auto"))
            metrics = run_job(folder, settings, origin, run_in)
        else:
            metrics = run_alone(folder, settings, origin)
    return metrics.get(settings["monitor"].replace("val/", "test/"))


def run_alone(folder: RunFolder, settings: dict[str, Any], origin: Origin) -> dict[str, float]:
    """Run, and say where.

    Raises:
        SystemExit: With 2 for a mistake that only building the parts could tell, and as `run_in` does.
    """
    try:
        metrics = run_in(folder, settings, origin)
    except MISTAKES as error:
        folder.remove_if_empty()
        print(error, file=sys.stderr)
        raise SystemExit(2) from error
    except Exception as error:
        folder.remove_if_empty()
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            print(f"The disk is full. Make room, and go on: lightwell resume {folder.shown}", file=sys.stderr)
            raise SystemExit(1) from error
        raise
    if folder.writes:
        print(f"run: {folder.shown}", flush=True)
    return metrics


def run_in(folder: RunFolder, settings: dict[str, Any], origin: Origin) -> dict[str, float]:
    """Run in a folder, or go on with the run that was begun in it; returns the final figures.

    Raises:
        SystemExit: When interrupted: with 130 after Ctrl-C, 143 after SIGTERM.
    """
    interruption = Interruption()
    try:
        with interruption.listening(), folder.claimed():
            if not settings["data"].get("folds"):
                return train(folder, settings, origin, interruption)
            return cross_validate(
                folder, settings, origin, lambda inner, fold: train(inner, fold, origin, interruption)
            )
    except Interrupted as interrupted:
        # A process that Lightning started must not look as if it had crashed: the first one tells.
        raise SystemExit(128 + interrupted.signum if folder.writes else 0) from interrupted


def train(folder: RunFolder, settings: dict[str, Any], origin: Origin, interruption: Interruption) -> dict[str, float]:
    """Train, test the best weights, explain them, and record it all; returns the final figures."""
    quiet_libraries()
    earlier = folder.earlier(settings)
    if earlier and earlier.status == "finished" and earlier.config["epochs"] == settings["epochs"]:
        folder.tell_finished()
        return earlier.metrics
    last = resumable(folder.path)
    parts = assemble(settings, folder.path, interruption, from_step=last.step if last else 0)
    with folder.recording(settings, origin):
        if last:
            log.info("Going on from %s: epoch %d, after step %d.", last.file.name, last.epoch + 1, last.step)
        parts.data.load()
        folder.record_data(parts.data.fingerprint(), earlier)
        task = make_task(parts, settings)
        if settings["epochs"]:
            parts.trainer.fit(task, datamodule=parts.data, ckpt_path=last.file if last else None, weights_only=True)
        best = folder.path / "checkpoints" / "best.ckpt"
        # The explaining callbacks look at the tested weights when the test ends.
        parts.trainer.test(
            task, datamodule=parts.data, ckpt_path=best if best.is_file() else None, verbose=False, weights_only=True
        )
        return finish(folder, parts, settings)


def quiet_libraries() -> None:
    """Leave out what the libraries tell at every start and nobody can act on."""
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
    for message in (
        ".*LeafSpec.*",
        ".*smaller than the logging interval.*",
        ".*does not have many workers.*",
        ".*checkpoint folder .* is not empty.*",
        ".*Found .* module.s. in eval mode.*",
    ):
        warnings.filterwarnings("ignore", message=message)
