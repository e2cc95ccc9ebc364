"""Holding explanations against known evidence."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytorch_lightning as lightning
import torch
from torch import Tensor

from lightwell.callbacks.predictions import gathered
from lightwell.chance import torch_seed
from lightwell.data.pictures import Pictures
from lightwell.explain import at_resolution_of, mass_inside, randomised
from lightwell.explain.score import undisturbed
from lightwell.tasks.classifier import Classifier

BATCH = 64
RANDOM_NETWORKS = 5


def measure_evidence(
    trainer: lightning.Trainer,
    task: Classifier,
    positions: np.ndarray,
    heat: Callable[[Classifier, Tensor, Tensor], Tensor],
) -> dict[str, Any] | None:
    """The mean share of a map's positive mass that lies on the evidence for the predicted class.

    Beside it stand the mean share that the same network reaches with random weights, drawn five times for each batch
    since one draw may lie anywhere, and the share of the map's cells that hold evidence, which a map without any
    preference would reach.

    Args:
        trainer: Whose processes share the work.
        task: The trained task.
        positions: The test examples to measure on.
        heat: From the task, pictures and targets to maps `(batch, height, width)`.
    """
    data: Pictures = trainer.datamodule  # type: ignore[attr-defined]
    mine = positions[trainer.global_rank :: trainer.world_size]
    rows: list[tuple[float, float, float]] = []
    for number, batch in enumerate(np.array_split(mine, max(1, -(-len(mine) // BATCH)))):
        images, _ = data.test_pictures(batch, task.device)
        with undisturbed(task.scores), torch.no_grad():
            target = task.scores(images).argmax(1)
        masks = evidence_masks(data, batch, [task.classes[int(index)] for index in target])
        known = [place for place, mask in enumerate(masks) if mask is not None]
        if known:
            images, target = images[known], target[known]
            evidence = torch.from_numpy(np.stack([masks[place] for place in known])).to(task.device)  # type: ignore[misc]
            maps = heat(task, images, target)
            learned = mass_inside(maps, evidence)
            # Each batch meets networks of its own, so that the mean is over many.
            first = RANDOM_NETWORKS * (number * trainer.world_size + trainer.global_rank)
            shares = []
            for draw in range(first, first + RANDOM_NETWORKS):
                with random_weights(task, draw):
                    shares.append(mass_inside(heat(task, images, target), evidence))
            random = torch.stack(shares).nanmean(0)
            area = at_resolution_of(maps, evidence).float().mean((1, 2))
            rows += zip(learned.tolist(), random.tolist(), area.tolist(), strict=True)
    rows = [row for share in gathered(trainer, rows) for row in share]
    if not rows:
        return None
    share, random_share, area_share = np.nanmean(np.array(rows), axis=0).tolist()
    return {"examples": len(rows), "share": share, "random_weights_share": random_share, "area": area_share}


def evidence_masks(data: Pictures, positions: np.ndarray, class_names: list[str]) -> list[np.ndarray | None]:
    """Where each class shows in its test example, `(height, width)` bool; None where that is not known or nowhere."""
    masks = [data.evidence("test", int(at), name) for at, name in zip(positions, class_names, strict=True)]
    return [mask if mask is not None and mask.any() else None for mask in masks]


@contextmanager
def random_weights(task: Classifier, draw: int) -> Iterator[None]:
    """The same task over a network that has learned nothing."""
    learned = task.model
    task.model = randomised(learned, seed=torch_seed("random weights", draw))
    try:
        yield
    finally:
        task.model = learned
