"""Whole runs through the real entry point, on little data."""

import csv
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from tests.conftest import ROOT, SMALL, Command, shared_data
from tests.data.pictures import photo_folder


def weights(run: Path, name: str = "best") -> dict[str, torch.Tensor]:
    return torch.load(run / "checkpoints" / f"{name}.ckpt", weights_only=True)["state_dict"]


def same_weights(one: Path, other: Path) -> bool:
    first, second = weights(one), weights(other)
    return first.keys() == second.keys() and all(torch.equal(first[key], second[key]) for key in first)


def metrics(run: Path) -> dict[str, float]:
    return json.loads((run / "metrics.json").read_text())


def test_a_run_folder_holds_all_that_the_run_is(train: Command, tmp_path: Path) -> None:
    done = train(*SMALL, "callbacks.saliency.every_n_epochs=1")
    run = tmp_path / done.run
    assert done.stdout.strip().splitlines()[-1] == f"run: {done.run}"
    assert run.parent == tmp_path / "outputs" / "day_night"
    assert yaml.safe_load((run / "config.yaml").read_text())["model"]["widths"] == [8, 16]
    assert "epochs=2" in yaml.safe_load((run / "overrides.yaml").read_text())
    assert json.loads((run / "status.json").read_text())["status"] == "finished"
    provenance = json.loads((run / "provenance.json").read_text())
    assert provenance["data"]["train"] == 48 and provenance["packages"]["torch"] == torch.__version__.split("+")[0]
    rows = list(csv.DictReader((run / "metrics.csv").open()))
    assert [row["epoch"] for row in rows] == ["0", "1"] and float(rows[1]["train/loss"]) > 0
    assert 0 <= metrics(run)["test/accuracy"] <= 1
    assert {file.name for file in (run / "checkpoints").iterdir()} == {"best.ckpt", "last.ckpt", "previous.ckpt"}
    assert list((run / "tensorboard").glob("events*"))
    for file in ("report.html", "run.log", "predictions.npz", "confusion_matrix.png"):
        assert (run / file).stat().st_size > 100
    assert {folder.name for folder in (run / "explanations" / "saliency").iterdir()} == {"epoch_000", "epoch_001"}
    final = [json.loads(file.read_text()) for file in run.glob("explanations/*/epoch_*/manifest.json")]
    maps = {"saliency", "occlusion", "class_activation_map"}
    assert {manifest["method"] for manifest in final if manifest["final"]} == {*maps, "dataset_search"}
    for manifest in (manifest for manifest in final if manifest["final"] and manifest["method"] in maps):
        assert manifest["evidence"]["examples"] > 0 and 0 < manifest["evidence"]["area"] < 0.5


def test_manifests_agree_with_the_raw_numbers_beside_them(train: Command, tmp_path: Path) -> None:
    run = tmp_path / train(*SMALL).run
    (file,) = run.glob("explanations/class_activation_map/*/manifest.json")
    manifest = json.loads(file.read_text())
    maps = np.load(file.parent / "maps.npz")["maps"]
    for example in manifest["examples"]:
        # The mean of a class activation map and the bias are the score.
        assert maps[example["map"]].mean() + example["bias"] == pytest.approx(example["score"], abs=1e-4)
        assert (file.parent / example["picture"]).exists() and (file.parent / example["overlay"]).exists()


def test_the_same_command_gives_the_same_weights_and_figures(train: Command, tmp_path: Path) -> None:
    """Also with worker processes, and with no one looking."""
    noisy = [*SMALL, "data.augmentation.shift=0.1", "model.dropout=0.3", "hardware=cpu"]
    first = tmp_path / train(*noisy, "callbacks.saliency.every_n_epochs=1").run
    for other in ([], ["data.num_workers=2"], ["callbacks=[checkpoint,baselines]", "logger=none"]):
        again = tmp_path / train(*noisy, *other).run
        assert metrics(again) == metrics(first), other
        assert same_weights(again, first), other


def test_another_seed_gives_other_weights(train: Command, tmp_path: Path) -> None:
    one, other = (tmp_path / train(*SMALL, f"seed={seed}").run for seed in (0, 1))
    assert not same_weights(one, other)


def test_accumulating_and_frozen_evaluation_do_not_let_explanations_in(train: Command, tmp_path: Path) -> None:
    """The case in which other libraries' explanations change the training: gradients held over several batches."""
    held = [*SMALL, "hardware.accumulate_grad_batches=2", "data.batch_size=8", "model.dropout=0.3"]
    names = [file.stem for file in (ROOT / "conf" / "callbacks").glob("*.yaml") if "every_n_epochs" in file.read_text()]
    assert len(names) >= 12
    few = ["examples=2", "most_wrong=1", "most_right=0", "measured=2", "every_n_epochs=1"]
    looking = [f"callbacks.{name}.{option}" for name in names if name != "class_image" for option in few]
    chosen = ",".join(["checkpoint", "dataset_search", *names])
    watched = tmp_path / train(*held, f"callbacks=[{chosen}]", "callbacks.class_image.every_n_epochs=1", *looking).run
    alone = tmp_path / train(*held, "callbacks=[checkpoint]").run
    assert same_weights(watched, alone)
    manifests = [json.loads(file.read_text()) for file in watched.glob("explanations/*/*/manifest.json")]
    assert {manifest["method"] for manifest in manifests} == {*names, "dataset_search"}


@pytest.mark.slow
def test_two_processes_leave_one_folder_and_the_figures_of_one(train: Command, tmp_path: Path) -> None:
    plain = [*SMALL, "model.batch_norm=false", "data.batch_size=16", "data.augmentation=null"]
    plain += ["callbacks.saliency.every_n_epochs=1"]
    one = tmp_path / train(*plain, "hardware=cpu").run
    two = tmp_path / train(*plain, "hardware=ddp_cpu").run
    assert len(list((tmp_path / "outputs" / "day_night").iterdir())) == 2
    for name, value in metrics(one).items():
        assert metrics(two)[name] == pytest.approx(value, abs=0.05), name
    assert [file.name for file in sorted((two / "explanations/saliency/epoch_001").iterdir())] == [
        file.name for file in sorted((one / "explanations/saliency/epoch_001").iterdir())
    ]


@pytest.mark.slow
def test_a_sweep_leaves_a_folder_a_job_and_a_table(train: Command, tmp_path: Path) -> None:
    quick = ["epochs=1", "data.budget=64", "callbacks=[checkpoint]", "logger=none"]
    train("-m", "experiment=digits", *quick, "model=logistic,mlp", "seed=0,1")
    (sweep,) = (tmp_path / "outputs" / "digits").iterdir()
    rows = list(csv.DictReader((sweep / "sweep.csv").open()))
    assert [(row["model"], row["seed"]) for row in rows] == [
        ("logistic", "0"), ("logistic", "1"), ("mlp", "0"), ("mlp", "1")
    ]  # fmt: skip
    assert "epochs" not in rows[0], "a column for what does not differ"
    for row in rows:
        assert float(row["test/accuracy"]) == metrics(sweep / row["job"])["test/accuracy"]


@pytest.mark.slow
def test_in_a_sweep_over_processes_every_rank_trains_the_same_settings(train: Command, tmp_path: Path) -> None:
    quick = [*SMALL, "epochs=1", "callbacks=[checkpoint]", "logger=none", "hardware=ddp_cpu"]
    train("-m", *quick, "optimizer.lr=0.001,0.1")
    (sweep,) = (tmp_path / "outputs" / "day_night").iterdir()
    jobs = sorted(folder for folder in sweep.iterdir() if folder.is_dir())
    assert [folder.name for folder in jobs] == ["0", "1"]
    for job, lr in zip(jobs, (0.001, 0.1), strict=True):
        alone = tmp_path / train(*quick, f"optimizer.lr={lr}").run
        assert same_weights(job, alone)


@pytest.mark.slow
def test_a_job_that_fails_is_told_and_the_others_go_on(train: Command, tmp_path: Path) -> None:
    root = photo_folder(tmp_path / "photos")
    (root / "day" / "day_0.jpg").write_bytes(b"torn")
    quick = ["data=photos", f"data.root={root}", "data.image_size=16", "epochs=1", "model.widths=[4]", "logger=none"]
    done = train("-m", *quick, "callbacks=[checkpoint]", "data.on_error=stop,skip", check=False)
    assert done.returncode == 1
    (table,) = tmp_path.glob("outputs/day_night/*/sweep.csv")
    rows = list(csv.DictReader(table.open()))
    assert [row["status"] for row in rows] == ["failed", "finished"]
    assert "day_0.jpg" in rows[0]["reason"] and "day_0.jpg" in done.stderr


@pytest.mark.slow
def test_a_job_whose_parts_cannot_be_built_stands_in_the_table(train: Command, tmp_path: Path) -> None:
    quick = [*SMALL, "epochs=1", "callbacks=[checkpoint]", "logger=none"]
    done = train("-m", *quick, "model.widths=[2,2,2,2,2,2,2,2],[8]", check=False)
    assert done.returncode == 1 and "Take fewer widths" in done.stderr
    (table,) = tmp_path.glob("outputs/day_night/*/sweep.csv")
    rows = list(csv.DictReader(table.open()))
    assert [row["status"] for row in rows] == ["failed", "finished"]
    assert "Take fewer widths" in rows[0]["reason"]


@pytest.mark.parametrize(("signum", "exit_status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_saves_and_says_so(tmp_path: Path, signum: int, exit_status: int) -> None:
    command = [sys.executable, str(ROOT / "train.py"), *SMALL, "epochs=10000", "callbacks=[checkpoint]", "logger=none"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob("outputs/*/*/checkpoints/last.ckpt")) and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signum)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == exit_status, errors
    assert "Traceback" not in errors
    (run,) = tmp_path.glob("outputs/*/*")
    status = json.loads((run / "status.json").read_text())
    assert status["status"] == "interrupted" and status["reason"] == f"by {signal.Signals(signum).name}"
    torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)


@pytest.mark.slow
def test_cross_validation_tests_every_group_once_and_pools(train: Command, tmp_path: Path) -> None:
    root = photo_folder(tmp_path / "photos", each=12)
    files = sorted(file.relative_to(root).as_posix() for file in root.rglob("*.jpg"))
    rows = [["path", "camera"], *([file, number % 3] for number, file in enumerate(files))]
    (root / "groups.csv").write_text("\n".join(f"{path},{camera}" for path, camera in rows))
    quick = ["data.image_size=16", "epochs=2", "model.widths=[8]", "data.batch_size=4", "logger=none"]
    folds = ["data.split=groups", "data.group_by=camera", "data.folds=3"]
    run = tmp_path / train("data=photos", f"data.root={root}", *folds, *quick).run
    assert sorted(folder.name for folder in (run / "folds").iterdir()) == ["0", "1", "2"]
    with np.load(run / "predictions.npz") as predictions:
        assert sorted(predictions["names"]) == files
        right = (predictions["probabilities"].argmax(1) == predictions["labels"]).mean()
    assert metrics(run)["test/accuracy"] == pytest.approx(right)
    assert metrics(run)["baseline/mean_grey/accuracy"] == 1.0
    assert (run / "report.html").exists()


@pytest.mark.slow
def test_every_real_camera_is_tested_by_a_network_that_never_saw_it(train: Command, tmp_path: Path) -> None:
    root = shared_data("daynight")
    done = train("experiment=day_night", "data=day_night_photos", f"data.root={root}", "logger=none")
    figures = metrics(tmp_path / done.run)
    assert figures["test/accuracy"] >= 0.98
    assert figures["baseline/logistic_8x8/accuracy"] >= 0.99
