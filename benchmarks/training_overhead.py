"""What Lightwell's training costs beside a loop written by hand: same network, data, order and final weights.

Ten epochs of the default network on cached scenes, each with a validation pass. The loop is as plain as can be: no
metrics but accuracy, no checkpoints, no records.

    python benchmarks/training_overhead.py
"""

import argparse
import copy
import logging
import math
import statistics
import time
import warnings
from functools import partial
from tempfile import TemporaryDirectory

import numpy as np
import pytorch_lightning as lightning
import torch
from torch import nn

from lightwell.callbacks import Checkpoint
from lightwell.callbacks.epoch_table import EpochTable
from lightwell.callbacks.step_seed import StepSeed
from lightwell.chance import generator
from lightwell.data import Scenes
from lightwell.losses import Logistic
from lightwell.models import ConvNet
from lightwell.schedules import Cosine
from lightwell.tasks import Classifier

EPOCHS, BATCH, LR = 10, 64, 0.003


def framework(data: Scenes, network: nn.Module, mean: list[float], std: list[float]) -> nn.Module:
    """A fit as `train.py` does it, with checkpoints and the table of epochs."""
    task = Classifier(
        model=network,
        loss=Logistic(),
        optimizer=partial(torch.optim.AdamW, lr=LR, weight_decay=0.01),
        schedule=Cosine(),
        classes=data.classes,
        mean=mean,
        std=std,
        output="binary",
        monitor="val/accuracy",
    )
    with TemporaryDirectory() as folder:
        trainer = lightning.Trainer(
            accelerator="cpu",
            max_epochs=EPOCHS,
            callbacks=[StepSeed(0), EpochTable(), Checkpoint(monitor="val/accuracy")],
            default_root_dir=folder,
            logger=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            use_distributed_sampler=False,
        )
        trainer.fit(task, datamodule=data)
    return task.model


def by_hand(data: Scenes, network: nn.Module, mean: list[float], std: list[float]) -> nn.Module:
    """The loop that one would write for this one purpose."""
    images, labels = pictures(data, "train")
    val_images, val_labels = pictures(data, "val")
    shift, scale = torch.tensor(mean)[:, None, None], torch.tensor(std)[:, None, None]
    optimizer = torch.optim.AdamW(network.parameters(), lr=LR, weight_decay=0.01)
    batches = math.ceil(len(labels) / BATCH)
    for epoch in range(EPOCHS):
        network.train()
        order = generator(0, "shuffle", epoch).permutation(len(labels))
        for number, batch in enumerate(np.array_split(order, batches)):
            progress = (epoch * batches + number) / (EPOCHS * batches)
            optimizer.param_groups[0]["lr"] = LR * (0.5 * (1 + math.cos(math.pi * progress)))
            inputs = (images[batch].float().div_(255) - shift) / scale
            loss = nn.functional.softplus(-(2.0 * labels[batch] - 1.0) * network(inputs).squeeze(1)).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        network.eval()
        with torch.inference_mode():
            right = 0
            for part in torch.arange(len(val_labels)).split(BATCH):
                inputs = (val_images[part].float().div_(255) - shift) / scale
                right += int(((network(inputs).squeeze(1) > 0) == val_labels[part]).sum())
    return network


def pictures(data: Scenes, split: str) -> tuple[torch.Tensor, torch.Tensor]:
    """A split's bytes and labels, in memory."""
    table = data.splits[split].table
    return torch.from_numpy(np.array(table.images)), torch.from_numpy(table.labels)


def seconds(train: object, *arguments: object) -> tuple[float, nn.Module]:
    started = time.perf_counter()
    network = train(*arguments)  # type: ignore[operator]
    return time.perf_counter() - started, network


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=int, default=1000)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore")

    data = Scenes(train=options.scenes, val=options.scenes // 5, test=1, image_size=options.size, batch_size=BATCH)
    data.load()
    statistics_of = data.channel_statistics()
    ratios = []
    for _ in range(options.repeats):
        torch.manual_seed(0)
        network = ConvNet(input_shape=data.input_shape, outputs=1, widths=[32, 64, 128])
        hand, one = seconds(by_hand, data, copy.deepcopy(network), *statistics_of)
        ours, other = seconds(framework, data, copy.deepcopy(network), *statistics_of)
        same = all(torch.equal(left, right) for left, right in zip(one.parameters(), other.parameters(), strict=True))
        ratios.append(ours / hand)
        print(f"by hand {hand:6.2f} s   Lightwell {ours:6.2f} s   ratio {ours / hand:.3f}   same weights: {same}")
    print(f"median ratio {statistics.median(ratios):.3f}   (aim: at most 1.15)")


if __name__ == "__main__":
    main()
