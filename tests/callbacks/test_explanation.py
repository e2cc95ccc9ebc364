"""What a run writes of its explanations: which examples, which classes, and with what beside them."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.conftest import ROOT, Command, command
from tests.data.pictures import photo_folder, photograph

import lightwell

SMALL = ["data=photos", "data.image_size=16", "data.ratio=[0.4,0.2,0.4]", "epochs=1", "model.widths=[8,16]"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on photographs of 40 x 30 with a box each, explained in several ways."""
    folder = tmp_path_factory.mktemp("explained")
    photos = photo_folder(folder / "photos", each=10)
    with (photos / "boxes.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "label", "xmin", "ymin", "xmax", "ymax", "w", "h"])
        for path in sorted(photos.glob("*/*.jpg")):
            rows.writerow([path.relative_to(photos).as_posix(), path.parent.name, 0, 0, 20, 30, 40, 30])
    photograph(100, size=(60, 20)).save(folder / "mine.png")
    looking = [
        "callbacks=[checkpoint,saliency,class_activation_map]",
        "callbacks.saliency.every_n_epochs=1",
        f"callbacks.saliency.files=[{folder / 'mine.png'}]",
        "callbacks.saliency.classes=label",
        "callbacks.saliency.most_uncertain=2",
        "callbacks.class_activation_map.classes=[night,day]",
        "callbacks.class_activation_map.contrastive=true",
    ]
    return folder / command([str(ROOT / "train.py")], (*SMALL, f"data.root={photos}", *looking), folder, True).run


def rows(run: Path, method: str) -> list[dict]:
    return lightwell.load_explanations(run, method=method).table


def test_every_map_can_be_read_with_what_is_known_of_it(run: Path) -> None:
    explanations = lightwell.load_explanations(run)
    assert len(explanations.maps) == len(explanations.table) > 20
    for values, row in zip(explanations.maps, explanations.table, strict=True):
        assert values.shape == ((3, 16, 16) if row["method"] == "saliency" else (8, 8))
        assert values.dtype == np.float32 and np.isfinite(values).all()
        assert Path(row["picture"]).is_file() and Path(row["overlay"]).is_file()
    assert {row["epoch"] for row in explanations.table} == {0}


def test_photographs_keep_their_proportions(run: Path) -> None:
    for row in rows(run, "saliency"):
        width, height = Image.open(row["overlay"]).size
        assert width / height == pytest.approx(3.0 if row["chosen"] == "given" else 40 / 30)
        assert Image.open(row["picture"]).size == (width, height)


def test_files_are_explained_beside_the_examples_though_nobody_knows_their_label(run: Path) -> None:
    given = [row for row in rows(run, "saliency") if row["chosen"] == "given"]
    assert given and all(row["name"].endswith("mine.png") and row["label"] is None for row in given)
    assert all(row["scores"] == {} for row in given)


def test_the_true_class_or_the_named_ones_are_explained(run: Path) -> None:
    for row in rows(run, "saliency"):
        assert row["label"] is None or [row["target"]] == row["label"]
    both = rows(run, "class_activation_map")
    assert [row["target"] for row in both[:4]] == ["night", "day", "night", "day"]


def test_the_most_uncertain_are_those_nearest_to_even_odds(run: Path) -> None:
    with np.load(run / "predictions.npz") as predictions:
        ahead = np.abs(predictions["probabilities"][:, 0] - 0.5)
        expected = predictions["names"][np.argsort(ahead, kind="stable")[:2]]
    assert [row["name"] for row in rows(run, "saliency") if row["chosen"] == "most_uncertain"] == list(expected)


def test_a_contrast_of_two_opposite_scores_is_twice_the_score(run: Path) -> None:
    explanations = lightwell.load_explanations(run, method="class_activation_map")
    night, day = explanations.maps[:2]
    np.testing.assert_allclose(night, -day, atol=1e-5)
    row = explanations.table[0]
    assert night.mean() + row["bias"] == pytest.approx(2 * row["score"], rel=1e-3)


def test_a_map_carries_its_scores_where_the_truth_is_known(run: Path) -> None:
    for row in rows(run, "saliency"):
        if row["chosen"] != "given":
            assert 0 < row["scores"]["mass_inside"] < 1
    manifest = json.loads(next(run.glob("explanations/class_activation_map/*/manifest.json")).read_text())
    assert manifest["evidence"]["examples"] > 0
    assert manifest["evidence"]["area"] == pytest.approx(0.5)
    assert 0 <= manifest["evidence"]["random_weights"]["mass_inside"] <= 1


def test_a_sheet_shows_them_all(run: Path) -> None:
    for sheet in run.glob("explanations/*/*/sheet.png"):
        pixels = np.asarray(Image.open(sheet))
        assert pixels.shape[1] > 1000 and len(np.unique(pixels.reshape(-1, 3), axis=0)) > 100


@pytest.mark.parametrize(
    ("option", "told"),
    [("classes=[nihgt]", "Did you mean night?"), ("files=[nowhere.png]", "nowhere.png cannot be read")],
)
def test_what_is_not_there_is_told_before_training(train: Command, tmp_path: Path, option: str, told: str) -> None:
    photos = photo_folder(tmp_path / "photos", each=5)
    done = train(
        *SMALL, f"data.root={photos}", "callbacks=[checkpoint,saliency]", f"callbacks.saliency.{option}", check=False
    )
    assert done.returncode == 2
    assert told in done.stderr and "epoch 1" not in done.stdout and "Traceback" not in done.stderr
