"""Runs held against each other."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from scipy.stats import binomtest

from lightwell.compare import compared, verdicts
from lightwell.render.comparison_page import comparison_page
from lightwell.runs.predictions import Predictions
from lightwell.runs.record import NoRun
from tests.conftest import SMALL, Command

COUNT = 400
EVIL = "</script><script>alert(1)</script>"


def write_run(folder: Path, right: np.ndarray, *, names: str = "scene", **config: object) -> Path:
    """A finished run that got these `(examples,)` test examples right."""
    folder.mkdir(parents=True)
    labels = np.arange(len(right)) % 2
    said = np.where(right, labels, 1 - labels)
    probabilities = np.where(np.eye(2)[said] == 1, 0.9, 0.1).astype(np.float32)
    examples = np.array([f"{names} {number}" for number in range(len(right))])
    Predictions(examples, labels, probabilities, ("day", "night")).save(folder / "predictions.npz")
    settings = {"seed": 0, "monitor": "val/loss", "question": f"Day? {EVIL}", **config}
    (folder / "config.yaml").write_text(yaml.safe_dump(settings))
    (folder / "status.json").write_text(json.dumps({"status": "finished", "reason": None, "epochs": 2}))
    (folder / "metrics.json").write_text(json.dumps({"test/accuracy": float(right.mean()), "best/val/loss": 0.3}))
    (folder / "metrics.csv").write_text("epoch,val/loss\n0,0.5\n1,0.3\n")
    versions = {"packages": {"torch": f"2.14.{config.get('seed', 0)}"}}
    (folder / "provenance.json").write_text(json.dumps({"choices": {"model": config.get("model", "a")}, **versions}))
    return folder


def rights(wrong: int, *, shared: int = 0) -> np.ndarray:
    """All right but so many, of which the first `shared` are the first examples."""
    right = np.ones(COUNT, dtype=bool)
    right[:shared] = False
    right[100 : 100 + wrong - shared] = False
    return right


def test_what_differs_is_shown_once_and_names_the_runs(tmp_path: Path) -> None:
    runs = [write_run(tmp_path / str(seed), rights(20), seed=seed, data={"seed": seed, "size": 8}) for seed in (0, 1)]
    comparison = compared(runs)
    assert comparison.settings == {"seed": [0, 1]}
    assert comparison.labels == ["seed=0", "seed=1"]
    assert comparison.circumstances == {"packages.torch": ["2.14.0", "2.14.1"]}


def test_results_have_intervals_and_the_difference_is_paired(tmp_path: Path) -> None:
    """The second run makes the first one's mistakes but ten: unpaired, the intervals overlap."""
    first = write_run(tmp_path / "a", rights(40, shared=40), model="a")
    second = write_run(tmp_path / "b", rights(30, shared=30), model="b")
    comparison = compared([first, second])
    one, two = (figures["accuracy"] for figures in comparison.figures)
    assert one.interval is not None and two.interval is not None and one.interval.upper > two.interval.lower
    found = comparison.against_first[1]
    assert found is not None and found.told_apart("accuracy")
    difference, interval = found.differences["accuracy"]
    assert difference == pytest.approx(10 / COUNT) and interval is not None
    # Ten of 400 examples differ: the standard error of their share is the interval's quarter.
    error = np.sqrt(10 / COUNT * (1 - 10 / COUNT) / COUNT)
    assert interval.upper - interval.lower == pytest.approx(2 * 1.96 * error, rel=0.15)
    assert found.p_value == pytest.approx(binomtest(10, 10).pvalue)
    assert found.only_here == [f"scene {number}" for number in range(30, 40)] and not found.only_first
    assert comparison.best("accuracy") == 1
    assert "+2.5 points" in verdicts(comparison)[0] and "can be told apart" in verdicts(comparison)[0]


def test_what_cannot_be_told_apart_is_said(tmp_path: Path) -> None:
    runs = [write_run(tmp_path / "a", rights(20)), write_run(tmp_path / "b", rights(21, shared=20), seed=1)]
    assert "not distinguishable" in verdicts(compared(runs))[0]


def test_runs_on_other_examples_are_not_paired(tmp_path: Path) -> None:
    runs = [write_run(tmp_path / "a", rights(20)), write_run(tmp_path / "b", rights(20), names="photo", seed=1)]
    comparison = compared(runs)
    assert comparison.against_first == [None, None]
    assert "not tested on the same examples" in verdicts(comparison)[0]


def test_the_page_and_the_table_hold_it_all(tmp_path: Path) -> None:
    runs = [write_run(tmp_path / str(seed), rights(20 + seed), seed=seed) for seed in (0, 1)]
    comparison = compared(runs)
    page = comparison_page(comparison)
    assert EVIL not in page and "default-src 'none'" in page
    for told in ("seed=0", "seed=1", "packages.torch", "only the first right", "Loss, validation"):
        assert told in page
    rows = {row[0]: row[1:] for row in csv.reader(comparison.as_csv().splitlines())}
    assert rows["seed"] == ["0", "1"] and float(rows["test/accuracy"][0]) == pytest.approx(380 / COUNT)
    assert float(rows["test/accuracy/lower"][0]) < 380 / COUNT < float(rows["test/accuracy/upper"][0])


def test_one_run_or_far_too_many_cannot_be_compared(tmp_path: Path) -> None:
    run = write_run(tmp_path / "a", rights(1))
    for paths, told in (([run], "two runs"), ([run] * 13, "too many"), ([run, tmp_path], "no run folder")):
        with pytest.raises(NoRun, match=told):
            compared(paths)


@pytest.mark.slow
def test_real_runs_are_compared_on_the_command_line(train: Command, lightwell: Command, tmp_path: Path) -> None:
    quick = [*SMALL[:-1], "callbacks=[checkpoint,saliency]", "logger=none"]
    train("-m", *quick, "model.widths=[4],[8]")
    (sweep,) = (tmp_path / "outputs" / "day_night").iterdir()
    done = lightwell("compare", str(sweep), "--html", "compared.html", "--csv", "compared.csv")
    assert "model.widths" in done.stdout and "points of accuracy" in done.stdout
    page = (tmp_path / "compared.html").read_text()
    assert "Saliency" in page and page.count("data:image/webp") >= 3
    assert (tmp_path / "compared.csv").exists()
    assert lightwell("compare", "nowhere", str(sweep), check=False).returncode == 2
