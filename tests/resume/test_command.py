"""`train.py resume=RUN` and `lightwell resume RUN`, as a user types them."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml

from tests.conftest import ROOT, SMALL, Command
from tests.resume.attempts import wait_for

QUICK = [*SMALL, "callbacks=[checkpoint]", "logger=none", "hardware=cpu"]


def killed(folder: Path, *words: str) -> Path:
    """A run killed after its first epoch."""
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "train.py"), *QUICK, *words, "hydra.run.dir=outputs/day_night/killed"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    run = folder / "outputs" / "day_night" / "killed"
    wait_for(run / "checkpoints" / "last.ckpt")
    process.send_signal(signal.SIGKILL)
    process.wait()
    return run


def test_the_latest_run_goes_on_in_its_folder_as_if_it_had_not_been_killed(train: Command, tmp_path: Path) -> None:
    run = killed(tmp_path, "epochs=60")
    assert json.loads((run / "status.json").read_text())["status"] == "running"
    done = train("resume=latest")
    assert "The latest unfinished run is outputs/day_night/killed." in done.stdout
    assert done.run == Path("outputs/day_night/killed")
    whole = tmp_path / train(*QUICK, "epochs=60").run
    assert (run / "metrics.json").read_bytes() == (whole / "metrics.json").read_bytes()
    assert (run / "metrics.csv").read_bytes() == (whole / "metrics.csv").read_bytes()
    assert (run / "attempts" / "1" / "provenance.json").exists()
    provenance = json.loads((run / "provenance.json").read_text())
    assert provenance["earlier_attempts"] == 1 and provenance["command"][-1] == "resume=latest"


def test_a_finished_run_can_be_extended_but_not_changed(lightwell: Command, train: Command, tmp_path: Path) -> None:
    run = tmp_path / train(*QUICK).run
    before = (run / "metrics.json").read_bytes()
    again = lightwell("resume", str(run), check=False)
    assert again.returncode == 2 and "has finished" in again.stderr and "epochs=4" in again.stderr
    refused = lightwell("resume", str(run), "model.widths=[4]", "optimzer.lr=1", "epochs=1", check=False)
    assert refused.returncode == 2 and "Traceback" not in refused.stderr
    for told in ("model.widths", "another run", "epochs", "2 epochs are done"):
        assert told in refused.stderr
    assert (run / "metrics.json").read_bytes() == before
    done = lightwell("resume", str(run), "epochs=3", "hardware=auto")
    assert tmp_path / done.run == run
    assert yaml.safe_load((run / "config.yaml").read_text())["epochs"] == 3
    assert yaml.safe_load((run / "attempts/1/config.yaml").read_text())["epochs"] == 2
    assert len((run / "metrics.csv").read_text().splitlines()) == 1 + 3
    assert "scheduler=cosine goes by the share" in done.stderr


@pytest.mark.parametrize("words", [["resume=nowhere"], ["resume=latest"], ["resume=a", "-m"], ["resume=a", "resume=b"]])
def test_there_is_nothing_to_go_on_with(train: Command, words: list[str]) -> None:
    done = train(*words, check=False)
    assert done.returncode == 2 and "Traceback" not in done.stderr and done.stderr.strip()


@pytest.mark.slow
def test_two_processes_go_on_as_if_they_had_not_been_killed(train: Command, tmp_path: Path) -> None:
    run = killed(tmp_path, "epochs=30", "hardware=ddp_cpu", "callbacks.checkpoint.every_minutes=0.001")
    train("resume=outputs/day_night/killed")
    whole = tmp_path / train(*QUICK, "epochs=30", "hardware=ddp_cpu").run
    assert (run / "metrics.csv").read_bytes() == (whole / "metrics.csv").read_bytes()
    first, second = (
        torch.load(folder / "checkpoints/last.ckpt", weights_only=True)["state_dict"] for folder in (run, whole)
    )
    assert all(torch.equal(first[key], second[key]) for key in first)


@pytest.mark.slow
def test_the_same_sweep_again_skips_what_is_finished_and_resumes_what_broke(train: Command, tmp_path: Path) -> None:
    words = ["-m", *QUICK, "epochs=30", "optimizer.lr=0.001,0.002,0.003"]
    process = subprocess.Popen([sys.executable, str(ROOT / "train.py"), *words], cwd=tmp_path)
    pattern = "outputs/day_night/*/1/checkpoints"
    while not list(tmp_path.glob(pattern)):
        assert process.poll() is None
    (sweep,) = (tmp_path / "outputs" / "day_night").iterdir()
    wait_for(sweep / "1" / "checkpoints" / "last.ckpt")
    process.kill()
    process.wait()
    finished = (sweep / "0" / "provenance.json").read_bytes()
    done = train(*words)
    assert [folder.name for folder in (tmp_path / "outputs" / "day_night").iterdir()] == [sweep.name]
    assert (sweep / "0" / "provenance.json").read_bytes() == finished and "has finished already" in done.stderr
    assert "Going on from" in (sweep / "1" / "run.log").read_text()
    for job, lr in enumerate((0.001, 0.002, 0.003)):
        alone = tmp_path / train(*QUICK, "epochs=30", f"optimizer.lr={lr}", "output_folder=alone").run
        assert (sweep / str(job) / "metrics.json").read_bytes() == (alone / "metrics.json").read_bytes()


@pytest.mark.slow
def test_the_first_failure_can_end_a_sweep(train: Command, tmp_path: Path) -> None:
    words = ["-m", *QUICK, "epochs=1", "sweep.fail_fast=true", "model.widths=[4],[2,2,2,2,2,2,2],[8]"]
    done = train(*words, check=False)
    assert done.returncode == 1 and "Job 2 is not begun" in done.stderr
    (sweep,) = (tmp_path / "outputs" / "day_night").iterdir()
    assert sorted(folder.name for folder in sweep.iterdir() if folder.is_dir()) == ["0", "1"]
