"""The runs below a folder, read from their records alone."""

from dataclasses import dataclass
from pathlib import Path

from lightwell.runs.record import NoRun, RunRecord, is_running, job_folders, read_record
from lightwell.sweeps.table import SweepTable

SHOWN = ("test/accuracy", "test/average_precision", "test/equal_error_rate")
NOT_RUNS = ("folds", "attempts")  # folders whose members belong to a run


@dataclass(frozen=True)
class RunRow:
    """One run, or one sweep, as a line of a list."""

    path: str
    started: str
    status: str
    result: str


def find_runs(folder: Path, *, jobs: bool = False) -> list[RunRow]:
    """Runs below a folder, the oldest first; a record that cannot be read is told as such.

    Args:
        folder: Where they are kept.
        jobs: Whether the jobs of a sweep are listed each, and not the sweep as a whole.
    """
    runs = [config.parent for config in folder.rglob("config.yaml") if config.parent.parent.name not in NOT_RUNS]
    sweeps = {run.parent for run in runs if (run.parent / "sweep.csv").is_file()}
    alone = runs if jobs else [run for run in runs if run.parent not in sweeps]
    rows = [_row(run) for run in alone] + ([] if jobs else [_sweep(sweep) for sweep in sweeps])
    return sorted(rows, key=lambda row: (row.started, row.path))


def _row(run: Path) -> RunRow:
    try:
        record = read_record(run)
    except NoRun as error:
        return RunRow(str(run), "", f"unreadable ({type(error.__cause__).__name__})", "")
    stopped = record.status == "running" and not is_running(run)
    status = "stopped: lightwell resume goes on" if stopped else record.status
    return RunRow(str(run), _started(record), status, _result(record))


def _sweep(sweep: Path) -> RunRow:
    """A sweep as one line: how its jobs ended, and the best of them by the validation split's figure."""
    records = []
    for job in job_folders(sweep):
        try:
            records.append(read_record(job))
        except NoRun:
            continue
    statuses = [record.status for record in records]
    counted = ", ".join(f"{statuses.count(status)} {status}" for status in sorted(set(statuses)))
    best = SweepTable(records).best_job
    result = f"best: job {best.path.name}, {_result(best)}" if best else ""
    return RunRow(str(sweep), min((_started(record) for record in records), default=""), f"sweep: {counted}", result)


def _started(record: RunRecord) -> str:
    return str(record.provenance.get("started", ""))[:19].replace("T", " ")


def _result(record: RunRecord) -> str:
    return ", ".join(f"{name} {record.metrics[name]:.4f}" for name in SHOWN if name in record.metrics)
