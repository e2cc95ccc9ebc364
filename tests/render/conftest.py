"""A run folder as a finished run leaves it: real pictures, real arrays, a known network."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

CLASSES = ["day", "night"]
EXAMPLES = 200
CONFIG = """
monitor: val/accuracy
output: binary
seed: 0
model: {_target_: lightwell.models.ConvNet, widths: [8, 16]}
data: {_target_: lightwell.data.Scenes, image_size: 64, augmentation: {flip: true}}
callbacks:
  saliency: {_target_: lightwell.callbacks.Saliency, every_n_epochs: 1}
"""


def write_predictions(folder: Path, labels: np.ndarray, probabilities: np.ndarray, classes: list[str]) -> None:
    names = np.array([f"scene {index}" for index in range(len(labels))])
    probabilities = probabilities.astype(np.float32)
    np.savez(
        folder / "predictions.npz", names=names, labels=labels, probabilities=probabilities, classes=np.array(classes)
    )


def write_json(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def example(index: int, chosen: str, **more: Any) -> dict[str, Any]:
    about = {"index": index, "name": f"scene {index}", "chosen": chosen, "label": ["night"], "predicted": ["night"]}
    files = {"picture": f"{index}.png", "overlay": f"{index}_night.png", "map": 0}
    answer = {"target": "night", "probability": 0.98, "score": 3.9, "scores": {"mass_inside": 0.43}}
    return {**about, **files, **answer, **more}


def write_explanations(folder: Path, method: str, epoch: int, *, final: bool) -> Path:
    """Two fixed examples, and at the end one that is most wrong; returns the manifest's path."""
    there = folder / "explanations" / method / f"epoch_{epoch:03d}"
    there.mkdir(parents=True)
    more: dict[str, Any] = {}
    if method == "class_activation_map":
        more = {"contributions": [{"feature_map": 12, "share": 3.0}, {"feature_map": 7, "share": -0.5}], "bias": 0.4}
    examples = [example(index, "fixed", **more) for index in (1, 2)]
    if final:
        examples.append(example(3, "most_wrong", label=["day"], **more))
    for index in (1, 2, 3):
        for name in (f"{index}.png", f"{index}_night.png"):
            noise = np.random.default_rng(index).integers(0, 256, (96, 96, 3), dtype=np.uint8)
            Image.fromarray(noise).save(there / name)
    trained, random = {"mass_inside": 0.4, "pointing_game": 0.75}, {"mass_inside": 0.1, "pointing_game": 0.25}
    measured = {"examples": 64, "area": 0.08, "trained": trained, "random_weights": random}
    evidence = measured if final else None
    about = {"method": method, "epoch": epoch, "final": final, "split": "test", "weights": "best"}
    write_json(there / "manifest.json", {**about, "examples": examples, "evidence": evidence})
    return there / "manifest.json"


def write_epochs(folder: Path) -> None:
    with (folder / "metrics.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["epoch", "train/loss", "val/loss", "val/accuracy", "val/f1", "learning_rate"])
        writer.writerows([epoch, 1 / (epoch + 1), 1.1 / (epoch + 1), 0.9, 0.88, 0.001] for epoch in range(3))


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    """A finished binary run: 190 of 200 test examples right."""
    folder = tmp_path / "day_night" / "2026-11-22_18-05-11-a1b2c3"
    folder.mkdir(parents=True)
    labels = np.arange(EXAMPLES) % 2
    said = np.where(np.arange(EXAMPLES) < 10, 1 - labels, labels)
    sure = 0.6 + 0.39 * np.random.default_rng(0).random(EXAMPLES)
    write_predictions(folder, labels, np.where(said[:, None] == [0, 1], sure[:, None], 1 - sure[:, None]), CLASSES)
    figures = {"test/accuracy": 0.95, "test/loss": 0.2, "best/epoch": 1, "baseline/mean_grey/accuracy": 0.8}
    write_json(folder / "metrics.json", figures)
    write_epochs(folder)
    (folder / "config.yaml").write_text(CONFIG)
    (folder / "overrides.yaml").write_text("- experiment=day_night\n- model.widths=[8,16]\n")
    provenance = {
        "command": ["train.py", "experiment=day_night", "model.widths=[8,16]"],
        "experiment": "day_night",
        "choices": {"model": "convnet", "data": "scenes"},
        "seed": 0,
        "started": "2026-11-22T18:05:11+00:00",
        "seconds": 131.4,
        "git": {"commit": "a1b2c3d4", "dirty": True, "diff": "git.diff"},
        "packages": {"torch": "2.14.0"},
        "hardware": {"cores": 2},
        "data": {"fingerprint": "5e884898", "train": 300, "val": 50, "test": 200},
    }
    write_json(folder / "provenance.json", provenance)
    write_json(folder / "status.json", {"status": "finished", "reason": None, "epoch": 2})
    for method in ("saliency", "class_activation_map"):
        write_explanations(folder, method, 0, final=False)
        write_explanations(folder, method, 2, final=True)
    return folder
