"""A search by Optuna, through the real command line."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hydra.core.override_parser.overrides_parser import OverridesParser

from lightwell.runs.record import job_folders, read_record
from tests.conftest import ROOT, SMALL, Command

optuna = pytest.importorskip("optuna", reason="an extra: pip install lightwell[optuna]")
QUICK = ["-m", "experiment=digits", "data.budget=100", "callbacks=[checkpoint]", "logger=none", "hardware=cpu"]
SPACE = ["sweep=optuna", "optimizer.lr=tag(log, interval(0.0001, 0.1))", "model=mlp,shallow"]


@pytest.mark.parametrize(
    ("word", "distribution"),
    [
        ("a=interval(0.1, 0.5)", optuna.distributions.FloatDistribution(0.1, 0.5)),
        ("a=tag(log, interval(1e-4, 1))", optuna.distributions.FloatDistribution(1e-4, 1.0, log=True)),
        ("a=int(interval(1, 5))", optuna.distributions.IntDistribution(1, 5)),
        ("a=range(2, 9, 2)", optuna.distributions.IntDistribution(2, 8, step=2)),
        ("a=mlp,shallow", optuna.distributions.CategoricalDistribution(["mlp", "shallow"])),
        ("a=[4],[8,16]", optuna.distributions.CategoricalDistribution(["[4]", "[8,16]"])),
    ],
)
def test_hydras_sweeps_are_optunas_search_spaces(word: str, distribution: object) -> None:
    from hydra_plugins.lightwell_search import _space

    assert _space(OverridesParser.create().parse_override(word)) == distribution


@pytest.mark.slow
def test_a_killed_search_goes_on_and_judges_by_validation_alone(train: Command, tmp_path: Path) -> None:
    words = [*QUICK, "epochs=5", *SPACE]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "train.py"), *words, "sweep.trials=5"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not list(tmp_path.glob("outputs/digits/*/1/checkpoints/last.ckpt")):
        assert process.poll() is None
    process.kill()
    process.wait()
    (sweep,) = (tmp_path / "outputs" / "digits").iterdir()
    first = (sweep / "0" / "provenance.json").read_bytes()
    done = train(*words, "sweep.trials=8")
    assert f"sweep: outputs/digits/{sweep.name}" in done.stdout
    assert [folder.name for folder in job_folders(sweep)] == [str(number) for number in range(8)]
    assert (sweep / "0" / "provenance.json").read_bytes() == first

    study = optuna.load_study(study_name="search", storage=f"sqlite:///{sweep / 'study.db'}")
    assert [trial.number for trial in study.trials] == list(range(8))
    for trial, folder in zip(study.trials, job_folders(sweep), strict=True):
        record = read_record(folder)
        assert f"optimizer.lr={trial.params['optimizer.lr']!r}" in record.overrides
        assert f"model={trial.params['model']}" in record.overrides
        if record.status == "finished":
            assert trial.value == record.metrics["best/val/loss"]
        else:
            assert record.status == "pruned" and trial.state == optuna.trial.TrialState.PRUNED
    answer = json.loads((sweep / "sweep.json").read_text())
    assert answer["best"] == study.best_value and answer["best/trial"] == study.best_trial.number
    page = (sweep / "sweep.html").read_text()
    assert "Which settings matter?" in page and f"trial {study.best_trial.number}" in page


@pytest.mark.slow
def test_every_process_of_a_trial_trains_the_settings_proposed(train: Command, tmp_path: Path) -> None:
    """Two processes, one trial that cannot be built: the others are as if they had been run alone."""
    quick = [*SMALL[:-1], "epochs=1", "callbacks=[checkpoint]", "logger=none", "hardware=ddp_cpu"]
    widths = "model.widths=[4],[2,2,2,2,2,2,2]"
    search = ["sweep=optuna", "sweep.trials=3", "sweep.pruning=false", "optimizer.lr=interval(0.001, 0.1)", widths]
    done = train("-m", *quick, *search, check=False)
    (sweep,) = (tmp_path / "outputs" / "day_night").iterdir()
    rows = list(csv.DictReader((sweep / "sweep.csv").open()))
    assert len(rows) == 3 and {row["status"] for row in rows} == {"finished", "failed"}, done.stderr
    assert done.returncode == 1
    row = next(row for row in rows if row["status"] == "finished")
    alone = tmp_path / train(*quick, f"optimizer.lr={row['optimizer.lr']}", "model.widths=[4]").run
    first, second = (
        torch.load(run / "checkpoints/last.ckpt", weights_only=True)["state_dict"]
        for run in (sweep / row["job"], alone)
    )
    assert all(torch.equal(first[key], second[key]) for key in first)
