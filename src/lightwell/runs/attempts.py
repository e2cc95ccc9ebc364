"""What earlier attempts at a run left, kept when it is resumed."""

import shutil
from pathlib import Path

RECORDS = ("config.yaml", "overrides.yaml", "provenance.json", "status.json", "git.diff")


def keep_attempt(run: Path) -> int:
    """Copy the records of the attempt that ended to `attempts/<number>/`; returns how many attempts there were.

    They are copied and not moved: killed in between, the folder is still a run that can be resumed. `run.log`,
    `metrics.csv` and the curves are of all attempts together.
    """
    attempts = run / "attempts"
    earlier = len([folder for folder in attempts.iterdir() if folder.name.isdigit()]) if attempts.is_dir() else 0
    if not (run / "config.yaml").is_file():
        return earlier
    scratch = attempts / ".new"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    for name in RECORDS:
        if (run / name).is_file():
            shutil.copy2(run / name, scratch / name)
    scratch.rename(attempts / str(earlier + 1))
    return earlier + 1
