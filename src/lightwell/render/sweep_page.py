"""A sweep as a page and as Markdown: the answer, the table, curves over each other, parallel coordinates."""

import math
from typing import Any

import numpy as np
from markupsafe import Markup

from lightwell.config.resolvers import best_is
from lightwell.render.charts import Chart, line_chart
from lightwell.render.parallel_coordinates import parallel_coordinates
from lightwell.render.report import environment
from lightwell.render.report_pictures import Picture
from lightwell.render.report_wording import metric_name
from lightwell.runs.record import RunRecord
from lightwell.sweeps.answer import Answer
from lightwell.sweeps.table import SweepTable, shown

LONGEST_REASON = 100
MOST_CURVES = 60


def page(name: str, table: SweepTable, answer: Answer | None, sheet: Picture | None = None) -> str:
    """The page of a sweep: one file that fetches nothing.

    Args:
        name: The sweep's.
        table: Its jobs.
        answer: What they say together.
        sheet: What they have painted.
    """
    first = table.jobs[0]
    statuses = [job.status for job in table.jobs]
    results = [job.metrics.get(table.judged, math.nan) for job in table.jobs]
    monitor = table.judged.removeprefix("best/")
    followed = [] if table.of_the_loss else dict.fromkeys(["val/loss", monitor])
    story: dict[str, Any] = {
        "name": name,
        "question": first.config.get("question") or name,
        "experiment": first.provenance.get("experiment") or "",
        "statuses": {status: statuses.count(status) for status in dict.fromkeys(statuses)},
        "table": table,
        "seeds": any(len(group.jobs) > 1 for group in table.groups),
        "answer": answer,
        "sheet": sheet,
        "drawings": [(figure.title, Markup(figure.svg), figure.caption) for figure in answer.figures] if answer else [],
        "figures": table.shown_figures(),
        "shown": shown,
        "charts": [chart for name in followed if (chart := curves(table, name))],
        "best_job": table.best_job,
        "coordinates": None
        if table.of_the_loss
        else parallel_coordinates(
            [table.settings[job.path.name] for job in table.jobs],
            results,
            name=monitor,
            minimum=best_is(table.judged) == "min",
        ),
        "short": lambda text: text if len(text) <= LONGEST_REASON else f"{text[:LONGEST_REASON]}...",
    }
    return environment().get_template("sweep.html").render(story)


def curves(table: SweepTable, figure: str) -> Chart | None:
    """A figure over the epochs, a line a job, the best one's last."""
    best = table.best_job
    jobs = [job for job in table.jobs if job is not best][: MOST_CURVES - 1] + ([best] if best else [])
    series = {}
    epochs = np.arange(max((len(job.curves) for job in jobs), default=0), dtype=np.float64)
    for job in jobs:
        values = np.full(len(epochs), np.nan)
        values[: len(job.curves)] = [row.get(figure, math.nan) for row in job.curves]
        series[label(table, job)] = values
    return line_chart(metric_name(figure), epochs, series) if len(epochs) else None


def label(table: SweepTable, job: RunRecord) -> str:
    """A job's number and what sets it apart."""
    words = " ".join(f"{key}={value}" for key, value in table.settings[job.path.name].items())
    return f"{job.path.name}: {words}"


def markdown(table: SweepTable, answer: Answer | None) -> str:
    """The sweep for a README: the answer, the groups with their spread over seeds, and every job."""
    figures = table.shown_figures()
    lines = [*(answer.sentences if answer else []), table.verdict, ""]
    apart = [key for key in table.keys if key != "seed"]
    if any(len(group.jobs) > 1 for group in table.groups):
        lines += [_row([*apart, "jobs", *figures, ""]), _row(["---"] * (len(apart) + len(figures) + 2))]
        for group in table.groups:
            cells = [shown(group.mean(name), group.spread(name)) for name in figures]
            best = "**best**" if group is table.best else ""
            lines.append(_row([*group.settings.values(), str(len(group.values(table.judged))), *cells, best]))
        lines.append("")
    lines += [_row(["job", *table.keys, "status", *figures]), _row(["---"] * (len(table.keys) + len(figures) + 2))]
    for job in table.jobs:
        status = job.status if job.status == "finished" else f"{job.status} {(job.reason or '')[:LONGEST_REASON]}"
        cells = [shown(job.metrics.get(name)) for name in figures]
        lines.append(_row([job.path.name, *table.settings[job.path.name].values(), status.strip(), *cells]))
    return "\n".join(lines) + "\n"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"
