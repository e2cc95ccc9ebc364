"""Holding explanations against known evidence."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytorch_lightning as lightning
import torch
from torch import Tensor

from lightwell.callbacks.subjects import Subject, as_inputs, plain
from lightwell.chance import torch_seed
from lightwell.explain import at_resolution_of, localisation_scores, randomised
from lightwell.processes import gathered
from lightwell.tasks.explainable import Explainable

BATCH = 64
RANDOM_NETWORKS = 5


def measure_evidence(
    trainer: lightning.Trainer, method: Any, task: Explainable, known: Iterable[Subject], most: int
) -> dict[str, Any] | None:
    """How well a method's maps of the true classes lie on their evidence, in the mean over rightly answered examples.

    Beside it stands the mean that the same network reaches with random weights, drawn five times for each batch since
    one draw may lie anywhere, and the share of the map's cells that hold evidence, which a map without any preference
    would reach.

    Args:
        trainer: Whose processes share the work.
        method: The explaining callback.
        task: The trained task.
        known: Rightly answered test examples, in order.
        most: How many maps to measure.

    Returns:
        The number of maps, the evidence's `area`, and the scores of the `trained` network and of `random_weights`; None
        where no evidence is known.
    """
    pairs = list(_pairs(task, known, most))
    mine = pairs[trainer.global_rank :: trainer.world_size]
    rows: list[dict[str, float]] = []
    for number, start in enumerate(range(0, len(mine), BATCH)):
        # Each batch meets networks of its own, so that the mean is over many.
        first = RANDOM_NETWORKS * (number * trainer.world_size + trainer.global_rank)
        rows += _measured(method, task, mine[start : start + BATCH], range(first, first + RANDOM_NETWORKS))
    rows = [row for share in gathered(trainer, rows) for row in share]
    if not rows:
        return None
    means = {name: _mean([row[name] for row in rows]) for name in rows[0]}
    of_trained = {name: value for name, value in means.items() if "/" not in name}
    area = of_trained.pop("area")
    of_random = {name.removeprefix("random/"): value for name, value in means.items() if "/" in name}
    return {"examples": len(rows), "area": area, "trained": of_trained, "random_weights": of_random}


def _pairs(task: Explainable, known: Iterable[Subject], most: int) -> Iterator[tuple[Subject, str, np.ndarray]]:
    """Examples, one of their classes, and where it shows."""
    count = 0
    for example in known:
        for name in task.names_of(example.label) if example.label is not None else []:
            if count == most:
                return
            evidence = example.evidence(name)
            if evidence is not None:
                count += 1
                yield example, name, evidence


def _measured(
    method: Any, task: Explainable, pairs: list[tuple[Subject, str, np.ndarray]], draws: range
) -> list[dict[str, float]]:
    images = as_inputs([example.image for example, _, _ in pairs], task)
    names = list(task.classes)
    target = torch.tensor([names.index(name) for _, name, _ in pairs], device=task.device)
    evidence = torch.from_numpy(np.stack([mask for _, _, mask in pairs])).to(task.device)

    def heat() -> Tensor:
        return method.explain(method.score_of(task), images, target).heat

    maps = heat()
    columns = {"area": at_resolution_of(maps, evidence).float().mean((1, 2)), **localisation_scores(maps, evidence)}
    random: dict[str, list[Tensor]] = {}
    for draw in draws:
        with random_weights(task, draw):
            for name, values in localisation_scores(heat(), evidence).items():
                random.setdefault(f"random/{name}", []).append(values)
    columns |= {name: torch.stack(values).nanmean(0) for name, values in random.items()}
    return [
        dict(zip(columns, row, strict=True))
        for row in zip(*(values.tolist() for values in columns.values()), strict=True)
    ]


def _mean(values: list[float]) -> float | None:
    """The mean of what is a number; None where nothing is."""
    numbers = [value for value in values if value == value]
    return plain(float(np.mean(numbers))) if numbers else None


@contextmanager
def random_weights(task: Explainable, draw: int) -> Iterator[None]:
    """The same task over a network that has learned nothing."""
    learned = task.model
    task.model = randomised(learned, seed=torch_seed("random weights", draw))
    task.weights_changed()
    try:
        yield
    finally:
        task.model = learned
        task.weights_changed()
