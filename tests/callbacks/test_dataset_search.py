"""What a run writes of its dataset search."""

import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytorch_lightning as lightning
import torch
from PIL import Image
from tests.conftest import SMALL, Command
from torch import nn

from lightwell import models
from lightwell.callbacks import DatasetSearch
from lightwell.callbacks.step_seed import StepSeed
from lightwell.config.mistakes import ConfigMistakes
from lightwell.data import Scenes
from lightwell.losses import Logistic
from lightwell.models import ConvNet
from lightwell.schedules import Cosine
from lightwell.tasks import Classifier

LAYERS = ["features.2", "features.6"]


@pytest.fixture(scope="module")
def data() -> Scenes:
    data = Scenes(train=48, val=16, test=40, image_size=16, batch_size=12)
    data.load()
    return data


def task_on(network: type[nn.Module], data: Scenes, **options: Any) -> Classifier:
    """A task with random weights."""
    torch.manual_seed(0)
    return Classifier(
        model=network(input_shape=data.input_shape, outputs=1, **options),
        loss=Logistic(),
        optimizer=torch.optim.SGD,
        schedule=Cosine(),
        classes=data.classes,
        mean=[0.5] * 3,
        std=[0.25] * 3,
        output="binary",
        monitor="val/loss",
    ).eval()


@pytest.fixture(scope="module")
def task(data: Scenes) -> Classifier:
    return task_on(ConvNet, data, widths=[8, 16])


def trainer_in(folder: Path, *callbacks: lightning.Callback, **options: Any) -> lightning.Trainer:
    quiet: dict[str, Any] = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False}
    quiet |= {"enable_checkpointing": False, "num_sanity_val_steps": 0, "use_distributed_sampler": False}
    return lightning.Trainer(accelerator="cpu", callbacks=list(callbacks), default_root_dir=folder, **quiet, **options)


def run_test(folder: Path, task: Classifier, data: Scenes, *callbacks: lightning.Callback) -> None:
    trainer_in(folder, *callbacks).test(task, datamodule=data, verbose=False)


def searched(run: Path) -> tuple[dict, dict[str, np.ndarray], Path]:
    """The manifest, the numbers and the folder of a run's search."""
    (manifest,) = (run / "explanations" / "dataset_search").glob("epoch_*/manifest.json")
    with np.load(manifest.parent / "search.npz", allow_pickle=False) as numbers:
        return json.loads(manifest.read_text()), dict(numbers), manifest.parent


def maxima(task: Classifier, images: np.ndarray, layer: str) -> torch.Tensor:
    """Each feature map's largest value in each picture, one picture after the other."""
    kept: list[torch.Tensor] = []
    handle = task.model.get_submodule(layer).register_forward_hook(
        lambda module, arguments, output: kept.append(output.flatten(2).amax(2))
    )
    with torch.no_grad():
        for image in images:
            task.scores(torch.from_numpy(np.array(image))[None] / 255)
    handle.remove()
    return torch.cat(kept).T


@pytest.mark.parametrize("split", ["test", "train"])
def test_the_numbers_are_those_of_a_full_sort_of_the_split(
    task: Classifier, data: Scenes, tmp_path: Path, split: str
) -> None:
    run_test(tmp_path, task, data, DatasetSearch(split=split))
    manifest, numbers, _ = searched(tmp_path)
    assert manifest["split"] == split
    for layer in LAYERS:
        values, order = maxima(task, data.splits[split].table.images, layer).sort(dim=1, descending=True, stable=True)
        assert np.array_equal(numbers[f"{layer}.indices"], order[:, :9])
        assert np.array_equal(numbers[f"{layer}.values"], values[:, :9])


def test_the_box_alone_excites_the_map_as_much(task: Classifier, data: Scenes, tmp_path: Path) -> None:
    run_test(tmp_path, task, data, DatasetSearch())
    _, numbers, _ = searched(tmp_path)
    for feature_map, rank in product(range(16), range(3)):
        top, left, bottom, right = numbers["features.6.boxes"][feature_map, rank]
        picture = data.splits["test"].table.images[numbers["features.6.indices"][feature_map, rank]]
        only = np.full_like(picture, 128)
        only[:, top:bottom, left:right] = picture[:, top:bottom, left:right]
        value = numbers["features.6.values"][feature_map, rank]
        assert maxima(task, only[None], "features.6")[feature_map, 0] >= value - 1e-5


def test_each_layer_has_a_sheet_and_says_what_it_shows(task: Classifier, data: Scenes, tmp_path: Path) -> None:
    run_test(tmp_path, task, data, DatasetSearch(maps=4))
    manifest, _, folder = searched(tmp_path)
    assert [layer["name"] for layer in manifest["layers"]] == LAYERS
    assert [layer["receptive_field"] for layer in manifest["layers"]] == [[3, 3], [8, 8]]
    assert manifest["examples"] == [] and manifest["final"] and manifest["evidence"] is None
    for layer in manifest["layers"]:
        sheet = np.asarray(Image.open(folder / layer["sheet"]))
        assert 1 <= len(layer["shown"]) <= 4 and sheet.shape[0] > 100 * len(layer["shown"])
        assert "9 test pictures" in layer["caption"]
        assert len(np.unique(sheet.reshape(-1, 3), axis=0)) > 50


def test_maps_that_nothing_excites_are_not_shown(data: Scenes, tmp_path: Path) -> None:
    silent = task_on(ConvNet, data, widths=[8, 16])
    torch.nn.init.constant_(silent.model.features[5].bias, -1e6)
    run_test(tmp_path, silent, data, DatasetSearch())
    manifest, _, folder = searched(tmp_path)
    assert manifest["layers"][1]["shown"] == []
    assert manifest["layers"][1]["caption"] == "No picture excites any of its feature maps."
    assert Image.open(folder / "features.6.png").size[0] > 400


def test_a_network_without_feature_maps_is_left_alone(
    data: Scenes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run_test(tmp_path, task_on(models.Logistic, data), data, DatasetSearch())
    assert "no layer with feature maps" in caplog.text
    assert not (tmp_path / "explanations").exists()


def test_an_unknown_layer_is_named(task: Classifier, data: Scenes, tmp_path: Path) -> None:
    with pytest.raises(ConfigMistakes, match=r"no layer body(.|\s)*features\.6"):
        run_test(tmp_path, task, data, DatasetSearch(layers=["body"]))


def test_an_interrupted_test_leaves_no_hook(task: Classifier, data: Scenes, tmp_path: Path) -> None:
    class Interrupt(lightning.Callback):
        def on_test_batch_end(self, *arguments: object, **options: object) -> None:
            raise RuntimeError("interrupted")

    with pytest.raises(RuntimeError, match="interrupted"):
        run_test(tmp_path, task, data, DatasetSearch(), Interrupt())
    assert not any(module._forward_hooks for module in task.modules())


def test_training_goes_on_as_if_nothing_had_been_searched(data: Scenes, tmp_path: Path) -> None:
    """To the bit, with batch normalisation and dropout, over accumulated gradients, and tested in between."""
    weights = []
    for callbacks in ([], [DatasetSearch()]):
        task = task_on(ConvNet, data, widths=[8, 16], dropout=0.3)
        for _ in range(2):
            trainer = trainer_in(tmp_path, StepSeed(0), *callbacks, max_epochs=1, accumulate_grad_batches=2)
            trainer.fit(task.train(), datamodule=data)
            trainer.test(task, datamodule=data, verbose=False)
        weights.append(task.state_dict())
    without, with_search = weights
    assert all(torch.equal(value, with_search[name]) for name, value in without.items())
    assert not torch.equal(without["model.head.weight"], task_on(ConvNet, data, widths=[8, 16]).model.head.weight)


@pytest.mark.slow
def test_two_processes_find_what_one_finds(train: Command) -> None:
    """Untrained: the weights of a run on two processes differ in the last digits."""
    plain = [*SMALL, "epochs=0", "callbacks=[checkpoint,dataset_search]", "logger=none"]
    alone, shared = (train(*plain, hardware) for hardware in ("hardware=cpu", "hardware=ddp_cpu"))
    one, two = searched(alone.folder / alone.run)[1], searched(shared.folder / shared.run)[1]
    assert one.keys() == two.keys()
    assert all(np.array_equal(one[name], two[name]) for name in one)
