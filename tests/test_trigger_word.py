"""A detector from the command line: trained, tested, asked why, and shared among processes."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch

import lightwell as library
from lightwell.sound import RATE
from tests.conftest import ROOT, Command, command
from tests.sound.files import sound_folder, word

SMALL = [
    "experiment=trigger_word_recordings", "data.recipe.seconds=4", "data.recipe.snr=[10,20]", "data.num_workers=0",
    "data.train=160", "data.val=24", "data.test=24", "data.batch_size=8", "model=trigger_tcn", "model.channels=24",
    "epochs=4", "hardware=cpu", "optimizer.lr=0.01",
]  # fmt: skip


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sound_folder(tmp_path_factory.mktemp("sounds") / "sounds", each=40)


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory, cache: Path, sounds: Path) -> Path:
    """The folder of a run that has learned to tell a rising sweep from a falling one, with all its callbacks."""
    folder = tmp_path_factory.mktemp("trigger")
    done = command([str(ROOT / "train.py")], (*SMALL, f"data.root={sounds}"), folder, check=True)
    return folder / done.run


def test_a_run_hears_the_word_and_tells_how_well(detector: Path) -> None:
    metrics = json.loads((detector / "metrics.json").read_text())
    assert metrics["test/f1"] > 0.8  # a rising tone is easily told from a falling one
    assert metrics["test/never_accuracy"] < metrics["test/frame_accuracy"] <= 1
    told = json.loads((detector / "detection.json").read_text())
    low, high = told["intervals"]["f1"]
    assert low <= metrics["test/f1"] <= high
    assert told["hours"] == pytest.approx(24 * 4 / 3600)
    assert {row["name"] for row in told["by_word"]} == {"activate", "negatives"}
    assert sum(row["said"] for row in told["by_word"] if row["wanted"]) == told["hits"] + told["misses"]
    assert told["hits"] / (told["hits"] + told["misses"]) == pytest.approx(metrics["test/recall"])


def test_some_sounds_are_kept_beside_their_pictures(detector: Path) -> None:
    import soundfile

    examples = json.loads((detector / "detection.json").read_text())["examples"]
    assert examples and {example["kind"] for example in examples} <= {"false alarm", "missed", "heard"}
    for example in examples:
        samples, rate = soundfile.read(detector / example["sound"])
        assert rate == RATE and len(samples) == pytest.approx(3 * RATE, abs=400) and np.abs(samples).max() > 0.001
        assert (detector / example["picture"]).stat().st_size > 1000


def test_the_reasons_lie_on_the_word(detector: Path) -> None:
    """Where the network looks is where the word is said, more than by chance."""
    told = json.loads(next(detector.glob("explanations/occlusion/*/manifest.json")).read_text())
    evidence = told["evidence"]
    assert evidence["trained"]["mass_inside"] > 1.3 * evidence["area"]
    loaded = library.load_explanations(detector, method="saliency")
    assert loaded.maps[0].shape == (1, 40, 300)
    assert {row["target"] for row in loaded.table} == {"activate", "other"}


def test_what_excites_a_unit_can_be_heard(detector: Path) -> None:
    import soundfile

    folder = next(detector.glob("explanations/dataset_search/*"))
    layers = json.loads((folder / "manifest.json").read_text())["layers"]
    assert layers[0]["name"] == "front" and len(layers) == 6
    for layer in layers:
        assert (folder / layer["sheet"]).exists()
        for unit in layer["units"]:
            samples, _ = soundfile.read(folder / unit["sound"])
            assert len(samples) >= 1.5 * RATE and np.abs(samples).max() > 0.001


def test_a_file_is_asked_about(detector: Path, lightwell: Command, tmp_path: Path) -> None:
    import soundfile

    said = np.concatenate([np.zeros(RATE), word(3, up=True), np.zeros(RATE), word(5, up=False), np.zeros(RATE)])
    noise = np.random.default_rng(0).normal(0, 0.003, len(said))
    soundfile.write(tmp_path / "said.wav", said + noise, RATE)
    done = lightwell("explain", str(detector), str(tmp_path / "said.wav"), "--method", "saliency", "--output", "why")
    manifest = json.loads((tmp_path / "why" / "saliency" / "manifest.json").read_text())
    assert "sheet.png" in done.stdout and "said.wav at " in manifest["examples"][0]["name"]
    (tmp_path / "torn.wav").write_bytes(b"RIFF")
    refused = lightwell("explain", str(detector), str(tmp_path / "torn.wav"), check=False)
    assert refused.returncode == 2 and "torn.wav cannot be read as a sound" in refused.stderr


def test_a_detector_is_compared_and_loaded(detector: Path, lightwell: Command) -> None:
    run = library.load(detector)
    assert run.classes == ("other", "activate") and 0 < run.task.detector.threshold < 1
    scores = run.task.scores(torch.rand(2, 1, 40, 300))
    assert scores.shape == (2, 2) and torch.equal(scores[:, 0], -scores[:, 1])
    assert "test/f1" in lightwell("compare", str(detector), str(detector)).stdout


def test_two_processes_hear_what_one_hears(train: Command, sounds: Path, tmp_path: Path) -> None:
    few = [*SMALL, f"data.root={sounds}", "data.train=32", "callbacks=[checkpoint,sound_search]"]
    one, two = (train(*few, "epochs=0", f"hardware={name}").run for name in ("cpu", "ddp_cpu"))
    first, second = (json.loads((tmp_path / run / "metrics.json").read_text()) for run in (one, two))
    assert first.keys() == second.keys()
    for name in first:
        assert first[name] == pytest.approx(second[name], abs=1e-5), name
    told = [json.loads((tmp_path / run / "detection.json").read_text())["by_word"] for run in (one, two)]
    assert told[0] == told[1]
    trained = train(*few, "epochs=1", "hardware=ddp_cpu").run
    assert json.loads((tmp_path / trained / "metrics.json").read_text())["test/loss"] != first["test/loss"]


def test_a_sweep_over_networks_and_losses(train: Command, sounds: Path, tmp_path: Path) -> None:
    few = [*SMALL, f"data.root={sounds}", "data.train=16", "epochs=1", "callbacks=[checkpoint]", "model.channels=64"]
    train("-m", *few, "model=trigger_tcn,trigger_lstm", "loss=logistic,focal", "loss.class_weights=[1,5]")
    (table,) = tmp_path.glob("outputs/*/sweep-*/sweep.csv")
    with table.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4 and all(0 <= float(row["test/f1"]) <= 1 for row in rows)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["data=scenes"], "reads sound"),
        (["output=binary"], "is for output=events"),
        (["loss=cross_entropy"], "loss=logistic"),
        (["monitor=val/accuracy"], "val/f1"),
        (["model=convnet"], "reads images"),
        (["data.stride=8"], "where (2, "),
        (["data.root=nowhere"], "There is no folder"),
        (["model.layers=0"], "model.layers"),
    ],
)
def test_what_does_not_go_together_is_told(train: Command, sounds: Path, words: list[str], told: str) -> None:
    done = train("experiment=trigger_word_recordings", f"data.root={sounds}", *words, check=False)
    assert done.returncode == 2 and told in " ".join(done.stderr.split()) and "Traceback" not in done.stderr
