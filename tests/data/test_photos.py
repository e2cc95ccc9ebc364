import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lightwell.config.mistakes import ConfigMistakes
from lightwell.data import DayNightPhotos, Photos
from tests.conftest import shared_data
from tests.data.pictures import photo_folder, photograph


def write_csv(path: Path, rows: list[list]) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)


def test_a_folder_a_class(tmp_path) -> None:
    data = Photos(root=str(photo_folder(tmp_path)), image_size=8)
    data.load()
    assert data.classes == ("day", "night")
    assert {name: len(split) for name, split in data.splits.items()} == {"train": 12, "val": 2, "test": 2}
    dark = data.splits["train"].table.images.mean((1, 2, 3)) < 128
    assert np.array_equal(dark, data.splits["train"].table.labels == 1)


def test_split_by_folder_keeps_the_test_folder_for_testing(tmp_path) -> None:
    for part in ("train", "test"):
        photo_folder(tmp_path / part)
    data = Photos(root=str(tmp_path), image_size=8, split="folders")
    data.load()
    names = data.splits["test"].table.names
    assert {names[at].split("/")[0] for at in data.splits["test"].positions} == {"test"}
    assert {names[at].split("/")[0] for part in ("train", "val") for at in data.splits[part].positions} == {"train"}


def test_split_by_group_keeps_a_camera_on_one_side(tmp_path) -> None:
    photo_folder(tmp_path, each=12)
    files = sorted(file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*.jpg"))
    camera = {file: f"camera {number % 6}" for number, file in enumerate(files)}
    write_csv(tmp_path / "groups.csv", [["path", "camera"], *camera.items()])
    data = Photos(root=str(tmp_path), image_size=8, split="groups", group_by="camera")
    data.load()
    sides = [{camera[split.table.names[at]] for at in split.positions} for split in data.splits.values()]
    assert sum(map(len, sides)) == len(set().union(*sides)) == 6


def test_multi_hot_labels_and_boxes(tmp_path) -> None:
    for number in range(10):
        photograph(size=(40, 20)).save(tmp_path / f"{number}.jpg")
    rows = [[f"{number}.jpg", 1, number % 2] for number in range(10)]
    write_csv(tmp_path / "labels.csv", [["path", "apple", "pear"], *rows])
    box = ["3.jpg", "pear", 20, 0, 40, 10, 40, 20]
    write_csv(tmp_path / "boxes.csv", [["path", "label", "xmin", "ymin", "xmax", "ymax", "w", "h"], box])
    data = Photos(root=str(tmp_path), labels="labels.csv", image_size=8)
    data.load()
    assert data.splits["train"].labels.shape[1] == 2
    expected = np.zeros((8, 8), dtype=bool)
    expected[:4, 4:] = True
    table = data.splits["train"].table
    assert np.array_equal(data.evidence("train", table.names.index("3.jpg"), "pear"), expected)


def test_mask_pictures_are_read_by_their_values(tmp_path) -> None:
    photo_folder(tmp_path)
    (tmp_path / "masks" / "day").mkdir(parents=True)
    write_csv(tmp_path / "masks" / "classes.csv", [["value", "label"], [7, "day"]])
    values = np.zeros((30, 40), dtype=np.uint8)
    values[:15] = 7
    Image.fromarray(values).save(tmp_path / "masks" / "day" / "day_1.png")
    data = Photos(root=str(tmp_path), image_size=8)
    data.load()
    evidence = data.evidence("train", data.splits["train"].table.names.index("day/day_1.jpg"), "day")
    assert evidence is not None and evidence[:4].all() and not evidence[4:].any()


def torn(root: Path) -> None:
    (root / "day" / "day_0.jpg").write_bytes(b"torn")


def one_class(root: Path) -> None:
    for file in (root / "night").iterdir():
        file.unlink()
    (root / "night").rmdir()


def empty_class(root: Path) -> None:
    (root / "dusk").mkdir()


HOSTILE = [(torn, "day_0.jpg"), (one_class, "found: day"), (empty_class, "dusk holds no picture")]


@pytest.mark.parametrize(("spoil", "told"), HOSTILE)
def test_what_is_wrong_with_a_folder_is_told_in_a_sentence(tmp_path, spoil, told: str) -> None:
    spoil(photo_folder(tmp_path))
    with pytest.raises(ConfigMistakes) as refused:
        Photos(root=str(tmp_path), image_size=8).load()
    assert told in " ".join(str(refused.value).split())


WRONG_TABLES = [
    ([["file", "apple"], ["0.jpg", 1]], "no column 'path'"),
    ([["path", "apple"], ["0.jpg", "yes"]], "0.jpg: 'yes'"),
    ([["path", "apple"], ["absent.jpg", 1]], "absent.jpg"),
    ([["path", "apple"], ["0.jpg", 1], ["0.jpg", 0]], "0.jpg is listed twice"),
    ([["path", "apple"], ["../outside.jpg", 1]], "outside"),
    ([["path", "apple"]], "has no rows"),
]


@pytest.mark.parametrize(("rows", "told"), WRONG_TABLES)
def test_what_is_wrong_with_a_table_is_told_in_a_sentence(tmp_path, rows: list, told: str) -> None:
    root = tmp_path / "root"
    root.mkdir()
    photograph().save(root / "0.jpg")
    photograph().save(tmp_path / "outside.jpg")
    write_csv(root / "labels.csv", rows)
    with pytest.raises(ConfigMistakes) as refused:
        Photos(root=str(root), labels="labels.csv", image_size=8).load()
    assert told in " ".join(str(refused.value).split())


def test_torn_pictures_are_left_out_when_that_is_wished(tmp_path) -> None:
    torn(photo_folder(tmp_path))
    data = Photos(root=str(tmp_path), image_size=8, on_error="skip")
    data.load()
    assert len(data.splits["train"].table.names) == 15
    assert "day_0.jpg" in data.splits["train"].table.unreadable[0]


def test_changed_pictures_are_decoded_again(tmp_path) -> None:
    photo_folder(tmp_path)

    def fingerprint() -> str:
        data = Photos(root=str(tmp_path), image_size=8)
        data.load()
        return data.fingerprint()["fingerprint"]

    before = fingerprint()
    assert fingerprint() == before
    photograph(brightness=0, size=(50, 50)).save(tmp_path / "day" / "day_0.jpg")
    assert fingerprint() != before


def test_real_webcams_are_divided_by_camera() -> None:
    root = shared_data("daynight")
    data = DayNightPhotos(root=str(root), image_size=16, split="groups", group_by="camera", folds=8)
    data.load()
    names = data.splits["test"].table.names
    camera = {row["path"]: row["camera"] for row in csv.DictReader((root / "groups.csv").open())}
    tested = {camera[names[at]] for at in data.splits["test"].positions}
    trained = {camera[names[at]] for at in data.splits["train"].positions}
    assert len(tested) == 1 and not tested & trained
