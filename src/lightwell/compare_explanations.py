"""Every method's maps of one run, scored side by side, and beside them those of random weights and of mere noise."""

import csv
import io
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lightwell.build import build
from lightwell.callbacks.evidence import random_weights
from lightwell.callbacks.explanation import Explanation
from lightwell.callbacks.subjects import Subject, as_inputs, example_subject, plain
from lightwell.explain import faithfulness_scores, localisation_scores, rank_correlation, sensitivity
from lightwell.explain_files import CannotExplain
from lightwell.runs.files import write_text
from lightwell.runs.load import Run
from lightwell.runs.predictions import Predictions
from lightwell.tasks.explainable import Explainable
from lightwell.tasks.triplet_encoder import TripletEncoder

BATCH, RANDOM_NETWORKS, SENSITIVE = 32, 3, 16
COLUMNS = ["method", "weights", "maps", "mass_inside", "pointing_game", "intersection_over_union"]
COLUMNS += ["deletion", "insertion", "sensitivity", "correlation_with_random", "milliseconds"]
Pair = tuple[Subject, int, np.ndarray | None]


@dataclass
class Scores:
    """What one method's maps scored, in the mean over examples.

    Attributes:
        method: The method, or `noise`.
        weights: `trained`, or `random`: maps of networks that learned nothing, judged as if the trained one's.
        values: By score, one number an example.
    """

    method: str
    weights: str
    values: dict[str, list[float]] = field(default_factory=dict)

    def add(self, scores: dict[str, Tensor]) -> None:
        """Keep a batch's."""
        for name, values in scores.items():
            self.values.setdefault(name, []).extend(values.tolist())

    def row(self) -> dict[str, Any]:
        """The means, of what is a number; `maps` counts the examples."""
        means = {name: plain(float(np.nanmean(values))) for name, values in self.values.items() if _any(values)}
        count = len(self.values["deletion"])
        return {"method": self.method, "weights": self.weights, "maps": count, **means}


def pairs_of(run: Run, most: int) -> list[Pair]:
    """Rightly answered test examples, each with a class of its label and, where it is known, where that class shows.

    Raises:
        CannotExplain: When the run tells people apart, or has no right answer that can be found again.
    """
    if isinstance(run.task, TripletEncoder):
        raise CannotExplain(f"{run.path} tells people apart; its report shows why, and lightwell explain does.")
    data = build(run.config["data"], key="data")
    data.load()
    predictions = Predictions.load(run.path / "predictions.npz")
    positions = np.flatnonzero(np.isin(data.explained.table.names, predictions.names[predictions.right()]))
    known: list[Pair] = []
    unknown: list[Pair] = []
    for position in positions:
        subject = example_subject(data, int(position))
        for name in run.task.names_of(subject.label) if subject.label is not None else []:
            evidence = subject.evidence(name)
            (unknown if evidence is None else known).append((subject, run.classes.index(name), evidence))
        if len(known) >= most:
            break
    if not (known or unknown):
        raise CannotExplain(f"Of what {run.path} answered rightly, nothing is among its data as they are made now.")
    return (known or unknown)[:most]


def compare(run: Run, method: Explanation, pairs: Sequence[Pair]) -> Iterator[list[Scores]]:
    """Score one method's maps; yields after each batch what there is so far: of trained and of random weights."""
    trained, random = Scores(method.method, "trained"), Scores(method.method, "random")
    for number, start in enumerate(range(0, len(pairs), BATCH)):
        batch = pairs[start : start + BATCH]
        images, target = inputs_of(run.task, batch)
        began = time.perf_counter()
        heat = _heat(run.task, method, images, target)
        seconds = (time.perf_counter() - began) / len(batch)
        trained.add(judged(run.task, batch, heat))
        trained.add({"milliseconds": torch.full((len(batch),), 1000 * seconds)})
        for draw in range(RANDOM_NETWORKS * number, RANDOM_NETWORKS * (number + 1)):
            with random_weights(run.task, draw):
                other = _heat(run.task, method, images, target)
            random.add(judged(run.task, batch, other))
            trained.add({"correlation_with_random": rank_correlation(heat, other)})
        if number == 0:
            few = slice(SENSITIVE)
            explain = _explain_few(run.task, method, target[few])
            trained.add({"sensitivity": sensitivity(explain, images[few])})
        yield [trained, random]


def noise(run: Run, pairs: Sequence[Pair]) -> Scores:
    """What maps of mere noise score."""
    scores = Scores("noise", "")
    for start in range(0, len(pairs), BATCH):
        batch = pairs[start : start + BATCH]
        images, _ = inputs_of(run.task, batch)
        generator = torch.Generator().manual_seed(start)
        scores.add(judged(run.task, batch, torch.rand(len(batch), *images.shape[2:], generator=generator)))
    return scores


def inputs_of(task: Explainable, batch: Sequence[Pair]) -> tuple[Tensor, Tensor]:
    """A batch's pictures and targets."""
    images = as_inputs([subject.image for subject, _, _ in batch], task)
    return images, torch.tensor([index for _, index, _ in batch], device=task.device)


def judged(task: Explainable, batch: Sequence[Pair], heat: Tensor) -> dict[str, Tensor]:
    """A batch of maps `(batch, h, w)` by every score that can be had."""
    images, target = inputs_of(task, batch)
    scores = faithfulness_scores(_probability_of(task), images, heat, target=target)
    if all(evidence is not None for _, _, evidence in batch):
        evidence = torch.from_numpy(np.stack([mask for _, _, mask in batch])).to(task.device)  # type: ignore[misc]
        scores |= localisation_scores(heat, evidence)
    return scores


def _heat(task: Explainable, method: Explanation, images: Tensor, target: Tensor) -> Tensor:
    return method.explain(method.score_of(task), images, target).heat


def _explain_few(task: Explainable, method: Explanation, target: Tensor) -> Callable[[Tensor], Tensor]:
    return lambda images: _heat(task, method, images, target)


def _probability_of(task: Explainable) -> Callable[[Tensor], Tensor]:
    return lambda images: task.probabilities(task.scores(images))


def _any(values: list[float]) -> bool:
    return any(value == value for value in values)


def write_table(run: Path, rows: list[dict[str, Any]]) -> str:
    """Write the rows to `explanations/comparison.csv`; returns them as a Markdown table."""
    columns = [name for name in COLUMNS if any(name in row for row in rows)]
    text = io.StringIO()
    table = csv.DictWriter(text, columns, lineterminator="\n")
    table.writeheader()
    table.writerows({name: row.get(name, "") for name in columns} for row in rows)
    write_text(run / "explanations" / "comparison.csv", text.getvalue())
    lines = [columns, ["---"] * len(columns), *([_shown(row.get(name)) for name in columns] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _shown(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str("" if value is None else value)
