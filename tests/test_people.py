"""An encoder of people from the command line: trained, tested, asked, and shared among processes."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import lightwell as library
from lightwell.identity.gallery import add_pictures, read_gallery
from lightwell.losses import TripletLoss
from lightwell.tasks import TripletEncoder
from tests.conftest import ROOT, Command, command
from tests.data.pictures import people_folder

PEOPLE = [
    "experiment=face_id", "data.train=12", "data.val=6", "data.test=6", "data.pictures=6", "data.image_size=24",
    "data.batch_size=16", "model.widths=[8,16]", "epochs=3", "hardware=cpu",
]  # fmt: skip


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Path:
    """The folder of a run on drawn people, with all its callbacks."""
    folder = tmp_path_factory.mktemp("people")
    done = command([str(ROOT / "train.py")], tuple(PEOPLE), folder, check=True)
    return folder / done.run


@pytest.fixture
def run(encoder: Path, tmp_path: Path) -> Path:
    """A copy of it, in which nobody is enrolled."""
    return Path(shutil.copytree(encoder, tmp_path / "run"))


def test_a_run_measures_people_it_never_saw(encoder: Path) -> None:
    metrics = json.loads((encoder / "metrics.json").read_text())
    for name in ("auroc", "equal_error_rate", "tar_at_far_0.01", "verification_accuracy", "rank_1", "unknown_refused"):
        assert 0 <= metrics[f"test/{name}"] <= 1, name
    assert metrics["test/rank_5"] >= metrics["test/rank_1"]
    for name in ("pixels", "eigenfaces", "colour_histogram", "untrained"):
        assert 0 < metrics[f"baseline/{name}/auroc"] <= 1
    told = json.loads((encoder / "verification.json").read_text())
    assert told["people"] == 6 and told["pairs"] == {"same": 6 * 15, "different": 15 * 36}
    low, high = told["intervals"]["auroc"]
    assert low <= metrics["test/auroc"] <= high
    with np.load(encoder / "embeddings.npz") as arrays:
        assert arrays["embeddings"].shape == (36, 64) and arrays["in_gallery"].sum() == 6 * 3
        np.testing.assert_allclose(np.linalg.norm(arrays["embeddings"], axis=1), 1, atol=1e-5)


def test_the_report_shows_people_and_why(encoder: Path) -> None:
    page = (encoder / "report.html").read_text()
    for words in (
        "Which part of the face carries identity?",
        "Same person, and who?",
        "Distances of pairs",
        "How many neighbours to ask",
        "Equal error rate",
    ):
        assert words in page
    for name in ("same_person.png", "false_accepts.png", "false_rejects.png", "explanations/occlusion"):
        assert (encoder / name).exists()
    parts = json.loads((encoder / "same_person.json").read_text())["parts"]
    for method in ("area", "occlusion", "saliency"):
        assert sum(part[method] for part in parts.values()) == pytest.approx(1, abs=1e-6)


def test_tensorboard_has_the_projector_with_pictures(encoder: Path) -> None:
    assert list((encoder / "tensorboard").rglob("sprite.png")) and list((encoder / "tensorboard").rglob("tensors.tsv"))


def test_people_are_enrolled_verified_and_recognised(run: Path, lightwell: Command, tmp_path: Path) -> None:
    photographs = people_folder(tmp_path / "people", people=4, each=4, size=48)
    refused = lightwell("recognise", str(run), str(photographs), check=False)
    assert refused.returncode == 2 and "Nobody is enrolled" in refused.stderr
    for name in ("person_0", "person_1", "person_2"):
        done = lightwell("enroll", str(run), name, *(str(photographs / name / f"{n}.png") for n in range(2)))
    assert done.stdout == "person_2 is known by 2 pictures; 3 in all.\n"
    again = lightwell("enroll", str(run), "person_2", str(photographs / "person_2" / "1.png"))
    assert again.stdout == "person_2 is known by 2 pictures; 3 in all.\n"

    itself = str(photographs / "person_0" / "0.png")
    same = lightwell("verify", str(run), itself, itself, "--json")
    told = json.loads(same.stdout)
    assert told["same"] and told["distance"] == pytest.approx(0, abs=1e-5) and told["sure"] > 0.5
    answers = [json.loads(line) for line in lightwell("recognise", str(run), itself, "--json").stdout.splitlines()]
    assert answers[0]["person"] == answers[0]["nearest"] == "person_0"

    out = tmp_path / "embeddings.npz"
    lightwell("embed", str(run), str(photographs), "-o", str(out))
    with np.load(out) as arrays:
        assert arrays["embeddings"].shape == (16, 64) and arrays["files"][0].endswith("person_0/0.png")
    explained = lightwell("explain", str(run), itself, "--class", "person_1", "--output", str(tmp_path / "why"))
    assert (tmp_path / "why" / "occlusion" / "sheet.png").exists(), explained.stdout


def test_what_cannot_be_asked_is_said_in_a_sentence(run: Path, lightwell: Command, tmp_path: Path) -> None:
    torn = tmp_path / "torn.png"
    torn.write_bytes(b"\x89PNG")
    done = lightwell("verify", str(run), str(torn), str(torn), check=False)
    assert done.returncode == 2 and "cannot be read as a picture" in done.stderr and "Traceback" not in done.stderr
    photograph = str(next(people_folder(tmp_path / "one", people=1, each=1, size=24).rglob("*.png")))
    for words, told in {
        ("predict", str(run), photograph): "lightwell recognise",
        ("explain", str(run), photograph): "Nobody is enrolled",
        ("compare-explanations", str(run)): "tells people apart",
    }.items():
        done = lightwell(*words, check=False)
        assert done.returncode == 2 and told in done.stderr and "Traceback" not in done.stderr
    (run / "verification.json").unlink()
    photographs = people_folder(tmp_path / "people", people=1, each=2, size=24)
    done = lightwell("verify", str(run), *(str(file) for file in sorted(photographs.rglob("*.png"))), check=False)
    assert done.returncode == 2 and "its threshold is not known" in done.stderr


def test_two_who_enrol_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    enrolling = (
        "import sys, pathlib, numpy\nfrom lightwell.identity.gallery import add_pictures\n"
        "for n in range(20): add_pictures(pathlib.Path(sys.argv[1]), sys.argv[2], [f'{n}.png'], numpy.ones((1, 4)))"
    )
    both = [subprocess.Popen([sys.executable, "-c", enrolling, str(tmp_path), name]) for name in ("ann", "bob")]
    assert [process.wait() for process in both] == [0, 0]
    gallery = read_gallery(tmp_path)
    assert gallery is not None and gallery.people == ("ann", "bob")
    assert np.bincount(gallery.numbers).tolist() == [20, 20] and gallery.embeddings.shape == (40, 4)


def test_a_strangers_gallery_holds_no_code_and_fits_its_run(tmp_path: Path) -> None:
    np.savez(tmp_path / "gallery.npz", names=np.array([print], dtype=object), files=np.array(["a"]), embeddings=[[1.0]])
    with pytest.raises(ValueError, match="allow_pickle=False"):
        read_gallery(tmp_path)
    (tmp_path / "gallery.npz").unlink()
    add_pictures(tmp_path, "ann", ["a.png"], np.ones((1, 4)))
    with pytest.raises(ValueError, match="embeddings of 4 numbers, not of this run"):
        add_pictures(tmp_path, "bob", ["b.png"], np.ones((1, 8)))


def test_a_collapse_is_said(caplog: pytest.LogCaptureFixture) -> None:
    options = {"model": torch.nn.Identity(), "optimizer": None, "schedule": None, "classes": (), "monitor": "val/auroc"}
    task = TripletEncoder(
        **options, loss=TripletLoss(margin=0.3), mean=[0.0], std=[1.0], embedding_size=8, distance="euclidean"
    )
    chance = np.random.default_rng(0)
    task.tell_collapse(chance.normal(size=(50, 8)))
    assert not caplog.records
    task.tell_collapse(np.ones((50, 8)) + 0.001 * chance.normal(size=(50, 8)))
    assert "have collapsed" in caplog.text and "stays at 0.300" in caplog.text


def test_a_loaded_encoder_embeds_as_its_test_did(encoder: Path) -> None:
    loaded = library.load(encoder)
    assert loaded.classes == () and loaded.task.judgement is not None
    assert loaded.task(torch.rand(3, 3, 24, 24)).shape == (3, 64)


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"judgement": {"threshold": "<script>"}, "pairs": {}}', '{"people": 1e400}']
)
def test_a_torn_or_strange_verification_leaves_a_report(run: Path, lightwell: Command, content: str) -> None:
    (run / "verification.json").write_text(content)
    lightwell("report", str(run))
    page = (run / "report.html").read_text()
    assert "verification.json" in page and "<script>" not in page.partition("<script>")[2].partition("</script>")[2]


@pytest.mark.slow
def test_a_sweep_over_minings_judges_by_the_error_rate(train: Command, tmp_path: Path) -> None:
    words = [*PEOPLE[:-2], "epochs=1", "hardware=cpu", "callbacks=[checkpoint]", "logger=none"]
    train("-m", *words, "loss.mining=all,hard", "seed=0,1")
    (sweep,) = (tmp_path / "outputs" / "face_id").iterdir()
    rows = list(csv.DictReader((sweep / "sweep.csv").open()))
    assert len(rows) == 4 and all(0 <= float(row["test/equal_error_rate"]) <= 1 for row in rows)
    best = min({"all", "hard"}, key=lambda mining: _mean(rows, mining))
    assert f"Best on the validation split is loss.mining={best}" in (sweep / "sweep.md").read_text()


def _mean(rows: list[dict[str, str]], mining: str) -> float:
    """Of the monitored figure on the validation people, which is what a sweep is judged by."""
    return float(np.mean([float(row["best/val/equal_error_rate"]) for row in rows if row["loss.mining"] == mining]))


@pytest.mark.slow
def test_two_processes_mine_the_same_batch_as_one(train: Command, tmp_path: Path) -> None:
    """The same loss and the same gradients: after some steps of gradient descent, the same weights."""
    words = [*PEOPLE[:-2], "epochs=1", "model.batch_norm=false", "optimizer=sgd", "data.augmentation=null"]
    words += ["callbacks=[checkpoint]", "logger=none", "scheduler=none"]
    runs = [tmp_path / train(*words, f"hardware={hardware}").run for hardware in ("cpu", "ddp_cpu")]
    one, two = (torch.load(run / "checkpoints/last.ckpt", weights_only=True)["state_dict"] for run in runs)
    for name, weights in one.items():
        torch.testing.assert_close(two[name], weights, atol=1e-6, rtol=1e-5, msg=name)
    figures = [json.loads((run / "metrics.json").read_text()) for run in runs]
    for name, value in figures[0].items():
        assert figures[1][name] == pytest.approx(value, abs=0.05), name
