"""What a sweep leaves: a table, a page, and the best settings."""

import csv
import itertools
import json
import re
from pathlib import Path

import pytest

from lightwell.render.parallel_coordinates import BOTTOM, TOP, parallel_coordinates
from lightwell.runs.listing import find_runs
from lightwell.sweeps.write import write_sweep
from tests.sweeps.folders import write_job

EVIL = "</script><script>alert(1)</script>"


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    """Two models with three seeds each, the second better; one job failed, one is running."""
    folder = tmp_path / "outputs" / "digits" / "sweep-abcdef"
    losses = {("mlp", 0): 0.4, ("mlp", 1): 0.42, ("mlp", 2): 0.41, ("shallow", 0): 0.2, ("shallow", 1): 0.22}
    for number, ((model, seed), loss) in enumerate(losses.items()):
        write_job(folder, number, ["experiment=digits", f"model={model}", f"seed={seed}"], loss=loss)
    words = ["experiment=digits", "model=shallow"]
    write_job(folder, 5, [*words, "seed=2"], loss=None, status="failed", reason=f"ValueError: a | b {EVIL}")
    write_job(folder, 6, [*words, "seed=3"], loss=None, status="running")
    write_sweep(folder)
    return folder


def test_the_table_has_a_row_a_job_and_a_column_for_what_differs(sweep: Path) -> None:
    rows = list(csv.DictReader((sweep / "sweep.csv").open()))
    assert list(rows[0]) == ["job", "model", "seed", "status", "reason", "test/accuracy", "best/val/loss"]
    assert [row["job"] for row in rows] == [str(number) for number in range(7)]
    assert rows[3] == {
        "job": "3", "model": "shallow", "seed": "0", "status": "finished", "reason": "",
        "test/accuracy": "0.8", "best/val/loss": "0.2",
    }  # fmt: skip
    assert rows[5]["status"] == "failed" and rows[5]["reason"].startswith("ValueError")


def test_seeds_are_pooled_and_the_best_settings_marked(sweep: Path) -> None:
    text = (sweep / "sweep.md").read_text()
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert lines[2] == "| shallow | 2 | 0.21 ± 0.014 | 0.79 ± 0.014 | **best** |"
    assert lines[3] == "| mlp | 3 | 0.41 ± 0.01 | 0.59 ± 0.01 |  |"
    assert "Best on the validation split is model=shallow, with val/loss 0.21" in text and "is behind" in text
    assert "failed ValueError: a \\| b" in text


def test_what_the_seeds_cannot_tell_apart_is_said(tmp_path: Path) -> None:
    for number, (lr, loss) in enumerate([(1, 0.40), (1, 0.50), (2, 0.43), (2, 0.49)]):
        write_job(tmp_path / "s", number, [f"optimizer.lr={lr}", f"seed={number % 2}"], loss=loss)
    write_sweep(tmp_path / "s")
    assert "not distinguishable from it with these seeds" in (tmp_path / "s" / "sweep.md").read_text()


def test_the_page_shows_everything_and_obeys_nobody(sweep: Path) -> None:
    page = (sweep / "sweep.html").read_text()
    assert "5 finished" in page and "1 failed" in page and "1 running" in page
    assert 'href="3/report.html"' in page
    assert EVIL not in page and "default-src 'none'" in page
    assert page.count('<g class="other">') == 8 or page.count('<g class="other">') == 4
    assert len(re.findall(r"<path d=\"M[^\"]*\"( class=\"(good|best)\")?><title>", page)) == 5


def test_a_sweep_whose_jobs_all_failed_has_a_page_too(tmp_path: Path) -> None:
    for number in range(2):
        write_job(tmp_path / "s", number, [f"seed={number}"], loss=None, status="failed", reason="no")
    write_sweep(tmp_path / "s")
    assert "No job has come to a figure yet." in (tmp_path / "s" / "sweep.html").read_text()


def test_an_answer_that_breaks_costs_neither_the_table_nor_the_page(tmp_path: Path) -> None:
    config = {"sweep": {"_target_": "lightwell.sweeps.DataBudget", "goal": "nonsense"}}
    write_job(tmp_path / "s", 0, ["seed=0"], loss=0.5, config=config)
    write_sweep(tmp_path / "s")
    assert json.loads((tmp_path / "s" / "sweep.json").read_text()) == {}
    assert (tmp_path / "s" / "sweep.html").exists()


def test_a_figure_that_is_no_number_is_left_out_of_means_and_drawings(tmp_path: Path) -> None:
    for number, loss in enumerate([0.3, float("nan"), 0.5]):
        write_job(tmp_path / "s", number, [f"optimizer.lr={10.0**-number}"], loss=loss)
    write_sweep(tmp_path / "s")
    assert "Best on the validation split is optimizer.lr=1.0" in (tmp_path / "s" / "sweep.md").read_text()
    assert (tmp_path / "s" / "sweep.html").read_text().count("<title>optimizer.lr=") == 2


def test_a_wide_span_of_numbers_stands_on_a_logarithmic_axis() -> None:
    settings = [{"optimizer.lr": str(10.0**-power)} for power in range(7)]
    drawing = parallel_coordinates(settings, [float(power) for power in range(7)], name="val/loss", minimum=True)
    assert drawing is not None
    heights = sorted(float(re.findall(r",([\d.]+)", trace.path)[0]) for trace in drawing.traces)
    steps = [after - before for before, after in itertools.pairwise(heights)]
    assert max(steps) - min(steps) < 0.3 and heights[0] == TOP and heights[-1] == BOTTOM
    assert drawing.traces[-1].title.startswith("optimizer.lr=1.0") and drawing.traces[-1].rank == 1


def test_a_list_of_runs_shows_a_sweep_as_one_line(sweep: Path, tmp_path: Path) -> None:
    (row,) = find_runs(tmp_path)
    assert row.status == "sweep: 1 failed, 5 finished, 1 running" and "best: job 3, test/accuracy 0.8000" in row.result
    rows = find_runs(tmp_path, jobs=True)
    assert [row.status for row in rows].count("finished") == 5
    assert rows[-1].status == "stopped: lightwell resume goes on"  # says running, and nobody runs it
