"""The `lightwell` command, as a user types it."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from lightwell import load_explanations
from tests.conftest import ROOT, SMALL, Command, Finished, command
from tests.data.pictures import photo_folder


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one finished run in it, and the run."""
    folder = tmp_path_factory.mktemp("finished")
    done: Finished = command([str(ROOT / "train.py")], (*SMALL, "epochs=1", "logger=none"), folder, True)
    return folder / done.run


def test_predict_answers_a_line_of_json_for_each_picture(lightwell: Command, finished: Path, tmp_path: Path) -> None:
    photos = photo_folder(tmp_path / "photos", each=2)
    done = lightwell("predict", str(finished), str(photos), "--json")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [Path(answer["file"]).name for answer in answers] == ["day_0.jpg", "day_1.jpg", "night_0.jpg", "night_1.jpg"]
    for answer in answers:
        assert answer["label"] in ("day", "night")
        assert answer["probabilities"][answer["label"]] == answer["probability"] >= 0.5
        assert sum(answer["probabilities"].values()) == pytest.approx(1)
        assert answer["scores"]["day"] == -answer["scores"]["night"]


def test_predict_names_a_bad_file_goes_on_and_exits_with_1(lightwell: Command, finished: Path, tmp_path: Path) -> None:
    photos = photo_folder(tmp_path / "photos", each=1)
    (photos / "day" / "torn.jpg").write_bytes(b"torn")
    done = lightwell("predict", str(finished), str(photos), check=False)
    assert done.returncode == 1
    assert "torn.jpg" in done.stderr and "Traceback" not in done.stderr
    assert len(done.stdout.splitlines()) == 2 and "%" in done.stdout


def test_predictions_do_not_depend_on_where_the_run_lies(lightwell: Command, finished: Path, tmp_path: Path) -> None:
    photos = photo_folder(tmp_path / "photos", each=2)
    moved = tmp_path / "elsewhere" / "moved"
    shutil.copytree(finished, moved)
    here, there = (lightwell("predict", str(run), str(photos), "--json").stdout for run in (finished, moved))
    assert here == there


def test_report_is_written_anew(lightwell: Command, finished: Path) -> None:
    page = finished / "report.html"
    page.unlink()
    assert lightwell("report", str(finished)).stdout.strip() == str(page)
    assert "<html" in page.read_text()


def test_list_shows_the_runs(lightwell: Command, finished: Path) -> None:
    done = lightwell("list", folder=finished.parents[2])
    assert finished.name in done.stdout and "finished" in done.stdout and "test/accuracy" in done.stdout


def test_doctor_finds_that_the_pins_go_together(lightwell: Command) -> None:
    done = lightwell("doctor")
    assert f"torch {torch.__version__.split('+')[0]}" in done.stdout and "BAD" not in done.stdout


@pytest.mark.parametrize("verb", ["predict", "report"])
def test_no_run_is_told_in_a_sentence(lightwell: Command, tmp_path: Path, verb: str) -> None:
    done = lightwell(verb, str(tmp_path), *([str(tmp_path)] if verb == "predict" else []), check=False)
    assert done.returncode == 2
    assert "is no run folder" in done.stderr and "Traceback" not in done.stderr


def test_help_and_records_need_no_torch(finished: Path) -> None:
    code = (
        "import sys; from lightwell.cli import app\n"
        "try: app({arguments})\n"
        "except SystemExit: pass\n"
        "heavy = {{'torch', 'pytorch_lightning', 'torchvision', 'sklearn'}} & set(sys.modules)\n"
        "sys.exit(f'imported {{heavy}}' if heavy else 0)"
    )
    for arguments in (["--help"], ["predict", "--help"], ["list", str(finished.parents[1])]):
        done = subprocess.run([sys.executable, "-c", code.format(arguments=arguments)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


class Attack:
    """Runs code when it is unpickled."""

    def __init__(self, marker: Path):
        self.marker = marker

    def __reduce__(self) -> tuple:
        return (Path.touch, (self.marker,))


def test_a_strangers_checkpoint_runs_no_code(lightwell: Command, finished: Path, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger"
    shutil.copytree(finished, stranger)
    for file in (stranger / "checkpoints").iterdir():
        torch.save({"state_dict": {}, "hyper_parameters": Attack(tmp_path / "owned")}, file)
    done = lightwell("predict", str(stranger), str(tmp_path), check=False)
    assert done.returncode != 0 and not (tmp_path / "owned").exists()


@pytest.mark.parametrize("target", ["os.system", "torch.hub.load", "lightwell.build.importlib.import_module"])
def test_a_strangers_config_runs_no_code(lightwell: Command, finished: Path, tmp_path: Path, target: str) -> None:
    stranger = tmp_path / "stranger"
    shutil.copytree(finished, stranger)
    config = yaml.safe_load((stranger / "config.yaml").read_text())
    config["model"] = {"_target_": target, "command": f"touch {tmp_path / 'owned'}"}
    (stranger / "config.yaml").write_text(yaml.safe_dump(config))
    done = lightwell("predict", str(stranger), str(photo_folder(tmp_path / "photos", each=1)), check=False)
    assert done.returncode == 2
    assert target in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "owned").exists()


def test_explain_shows_pictures_that_the_network_never_saw(lightwell: Command, finished: Path, tmp_path: Path) -> None:
    photos = photo_folder(tmp_path / "photos", each=2)
    (photos / "day" / "torn.jpg").write_bytes(b"torn")
    ways = ["--method", "occlusion", "--method", "saliency", "--output", str(tmp_path / "shown"), "--class", "night"]
    done = lightwell("explain", str(finished), str(photos), *ways, check=False)
    assert done.returncode == 1 and "torn.jpg cannot be read" in done.stderr
    for method, shape in (("occlusion", (16, 16)), ("saliency", (3, 16, 16))):
        manifest = json.loads((tmp_path / "shown" / method / "manifest.json").read_text())
        assert [Path(row["name"]).name for row in manifest["examples"]] == [
            *("day_0.jpg", "day_1.jpg", "night_0.jpg", "night_1.jpg")
        ]
        assert {row["target"] for row in manifest["examples"]} == {"night"}
        with np.load(tmp_path / "shown" / method / "maps.npz") as arrays:
            assert arrays["maps"].shape == (4, *shape)
        assert str(tmp_path / "shown" / method / "sheet.png") in done.stdout


def test_what_is_explained_later_stands_beside_what_the_run_wrote(
    lightwell: Command, finished: Path, tmp_path: Path
) -> None:
    run = shutil.copytree(finished, tmp_path / "run")
    before = len(load_explanations(run, method="saliency").table)
    photo = photo_folder(tmp_path / "photos", each=1) / "day" / "day_0.jpg"
    lightwell("explain", str(run), str(photo), "--method", "saliency")
    rows = load_explanations(run, method="saliency").table
    assert len(rows) == before + 1 and rows[-1]["name"] == str(photo) and rows[-1]["chosen"] == "given"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--method", "salienci"], "Did you mean saliency?"),
        (["--method", "occlusion", "--option", "pach=3"], "Did you mean patch?"),
        (["--method", "occlusion", "--option", "patch"], "Write one as patch=9."),
        (["--class", "nihgt"], "Did you mean night?"),
        (["--method", "grad_cam", "--option", "layer=model.featurs"], "model.features"),
    ],
)
def test_a_misspelt_way_of_explaining_is_told_with_what_was_meant(
    lightwell: Command, finished: Path, tmp_path: Path, words: list[str], told: str
) -> None:
    photo = photo_folder(tmp_path / "photos", each=1) / "day" / "day_0.jpg"
    done = lightwell("explain", str(finished), str(photo), *words, check=False)
    assert done.returncode == 2 and told in done.stderr and "Traceback" not in done.stderr


def test_methods_are_compared_in_a_table(lightwell: Command, finished: Path, tmp_path: Path) -> None:
    run = shutil.copytree(finished, tmp_path / "run")
    done = lightwell(
        *("compare-explanations", str(run), "--maps", "4", "--method", "saliency", "--method", "class_activation_map")
    )
    rows = list(csv.DictReader((run / "explanations" / "comparison.csv").open()))
    assert [(row["method"], row["weights"]) for row in rows] == [
        *(("saliency", "trained"), ("saliency", "random")),
        *(("class_activation_map", "trained"), ("class_activation_map", "random"), ("noise", "")),
    ]
    for row in rows:
        assert 0 <= float(row["deletion"]) <= 1 and 0 <= float(row["mass_inside"]) <= 1
        assert row["method"] in done.stdout
