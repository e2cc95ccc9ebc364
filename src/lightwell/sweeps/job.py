"""One job of a sweep: what goes wrong in it is told and recorded, and the others go on."""

import logging
from collections.abc import Callable
from typing import Any

from pytorch_lightning.utilities.exceptions import MisconfigurationException

from lightwell.config.mistakes import ConfigMistakes
from lightwell.runs.folder import Claimed, RunFolder
from lightwell.runs.interrupted import Pruned
from lightwell.runs.origin import Origin
from lightwell.runs.record import job_folders, read_record
from lightwell.sweeps.write import write_sweep

log = logging.getLogger(__name__)


class NotBegun(Exception):
    """A job that was left out, since another one failed before it."""


def run_job(
    folder: RunFolder,
    settings: dict[str, Any],
    origin: Origin,
    run_in: Callable[[RunFolder, dict[str, Any], Origin], dict[str, float]],
) -> dict[str, float]:
    """Run a job and write the sweep's table anew; returns the job's figures, which are none if it failed."""
    sweep = folder.path.parent
    try:
        if settings["sweep"]["fail_fast"] and (broken := failed_jobs(folder)):
            raise NotBegun(f"job {broken[0]} failed, and sweep.fail_fast is set.")
        return run_in(folder, settings, origin)
    except Pruned as pruned:
        log.info("Trial %s is ended %s.", folder.path.name, pruned)
    except Claimed as claimed:
        log.warning("Job %s is left to the process that runs it: %s", folder.path.name, claimed)
    except NotBegun as error:
        folder.remove_if_empty()
        log.warning("Job %s is not begun: %s", folder.path.name, error)
    except Exception as error:
        folder.record_unbegun(settings, origin, error)
        told = isinstance(error, ConfigMistakes | MisconfigurationException)
        log.error("Job %s failed: %s", folder.path.name, error, exc_info=not told)
    finally:
        if folder.writes:
            write_sweep(sweep)
    return {}


def failed_jobs(folder: RunFolder) -> list[str]:
    """The jobs beside this one that have failed."""
    others = [other for other in job_folders(folder.path.parent) if other != folder.path]
    return [other.name for other in others if read_record(other).status == "failed"]
