"""Writing what a sweep has come to, after each of its jobs."""

import logging
from pathlib import Path

from filelock import FileLock

from lightwell.build import build
from lightwell.render.sweep_page import markdown, page
from lightwell.runs.files import write_json, write_text
from lightwell.runs.record import NoRun, RunRecord, job_folders, read_record
from lightwell.sweeps.answer import Answer
from lightwell.sweeps.table import SweepTable

log = logging.getLogger(__name__)


def write_sweep(sweep: Path) -> None:
    """Write `sweep.csv`, `sweep.md`, `sweep.html` and `sweep.json` anew from the folders of the jobs so far."""
    with FileLock(sweep / ".sweep.lock"):
        jobs = []
        for folder in job_folders(sweep):
            try:
                jobs.append(read_record(folder))
            except NoRun as error:
                log.warning("%s", error)
        if not jobs:
            return
        table, answer = SweepTable(jobs), answer_of(jobs)
        write_text(sweep / "sweep.csv", table.as_csv())
        write_text(sweep / "sweep.md", markdown(table, answer))
        write_json(sweep / "sweep.json", answer.numbers if answer else {})
        write_text(sweep / "sweep.html", page(sweep.name, table, answer))


def answer_of(jobs: list[RunRecord]) -> Answer | None:
    """What the sweep was made to answer; a broken answer costs neither the table nor the job that has just ended."""
    try:
        answer: Answer | None = build(jobs[0].config["sweep"], key="sweep").answer(jobs)
    except Exception as error:
        log.warning("The sweep's answer could not be given: %s", error)
        return None
    return answer
