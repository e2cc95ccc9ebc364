"""Reading explanations from a folder that may come from a stranger."""

import json
from pathlib import Path

import numpy as np
import pytest

import lightwell
from lightwell.runs.explanations import ExplainedExample, ExplanationWriter


def example(value: float, target: str = "day") -> ExplainedExample:
    entry = {"index": 0, "name": "a picture", "label": ["day"], "target": target, "probability": 0.5, "score": 0.1}
    raw = np.full((3, 4, 4), value, dtype=np.float32)
    return ExplainedExample(entry, raw, raw.mean(0), np.zeros((8, 8, 3), dtype=np.uint8))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "explanations" / "saliency" / "epoch_001"
    writer = ExplanationWriter(folder, signed=False)
    for value in (1.0, float("nan")):
        writer.add(example(value, target="day/../night"))
    writer.close({"method": "saliency", "epoch": 1, "final": True})
    return folder


def change(folder: Path, **entry: object) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["examples"][0] |= entry
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_numbers_come_back_as_they_were(folder: Path, tmp_path: Path) -> None:
    explanations = lightwell.load_explanations(tmp_path)
    assert (explanations.maps[0] == 1).all() and np.isnan(explanations.maps[1]).all()
    assert [row["oddity"] for row in explanations.table] == [
        "is the same everywhere",
        "holds values that are not finite",
    ]
    assert explanations.table[0]["method"] == "saliency" and explanations.table[0]["epoch"] == 1


def test_a_class_name_cannot_lead_out_of_the_folder(folder: Path) -> None:
    assert {file.parent for file in folder.rglob("*.png")} == {folder}


def test_a_manifest_that_names_a_file_outside_is_refused(folder: Path, tmp_path: Path) -> None:
    change(folder, picture="../../../secret.png")
    with pytest.raises(ValueError, match="outside"):
        lightwell.load_explanations(tmp_path)


def test_a_map_that_is_not_there_is_named(folder: Path, tmp_path: Path) -> None:
    change(folder, map=7)
    with pytest.raises(ValueError, match=r"names the map 7, where maps\.npz has 2"):
        lightwell.load_explanations(tmp_path)


def test_pickled_numbers_are_refused(folder: Path, tmp_path: Path) -> None:
    np.savez(folder / "maps.npz", maps=np.array([{}, {}], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle"):
        lightwell.load_explanations(tmp_path)


def test_a_link_out_of_the_run_is_not_followed(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    folder.rename(outside)
    run = tmp_path / "run"
    (run / "explanations" / "saliency").mkdir(parents=True)
    (run / "explanations" / "saliency" / "epoch_001").symlink_to(outside)
    with pytest.raises(ValueError, match="outside"):
        lightwell.load_explanations(run)


def test_a_run_without_explanations_has_none(tmp_path: Path) -> None:
    assert lightwell.load_explanations(tmp_path).maps == []
