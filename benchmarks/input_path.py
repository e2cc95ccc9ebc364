"""Images a second into training: Lightwell's memory-mapped table beside torchvision's ImageFolder and DataLoader.

Both read the same JPEG files at 64 pixels with a random mirror image, in batches of 64, from the second epoch on; the
peer with two worker processes.

    python benchmarks/input_path.py
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytorch_lightning as lightning
import torch
from PIL import Image
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import ImageFolder

from lightwell.data import Augmentation, Photos
from lightwell.data.scenery import draw_scene

SIZE, BATCH = 64, 64


def write_photographs(root: Path, count: int, side: int) -> None:
    """JPEG files in two class folders."""
    for number in range(count):
        folder = root / ("even" if number % 2 == 0 else "odd")
        folder.mkdir(exist_ok=True)
        Image.fromarray(draw_scene(0, number, side).picture).save(folder / f"{number}.jpg", quality=90)


def peer(root: Path) -> Callable[[], Iterable[Any]]:
    """Torchvision's way."""
    transform = transforms.Compose(
        [transforms.Resize((SIZE, SIZE)), transforms.RandomHorizontalFlip(), transforms.ToTensor()]
    )
    loader = DataLoader(
        ImageFolder(str(root), transform), batch_size=BATCH, shuffle=True, num_workers=2, persistent_workers=True
    )
    return lambda: loader


def ours(root: Path) -> Callable[[], Iterable[Any]]:
    """Lightwell's way, up to the augmented float batch on the device."""
    data = Photos(
        root=str(root), image_size=SIZE, batch_size=BATCH, ratio=[0.98, 0.01, 0.01], augmentation=Augmentation(flip=0.5)
    )
    data.load()
    data.trainer = lightning.Trainer(logger=False, enable_progress_bar=False, enable_checkpointing=False)
    data.trainer.training = True
    loader = data.train_dataloader()
    return lambda: (data.on_after_batch_transfer(batch, 0) for batch in loader)


def images_a_second(epoch: Callable[[], Iterable[Any]], epochs: int) -> list[float]:
    """The speed of each epoch after the first."""
    speeds = []
    for number in range(epochs + 1):
        started, seen = time.perf_counter(), 0
        for images, *_ in epoch():
            seen += len(images)
        if number:
            speeds.append(seen / (time.perf_counter() - started))
    return speeds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=1500)
    parser.add_argument("--side", type=int, default=256, help="pixels of the files")
    parser.add_argument("--epochs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LIGHTWELL_CACHE"] = f"{folder}/cache"
        root = Path(folder) / "photographs"
        root.mkdir()
        write_photographs(root, options.images, options.side)
        theirs = images_a_second(peer(root), options.epochs)
        mine = images_a_second(ours(root), options.epochs)
    print(
        f"{options.images} JPEG files of {options.side} px, to {SIZE} px; images a second, median of {options.epochs}"
    )
    print(f"  ImageFolder + DataLoader, 2 workers  {median(theirs):10.0f}   ({min(theirs):.0f} to {max(theirs):.0f})")
    print(f"  Lightwell                            {median(mine):10.0f}   ({min(mine):.0f} to {max(mine):.0f})")
    print(f"  ratio                                {median(mine) / median(theirs):10.1f}   (aim: at least 10)")


def median(values: list[float]) -> float:
    return float(torch.tensor(values).median())


if __name__ == "__main__":
    main()
