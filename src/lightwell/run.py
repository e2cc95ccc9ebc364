"""One run, top to bottom: check, build, fit, test, explain, record."""

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
from lightwell.job import one_job, process_rank
from lightwell.runs.folder import RunFolder
from lightwell.runs.interrupted import Interrupted
from lightwell.runs.sweep import write_sweep_table

log = logging.getLogger(__name__)
MISTAKES = (ConfigMistakes, MisconfigurationException)  # a user's, told in sentences and without a traceback
failures: list[str] = []  # the jobs of a sweep that went wrong; the others go on


def run(config: DictConfig) -> float | None:
    """Run a composed config in the folder that Hydra made for it, and return the monitored test figure.

    Raises:
        SystemExit: With 2 for a mistake that only building the parts could tell, and when interrupted: with 130 after
            Ctrl-C, 143 after SIGTERM.
    """
    settings: dict[str, Any] = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)  # type: ignore[assignment]
    sweeping = HydraConfig.get().mode == RunMode.MULTIRUN
    interruption = Interruption()
    with one_job() as path, interruption.listening():
        folder = RunFolder(path, writes=process_rank() == 0)
        try:
            if settings["data"].get("folds"):
                metrics = cross_validate(folder, settings, lambda inner, fold: train(inner, fold, interruption))
            else:
                metrics = train(folder, settings, interruption)
        except Interrupted as interrupted:
            # A process that Lightning started must not look as if it had crashed: the first one tells.
            raise SystemExit(128 + interrupted.signum if folder.writes else 0) from interrupted
        except Exception as error:
            if not sweeping:
                folder.remove_if_empty()
                if isinstance(error, MISTAKES):
                    print(error, file=sys.stderr)
                    raise SystemExit(2) from error
                raise
            failures.append(path.name)
            folder.record_unbegun(settings, error)
            log.error("Job %s failed: %s", path.name, error, exc_info=not isinstance(error, MISTAKES))
            return None
        finally:
            if sweeping and folder.writes:
                write_sweep_table(path.parent)
    if folder.writes:
        print(f"run: {folder.shown}", flush=True)
    return metrics.get(settings["monitor"].replace("val/", "test/"))


def train(folder: RunFolder, settings: dict[str, Any], interruption: Interruption) -> dict[str, float]:
    """Train, test the best weights, explain them, and record it all; returns the final figures."""
    quiet_libraries()
    parts = assemble(settings, folder.path, interruption)
    with folder.recording(settings):
        parts.data.load()
        folder.record_provenance(data=parts.data.fingerprint())
        task = make_task(parts, settings)
        if settings["epochs"]:
            parts.trainer.fit(task, datamodule=parts.data, weights_only=True)
        best = getattr(parts.trainer.checkpoint_callback, "best_path", None)
        # The explaining callbacks look at the tested weights when the test ends.
        parts.trainer.test(task, datamodule=parts.data, ckpt_path=best, verbose=False, weights_only=True)
        return finish(folder, parts, settings)


def quiet_libraries() -> None:
    """Leave out what the libraries tell at every start and nobody can act on."""
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
    for message in (".*LeafSpec.*", ".*smaller than the logging interval.*", ".*does not have many workers.*"):
        warnings.filterwarnings("ignore", message=message)
