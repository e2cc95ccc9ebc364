"""Writing what a sweep has come to, after each of its jobs."""

import logging
from pathlib import Path

from filelock import FileLock

from lightwell.build import build
from lightwell.render.report_files import RunFiles
from lightwell.render.report_pictures import Album, Picture
from lightwell.render.sweep_page import markdown, page
from lightwell.render.sweep_sheet import sweep_sheet
from lightwell.runs.explanations import save_png
from lightwell.runs.files import write_json, write_text
from lightwell.runs.record import NoRun, RunRecord, job_folders, read_record
from lightwell.sweeps.answer import Answer
from lightwell.sweeps.table import SweepTable

log = logging.getLogger(__name__)


def write_sweep(sweep: Path) -> None:
    """Write `sweep.csv`, `sweep.md`, `sweep.html` and `sweep.json` anew from the folders of the jobs so far.

    Where these have painted pictures, `sheet.png` shows them side by side.
    """
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
        write_text(sweep / "sweep.html", page(sweep.name, table, answer, write_sheet(sweep, table)))


def write_sheet(sweep: Path, table: SweepTable) -> Picture | None:
    """Write `sheet.png`, if any job has painted something; returns it as it stands in a page."""
    sheet = sweep_sheet(table)
    if sheet is None:
        return None
    scratch = sweep / ".sheet.png"
    save_png(sheet, scratch)
    scratch.replace(sweep / "sheet.png")
    return Album(RunFiles(sweep)).embed("sheet.png", longest_side=max(sheet.size))


def answer_of(jobs: list[RunRecord]) -> Answer | None:
    """What the sweep was made to answer; a broken answer costs neither the table nor the job that has just ended."""
    try:
        answer: Answer | None = build(jobs[0].config["sweep"], key="sweep").answer(jobs)
    except Exception as error:
        log.warning("The sweep's answer could not be given: %s", error)
        return None
    return answer
