"""Dataset search within the test pass that runs anyway."""

import functools
import logging
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytorch_lightning as lightning
import torch
from torch import Tensor

from lightwell.callbacks.lookup import tensorboard_writers
from lightwell.config.mistakes import ConfigMistakes, Mistake
from lightwell.data.pictures import Pictures
from lightwell.explain.dataset_search import Search
from lightwell.explain.receptive_field import ReceptiveField, receptive_fields
from lightwell.explain.score import undisturbed
from lightwell.explain.stages import stages
from lightwell.explain.strongest import Strongest, merge
from lightwell.processes import gathered
from lightwell.render.search_sheet import Find, search_sheet
from lightwell.runs.files import write_json
from lightwell.tasks.explainable import Explainable

log = logging.getLogger(__name__)
METHOD = "dataset_search"
NOTHING = "No picture excites any of its feature maps."


class DatasetSearch(lightning.Callback):
    """Finds the pictures that excite each feature map most, and shows what its units see of them.

    The test split is searched while it is tested, with the weights that are tested; another split takes a pass of
    its own at the end. Each process searches its share.

    Args:
        layers: Names of the network's layers; null takes the last before each change of resolution.
        top: How many pictures a feature map.
        maps: How many feature maps a layer's sheet shows at most; all are in `search.npz`.
        split: `test`, at next to no cost; `train`, from which the network has learned; or `val`.
    """

    outputs = ("binary", "multiclass", "multilabel", "embedding", "events")

    def __init__(
        self,
        *,
        layers: list[str] | None = None,
        top: int = 9,
        maps: int = 12,
        split: Literal["train", "val", "test"] = "test",
    ):
        self.layers = layers
        self.top = top
        self.maps = maps
        self.split = split
        self.search: Search | None = None
        self.hooks = ExitStack()

    def setup(self, trainer: lightning.Trainer, pl_module: Any, stage: str) -> None:
        """Choose the layers, once; a network without feature maps is left alone."""
        data: Pictures = trainer.datamodule  # type: ignore[attr-defined]
        if self.layers is None:
            try:
                self.layers = stages(pl_module.model, torch.zeros(1, *data.input_shape, device=pl_module.device))
            except ValueError as refusal:
                log.warning("%s", refusal)
                self.layers = []
        names = [name for name, _ in pl_module.model.named_modules() if name]
        unknown = [layer for layer in self.layers if layer not in names]
        if unknown:
            problem = f"The network has no layer {unknown[0]}."
            advice = f"It has: {', '.join(names)}."
            raise ConfigMistakes([Mistake("callbacks.dataset_search.layers", self.layers, problem, advice)])

    def on_test_start(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Begin to watch."""
        if self.layers:
            self.search = Search(pl_module.model, self.layers, top=self.top)
        if self.search and self.split == "test":
            self.hooks.enter_context(self.search.watching())

    def on_test_batch_end(
        self,
        trainer: lightning.Trainer,
        pl_module: Any,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Count in a batch."""
        if self.search and self.split == "test":
            self.search.update(batch.indices)

    def on_test_end(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Bring the processes' finds together and write them."""
        self.hooks.close()
        if self.search is None:
            return
        data: Pictures = trainer.datamodule  # type: ignore[attr-defined]
        if self.split != "test":
            search_split(self.search, pl_module, data, self.split)
        finalists = examples(data, self.split, self.search.finalists, pl_module.device)
        shares = gathered(trainer, self.search.settled(pl_module.scores, finalists))
        self.search = None
        if trainer.is_global_zero:
            found: dict[str, Strongest] = functools.reduce(merge, shares)
            fields = receptive_fields(pl_module.model, list(found), data.input_shape)
            self.write(trainer, pl_module, found, fields)

    def on_exception(self, trainer: lightning.Trainer, pl_module: Any, exception: BaseException) -> None:
        """Leave no hook behind when the test is interrupted."""
        self.hooks.close()

    def write(
        self,
        trainer: lightning.Trainer,
        task: Explainable,
        found: dict[str, Strongest],
        fields: dict[str, ReceptiveField],
    ) -> None:
        """Write the numbers, a sheet for each layer, and last the manifest, which says that all is there."""
        data: Pictures = trainer.datamodule  # type: ignore[attr-defined]
        images = data.splits[self.split].table.images
        folder = Path(trainer.default_root_dir) / "explanations" / METHOD / f"epoch_{task.trained_epoch:03d}"
        folder.mkdir(parents=True, exist_ok=True)
        arrays: dict[str, np.ndarray] = {}
        entries = []
        for layer, strongest in found.items():
            boxes = fields[layer].boxes(strongest.places).masked_fill(strongest.indices[:, :, None] < 0, -1)
            parts = {"values": strongest.values, "indices": strongest.indices, "boxes": boxes}
            arrays |= {f"{layer}.{name}": part.numpy() for name, part in parts.items()}
            height, width = fields[layer].size
            shown = telling(strongest, self.maps)
            entry: dict[str, Any] = {
                "name": layer,
                "channels": len(strongest.values),
                "receptive_field": [height, width],
                "sheet": f"{layer}.png",
                "caption": caption(self.split, self.top, height, width) if shown else NOTHING,
                "shown": shown,
            }
            rows = {number: finds(images, strongest, boxes, number) for number in shown}
            sheet = search_sheet(f"Layer {layer}", entry["caption"], rows, (height, width))
            sheet.save(folder / entry["sheet"])
            for writer in tensorboard_writers(trainer):
                tag = f"explanations/{METHOD}/{layer}"
                writer.add_image(tag, np.asarray(sheet), task.trained_epoch, dataformats="HWC")
            entries.append(entry)
        np.savez_compressed(folder / "search.npz", **arrays)  # type: ignore[arg-type]
        about = {
            "method": METHOD,
            "epoch": task.trained_epoch,
            "final": True,
            "split": self.split,
            "weights": "best" if trainer.ckpt_path else "last",
            "examples": [],
            "evidence": None,
            "layers": entries,
        }
        write_json(folder / "manifest.json", about)


def search_split(search: Search, task: Explainable, data: Pictures, split: str) -> None:
    """Search this process's share of a split, in a pass of its own."""
    with undisturbed(task.scores), torch.no_grad(), search.watching():
        for batch in data.batches(split):
            task.scores(batch.images.to(task.device, torch.float32) / 255)
            search.update(batch.indices)


def examples(data: Pictures, split: str, positions: list[int], device: torch.device) -> Iterator[tuple[int, Tensor]]:
    """Examples of a split one by one: each position with its picture `(1, channels, height, width)` in [0, 1]."""
    table = data.splits[split].table
    for position in positions:
        picture = torch.from_numpy(np.array(table.images[position]))
        yield position, picture[None].to(device, torch.float32) / 255


def telling(strongest: Strongest, count: int) -> list[int]:
    """The feature maps to show: those that all of their pictures excite most, and that differ from each other.

    None that nothing excites is shown, and of those that share more than half of their pictures only the first.
    """
    weakest = strongest.values.where(strongest.indices >= 0, torch.inf).amin(1)
    chosen: list[int] = []
    for number in weakest.argsort(descending=True, stable=True).tolist():
        mine = set(strongest.indices[number].tolist())
        others = [set(strongest.indices[other].tolist()) for other in chosen]
        if strongest.values[number, 0] > 0 and all(2 * len(mine & other) <= len(mine) for other in others):
            chosen.append(number)
    return chosen[:count]


def caption(split: str, top: int, height: int, width: int) -> str:
    """What a sheet shows, in plain words."""
    return (
        f"Each row is one feature map: the {top} {split} pictures it answers to most, strongest first, "
        f"cut to the {height} x {width} pixels it can see. The number is how strongly it answers. "
        "Of maps that answer to mostly the same pictures only the strongest is shown."
    )


def finds(images: np.ndarray, strongest: Strongest, boxes: Tensor, number: int) -> list[Find]:
    """What excites one feature map."""
    parts = (strongest.indices[number], boxes[number], strongest.values[number])
    rows = zip(*(part.tolist() for part in parts), strict=True)
    return [Find(np.asarray(images[position]), tuple(box), value) for position, box, value in rows if position >= 0]
