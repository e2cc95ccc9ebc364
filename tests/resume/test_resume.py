"""A run that was stopped, however, ends as one that was not."""

import json
import random
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as lightning
import torch

from lightwell.callbacks import Checkpoint
from lightwell.callbacks.checkpoint import at_rest
from lightwell.config.mistakes import ConfigMistakes
from lightwell.run import run_in
from lightwell.runs.checkpoints import save_last
from lightwell.runs.folder import Claimed, RunFolder
from lightwell.runs.origin import Origin
from tests.data.pictures import photo_folder
from tests.resume.attempts import begin, finish, settings_of, stop, wait_for
from tests.resume.conftest import Settings

CHECKPOINTS = ("best.ckpt", "last.ckpt")


def assert_same(one: Path, other: Path, figures: tuple[str, ...] = ("metrics.json", "metrics.csv")) -> None:
    """Equal figures in every epoch and at the end, and equal weights, bit for bit."""
    for name in figures:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
    for name in CHECKPOINTS:
        first, second = (
            torch.load(run / "checkpoints" / name, weights_only=True)["state_dict"] for run in (one, other)
        )
        assert first.keys() == second.keys()
        assert all(torch.equal(first[key], second[key]) for key in first), name


class Stopped(Exception):
    """The end of an attempt."""


@pytest.fixture
def stopping(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Runs save and end after these steps, one an attempt."""
    steps: list[int] = []

    def stop_here(
        callback: Checkpoint, trainer: lightning.Trainer, task: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if steps and trainer.global_step >= steps[0] and at_rest(trainer, batch_idx):
            steps.pop(0)
            save_last(trainer)
            raise Stopped

    monkeypatch.setattr(Checkpoint, "on_train_batch_end", stop_here)
    yield steps


def attempt(folder: Path, settings: dict[str, Any]) -> None:
    run_in(RunFolder(folder, writes=True), settings, Origin({}, [], {}))


FACES = ["experiment=face_id", "data.train=16", "data.val=4", "data.test=4", "data.pictures=6"]
SOUND = ["experiment=trigger_word_recordings"]
ART = ["experiment=style_transfer"]
EVERYTHING = {
    "art": [*ART, "data.contents=[china,flower]", "data.size=64", "task.scales=2"],
    "art adam": [*ART, "optimizer=adam", "optimizer.lr=0.6", "scheduler=cosine", "task.keep_colours=luminance"],
    "sound": SOUND,
    "sound lstm": [*SOUND, "model=trigger_lstm", "model.hidden=8", "scheduler=plateau", "data.num_workers=1"],
    "faces": [*FACES, "loss.mining=distance_weighted"],
    "faces plateau": [*FACES, "scheduler=plateau", "scheduler.patience=0"],
    "plain": [],
    "accumulated": ["hardware.accumulate_grad_batches=2"],
    "averaged": ["callbacks=[checkpoint,weight_averaging]"],
    "plateau": ["scheduler=plateau", "scheduler.patience=0", "optimizer=sgd"],
    "one cycle": ["scheduler=one_cycle", "optimizer=rmsprop"],
    "lbfgs": ["optimizer=lbfgs", "scheduler=none", "model.dropout=0"],
    "workers": ["data.num_workers=2"],
    "early": ["callbacks=[checkpoint,early_stopping]", "callbacks.early_stopping.patience=1", "optimizer.lr=0.3"],
    "explained": ["callbacks=[checkpoint,saliency,class_activation_map,learning_rate]", "logger=tensorboard"],
}


@pytest.mark.parametrize("words", EVERYTHING.values(), ids=EVERYTHING.keys())
def test_a_run_stopped_at_any_step_ends_as_if_it_had_not_been(
    settings: Settings, stopping: list[int], tmp_path: Path, words: list[str]
) -> None:
    """In the middle of an epoch, before its last step, after its first, and in the last epoch."""
    run = settings("epochs=4", *words)
    attempt(tmp_path / "whole", run)
    stopping += [3, 11, 13, 30]
    while stopping:
        left = len(stopping)
        try:
            attempt(tmp_path / "stopped", run)
        except Stopped:
            continue
        assert words and left == len(stopping)  # stopped early
        break
    attempt(tmp_path / "stopped", run)
    # L-BFGS takes a loss several times a step, and the epoch's mean of them all is then summed in another order.
    figures = ("metrics.json",) if "optimizer=lbfgs" in words else ("metrics.json", "metrics.csv")
    assert_same(tmp_path / "whole", tmp_path / "stopped", figures)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "times"), [([], 20), (FACES, 5), (SOUND, 5), (ART, 5)], ids=["classifier", "faces", "sound", "art"]
)
def test_killed_at_random_moments_it_ends_as_if_it_had_not_been(
    settings: Settings, tmp_path: Path, words: list[str], times: int
) -> None:
    stopping = ["callbacks=[checkpoint,early_stopping]", "callbacks.early_stopping.patience=80"]
    run = settings(*words, f"epochs={4 * times}", *stopping)
    assert finish(tmp_path / "whole", run) == 0
    moments = random.Random(0)
    kills = 0
    while kills < times:  # on a fast machine it may end before it has been killed as often
        killed = tmp_path / f"killed_{kills}"
        process = begin(killed, run)
        while kills < times and stop(process, signal.SIGKILL, after=moments.uniform(0.0, 1.2)):
            kills += 1
            process = begin(killed, run)
        process.join()
        assert process.exitcode == 0
        assert_same(tmp_path / "whole", killed)


@pytest.mark.slow
@pytest.mark.parametrize(("signum", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_stopped_by_a_signal_it_says_so_and_goes_on(
    settings: Settings, tmp_path: Path, signum: int, status: int
) -> None:
    run = settings("epochs=40")
    assert finish(tmp_path / "whole", run) == 0
    stopped = tmp_path / "stopped"
    moments = random.Random(1)
    for number in range(3):
        process = begin(stopped, run)
        wait_for(stopped / f"attempts/{number}" if number else stopped / "status.json")
        if stop(process, signum, after=moments.uniform(0.0, 0.5)):
            assert process.exitcode == status
            assert json.loads((stopped / "status.json").read_text())["status"] == "interrupted"
    assert finish(stopped, run) == 0
    assert_same(tmp_path / "whole", stopped)


@pytest.mark.parametrize("kept", [0.0, 0.5, 0.98])
def test_a_torn_last_checkpoint_is_passed_over(
    settings: Settings, stopping: list[int], tmp_path: Path, kept: float
) -> None:
    run = settings("epochs=3")
    attempt(tmp_path / "whole", run)
    for step in (9, 14):
        stopping.append(step)
        with pytest.raises(Stopped):
            attempt(tmp_path / "torn", run)
    last = tmp_path / "torn" / "checkpoints" / "last.ckpt"
    last.write_bytes(last.read_bytes()[: int(kept * last.stat().st_size)])
    attempt(tmp_path / "torn", run)
    assert "Going on from previous.ckpt" in (tmp_path / "torn" / "run.log").read_text()
    assert_same(tmp_path / "whole", tmp_path / "torn")


def test_a_full_disk_ends_a_run_that_goes_on_when_there_is_room(
    settings: Settings, small_disk: Path, tmp_path: Path
) -> None:
    run = settings("epochs=6")
    attempt(tmp_path / "whole", run)
    filler = small_disk / "filler"
    filler.write_bytes(bytes(shutil.disk_usage(small_disk).free - 150_000))
    with pytest.raises(OSError, match="No space left"):
        attempt(small_disk / "run", run)
    filler.unlink()
    attempt(small_disk / "run", run)
    assert_same(tmp_path / "whole", small_disk / "run")


def test_two_processes_do_not_run_in_one_folder(settings: Settings, tmp_path: Path) -> None:
    run = settings("epochs=40")
    process = begin(tmp_path / "run", run)
    wait_for(tmp_path / "run" / "status.json")
    with pytest.raises(Claimed, match="another process"):
        attempt(tmp_path / "run", run)
    process.kill()
    process.join()
    attempt(tmp_path / "run", settings("epochs=1"))


def test_a_folder_of_another_run_or_of_other_data_is_left_alone(settings: Settings, tmp_path: Path) -> None:
    run = settings("epochs=1")
    attempt(tmp_path / "run", run)
    before = (tmp_path / "run" / "metrics.json").read_bytes()
    with pytest.raises(ConfigMistakes, match="begun with 0"):
        attempt(tmp_path / "run", settings("epochs=1", "seed=1"))
    provenance = tmp_path / "run" / "provenance.json"
    provenance.write_text(provenance.read_text().replace('"fingerprint": "', '"fingerprint": "other'))
    with pytest.raises(ConfigMistakes, match="The data are not those"):
        attempt(tmp_path / "run", settings("epochs=2"))
    assert (tmp_path / "run" / "metrics.json").read_bytes() == before


def test_a_cross_validation_leaves_finished_folds_as_they_are(
    settings: Settings, stopping: list[int], tmp_path: Path
) -> None:
    root = photo_folder(tmp_path / "photos", each=12)
    files = sorted(file.relative_to(root).as_posix() for file in root.rglob("*.jpg"))
    rows = [f"{file},{number % 3}" for number, file in enumerate(files)]
    (root / "groups.csv").write_text("\n".join(["path,camera", *rows]))
    words = ["data=photos", f"data.root={root}", "data.split=groups", "data.group_by=camera", "data.folds=3"]
    shape = ["data.image_size=16", "data.batch_size=4", "epochs=2", "model.widths=[4]", "logger=none", "hardware=cpu"]
    run = settings_of(*words, *shape, "callbacks=[checkpoint]")
    attempt(tmp_path / "whole", run)
    stopping += [3, 5]
    for _ in range(2):
        with pytest.raises(Stopped):
            attempt(tmp_path / "stopped", run)
    attempt(tmp_path / "stopped", run)
    assert (tmp_path / "whole/metrics.json").read_bytes() == (tmp_path / "stopped/metrics.json").read_bytes()
    for fold in "012":
        assert_same(tmp_path / "whole" / "folds" / fold, tmp_path / "stopped" / "folds" / fold)
