"""The jobs of a sweep on existing engines, and processes that others have started."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lightwell.config.mistakes import ConfigMistakes
from lightwell.config.resolvers import run_id, sweep_id
from lightwell.processes import check_processes
from tests.conftest import ROOT, SMALL, Command

QUICK = [*SMALL[:-1], "epochs=1", "callbacks=[checkpoint]", "logger=none", "hardware=cpu"]
ENGINES = {
    "joblib": "hydra_plugins.hydra_joblib_launcher",
    "submitit_local": "hydra_plugins.hydra_submitit_launcher",
    "ray": "hydra_plugins.hydra_ray_launcher",
}


@pytest.mark.slow
@pytest.mark.parametrize("launcher", ENGINES)
def test_a_sweep_under_a_launcher_is_as_one_without(train: Command, tmp_path: Path, launcher: str) -> None:
    """One folder a job in one sweep, failures told by the exit status, and what is finished skipped."""
    pytest.importorskip(ENGINES[launcher], reason=f"an extra: pip install lightwell[{launcher.split('_')[0]}]")
    words = ["-m", *QUICK, "model.widths=[4],[2,2,2,2,2,2,2]", f"launcher={launcher}"]
    done = train(*words, check=False)
    (sweep,) = (tmp_path / "outputs" / "day_night").iterdir()
    rows = list(csv.DictReader((sweep / "sweep.csv").open()))
    assert [row["status"] for row in rows] == ["finished", "failed"], done.stderr
    assert "Take fewer widths" in rows[1]["reason"]
    assert done.returncode == 1 and "1 finished, 1 failed" in done.stdout
    assert (sweep / "0" / "report.html").exists() and (sweep / "sweep.html").exists()
    metrics = (sweep / "0" / "metrics.json").read_bytes()
    alone = tmp_path / train(*QUICK, "model.widths=[4]", "output_folder=alone").run
    assert (alone / "metrics.json").read_bytes() == metrics


@pytest.mark.slow
def test_processes_that_torchrun_started_share_one_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node=2", str(ROOT / "train.py"), *QUICK[:-1]]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*command, "hardware=ddp_cpu"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    (run,) = (tmp_path / "outputs" / "day_night").iterdir()
    assert run.name.startswith("torchrun-") and json.loads((run / "status.json").read_text())["status"] == "finished"
    refused = subprocess.run(
        [*command, "hardware=ddp_cpu", "hardware.devices=3"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert refused.returncode != 0 and "2 processes a node were started" in refused.stderr


def test_workers_of_a_machine_take_a_gpu_each(tmp_path: Path) -> None:
    take = "import os, sys, pathlib; from lightwell.gpus import take_gpu; take_gpu(pathlib.Path(sys.argv[1]));"
    show = "print(os.environ['CUDA_VISIBLE_DEVICES'], flush=True); sys.stdin.read()"
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", take + show, str(tmp_path / "locks")],
            env={**os.environ, "CUDA_VISIBLE_DEVICES": "3,5"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    taken = [worker.stdout.readline().strip() for worker in workers if worker.stdout]
    for worker in workers:
        worker.communicate("")
    assert sorted(taken)[0] == "3" and sorted(taken)[-1] == "5"  # two have one each, and the third shares


def test_processes_that_were_started_must_be_those_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"SLURM_NTASKS": "8", "SLURM_NTASKS_PER_NODE": "4", "SLURM_NNODES": "2"}.items():
        monkeypatch.setenv(name, value)
    check_processes({"devices": 4, "num_nodes": 2})
    check_processes({"devices": -1, "num_nodes": 2})
    check_processes({"devices": [0, 1, 2, 3], "num_nodes": 2})
    with pytest.raises(ConfigMistakes, match="4 processes a node were started") as told:
        check_processes({"devices": 2})
    assert "hardware.num_nodes=2" in str(told.value)


def test_a_job_that_slurm_queues_again_goes_on_with_its_run(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_id() != run_id()
    for name, value in {"SLURM_NTASKS": "2", "SLURM_PROCID": "1", "SLURM_JOB_ID": "77", "SLURM_STEP_ID": "0"}.items():
        monkeypatch.setenv(name, value)
    assert run_id() == run_id() == "slurm-77-0"


def test_a_sweep_is_named_by_what_it_is_and_not_by_how_it_is_run() -> None:
    name = sweep_id(["-m", "seed=0,1", "model=mlp"])
    assert name == sweep_id(["model=mlp", "--multirun", "++seed=0,1", "launcher=joblib", "hydra.launcher.n_jobs=2"])
    assert name == sweep_id(["model=mlp", "seed=0,1", "sweep.fail_fast=true", "output_folder=elsewhere"])
    assert name != sweep_id(["model=mlp", "seed=0,1,2"])
