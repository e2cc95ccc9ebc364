"""What a run writes of its class images, and that it trains as if there were none."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tests.conftest import ROOT, SMALL, command

import lightwell
from lightwell.callbacks import ClassImage
from lightwell.config.mistakes import ConfigMistakes

HELD = [*SMALL, "hardware.accumulate_grad_batches=2", "data.batch_size=8", "model.dropout=0.3"]
DRAWN = [
    "callbacks=[checkpoint,class_image]",
    "callbacks.class_image.every_n_epochs=1",
    "callbacks.class_image.steps=8",
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that draws its classes after each epoch and at the end."""
    folder = tmp_path_factory.mktemp("drawn")
    return folder / command([str(ROOT / "train.py")], (*HELD, *DRAWN), folder, True).run


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same without drawing, in nothing else different."""
    folder = tmp_path_factory.mktemp("alone")
    return (
        folder / command([str(ROOT / "train.py")], (*HELD, "callbacks=[checkpoint]", "logger=none"), folder, True).run
    )


def manifest(run: Path) -> dict:
    found = [json.loads(file.read_text()) for file in run.glob("explanations/class_image/*/manifest.json")]
    (final,) = [about for about in found if about["final"]]
    return final


@pytest.mark.parametrize("name", ["best", "last"])
def test_a_network_trains_as_if_nothing_were_drawn(run: Path, alone: Path, name: str) -> None:
    one, other = (
        torch.load(folder / "checkpoints" / f"{name}.ckpt", weights_only=True)["state_dict"] for folder in (run, alone)
    )
    assert one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


def test_each_class_is_drawn_after_each_epoch_and_with_the_tested_weights(run: Path) -> None:
    folders = sorted(folder.name for folder in (run / "explanations" / "class_image").iterdir())
    assert folders == ["epoch_000", "epoch_001"]
    about = manifest(run)
    assert (about["method"], about["weights"], about["split"], about["evidence"]) == ("class_image", "best", None, None)
    assert [(entry["index"], entry["target"]) for entry in about["examples"]] == [(0, "day"), (1, "night")]


def test_the_manifest_says_what_the_network_says_of_the_image(run: Path) -> None:
    explanations = lightwell.load_explanations(run, method="class_image")
    task = lightwell.load(run).task
    final = [(image, row) for image, row in zip(explanations.maps, explanations.table, strict=True) if row["final"]]
    assert len(final) == 2
    for image, row in final:
        assert image.shape == (3, 16, 16) and image.dtype == np.float32 and image.min() >= 0 and image.max() <= 1
        assert (row["chosen"], row["label"]) == ("class", [row["target"]])
        scores = task.scores(torch.from_numpy(image)[None]).detach()
        probability = task.probabilities(scores)[0, row["index"]]
        assert row["score"] == pytest.approx(float(scores[0, row["index"]]), abs=1e-4)
        assert row["probability"] == pytest.approx(float(probability), abs=1e-5)
        assert row["predicted"] == [task.classes[int(scores.argmax())]]
        mean = task.scores(task.mean.expand(1, 3, 16, 16))
        assert scores[0, row["index"]] > mean[0, row["index"]]


def test_a_picture_shows_its_pixels(run: Path) -> None:
    for image, row in zip(*vars(lightwell.load_explanations(run, method="class_image")).values(), strict=True):
        picture = np.asarray(Image.open(row["picture"]))
        assert picture.shape == (256, 256, 3) and row["overlay"] == row["picture"]
        assert np.array_equal(picture[8::16, 8::16], np.rint(image.transpose(1, 2, 0) * 255).astype(np.uint8))


def test_tensorboard_shows_the_sheet(run: Path) -> None:
    events = EventAccumulator(str(run / "tensorboard"))
    events.Reload()
    shown = events.Images("explanations/class_image")
    assert {event.step for event in shown} == {0, 1}
    sheet = Image.open(run / "explanations" / "class_image" / f"epoch_{manifest(run)['epoch']:03d}" / "sheet.png")
    assert (shown[-1].width, shown[-1].height) == sheet.size


class Many:
    """A task of many classes, whose scores are its input's first values."""

    def __init__(self, classes: int):
        self.classes = tuple(f"class {number}" for number in range(classes))
        self.mean = torch.full((1, 1, 1), 0.5)

    def scores(self, images: torch.Tensor) -> torch.Tensor:
        return images.flatten(1)[:, : len(self.classes)]

    def probabilities(self, scores: torch.Tensor) -> torch.Tensor:
        return scores.softmax(1)

    def decisions(self, probabilities: torch.Tensor) -> torch.Tensor:
        return probabilities.argmax(1)

    def names_of(self, label: np.ndarray) -> list[str]:
        return [self.classes[int(label)]]


def test_of_many_classes_the_first_are_drawn_or_those_that_are_named() -> None:
    images, entries = ClassImage(steps=2).draw(Many(40), (1, 8, 8))  # type: ignore[arg-type]
    assert images.shape == (16, 1, 8, 8) and [entry["index"] for entry in entries] == list(range(16))
    _, entries = ClassImage(steps=2, classes=["class 39", "class 2"]).draw(Many(40), (1, 8, 8))  # type: ignore[arg-type]
    assert [(entry["index"], entry["map"], entry["target"]) for entry in entries] == [
        (39, 0, "class 39"),
        (2, 1, "class 2"),
    ]
    assert entries[0]["picture"] == "000_class_39.png"


def test_a_class_that_is_not_there_is_told_before_training() -> None:
    with pytest.raises(ConfigMistakes, match=r"callbacks\.class_image\.classes = clas 3\s.*Did you mean class 3\?"):
        ClassImage(classes=["class 0", "clas 3"]).setup(None, Many(4), "fit")  # type: ignore[arg-type]


def test_classes_that_are_left_out_are_told(caplog: pytest.LogCaptureFixture) -> None:
    ClassImage(classes=["class 3"]).setup(None, Many(40), "test")  # type: ignore[arg-type]
    assert not caplog.messages
    ClassImage().setup(None, Many(40), "test")  # type: ignore[arg-type]
    assert "first 16 of 40" in caplog.text
