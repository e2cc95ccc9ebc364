"""Which weights are kept, and which are tested."""

from functools import partial
from pathlib import Path

import pytest
import pytorch_lightning as lightning
import torch

from lightwell.callbacks import Checkpoint, WeightAveraging
from lightwell.callbacks.step_seed import StepSeed
from lightwell.data import Scenes
from lightwell.losses import Logistic
from lightwell.models import ConvNet
from lightwell.schedules import Constant
from lightwell.tasks import Classifier


@pytest.fixture(scope="module")
def data() -> Scenes:
    data = Scenes(train=32, val=16, test=16, image_size=16, batch_size=8)
    data.load()
    return data


def fit(
    data: Scenes, folder: Path, epochs: int, *callbacks: lightning.Callback
) -> tuple[lightning.Trainer, Classifier]:
    torch.manual_seed(0)
    task = Classifier(
        model=ConvNet(input_shape=data.input_shape, outputs=1, widths=[4, 8]),
        loss=Logistic(),
        optimizer=partial(torch.optim.Adam, lr=0.02),
        schedule=Constant(),
        classes=data.classes,
        mean=[0.5] * 3,
        std=[0.2] * 3,
        output="binary",
        monitor="val/loss",
    )
    trainer = lightning.Trainer(
        accelerator="cpu",
        max_epochs=epochs,
        callbacks=[StepSeed(0), *callbacks],
        default_root_dir=folder,
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        use_distributed_sampler=False,
    )
    trainer.fit(task, datamodule=data)
    return trainer, task


def read(folder: Path, name: str) -> dict:
    return torch.load(folder / "checkpoints" / f"{name}.ckpt", weights_only=True)


def test_last_is_the_last_epoch_and_best_the_best(data: Scenes, tmp_path: Path) -> None:
    losses = []

    class Note(lightning.Callback):
        def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
            losses.append(float(trainer.callback_metrics["val/loss"]))

    fit(data, tmp_path, 6, Note(), Checkpoint(monitor="val/loss"))
    assert read(tmp_path, "last")["epoch"] == 5
    assert read(tmp_path, "best")["epoch"] == losses.index(min(losses))


def test_the_averaged_weights_are_the_ones_tested(data: Scenes, tmp_path: Path) -> None:
    """Lightning's own callback tests the latest weights instead."""
    trainer, task = fit(data, tmp_path, 4, WeightAveraging(decay=0.9), Checkpoint(monitor="val/loss"))
    best = tmp_path / "checkpoints" / "best.ckpt"
    trainer.test(task, datamodule=data, ckpt_path=best, weights_only=True, verbose=False)
    saved = read(tmp_path, "best")
    averaged, latest = (saved[key]["model.head.weight"] for key in ("state_dict", "current_model_state"))
    assert not torch.equal(averaged, latest)
    assert torch.equal(task.model.head.weight, averaged)


def test_lightning_visits_each_epoch_in_the_order_drawn_for_it(data: Scenes, tmp_path: Path) -> None:
    visited: list[list[int]] = [[], [], []]

    class Note(lightning.Callback):
        def on_train_batch_start(self, trainer, pl_module, batch, batch_idx) -> None:
            visited[trainer.current_epoch] += batch.indices.tolist()

    fit(data, tmp_path, 3, Note())
    batches = data.batches("train", shuffle=True)
    for epoch in range(3):
        batches.set_epoch(epoch)
        assert visited[epoch] == [int(member) for share in batches.shares() for member in share]
    assert visited[0] != visited[1] != visited[2]
