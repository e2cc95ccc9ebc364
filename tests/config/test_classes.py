import pytest

from lightwell.config.classes import class_count, class_names
from lightwell.data import scenery


def scenes(labels):
    return {"_target_": "lightwell.data.Scenes", "labels": labels}


def test_scenes_have_the_classes_of_their_labels():
    assert class_names(scenes("day_night")) == ("day", "night")
    assert class_names(scenes("time_of_day")) == scenery.PERIODS
    assert class_names(scenes("objects")) == scenery.OBJECTS
    assert class_names(scenes("weather")) is None


def test_known_sets_state_their_classes():
    assert class_names({"_target_": "lightwell.data.Digits"}) == tuple("0123456789")
    assert class_names({"_target_": "lightwell.data.CIFAR10"})[3] == "cat"
    assert class_count({"_target_": "lightwell.data.OxfordPets"}) == 37
    assert class_names({"_target_": "lightwell.data.DayNightPhotos", "root": None}) == ("day", "night")


@pytest.mark.parametrize("parts", [("",), ("train", "test")])
def test_a_folder_of_folders_has_a_class_a_folder(tmp_path, parts):
    for part in parts:
        for name in ("cat", "ant", ".hidden", "masks"):
            (tmp_path / part / name).mkdir(parents=True)
    assert class_names({"_target_": "lightwell.data.Photos", "root": str(tmp_path), "labels": None}) == ("ant", "cat")


def test_a_table_of_labels_has_a_class_a_column(tmp_path):
    (tmp_path / "labels.csv").write_text("\ufeffpath,apple,banana\na.jpg,0,1\n", encoding="utf-8")
    data = {"_target_": "lightwell.data.Photos", "root": str(tmp_path), "labels": "labels.csv"}
    assert class_names(data) == ("apple", "banana")


def test_what_only_the_data_can_tell_is_left_to_them():
    assert class_names({"_target_": "lightwell.data.Photos", "root": "/nowhere", "labels": None}) is None
    assert class_names({"_target_": "lightwell.data.Photos"}) is None
    assert class_count({}) is None
