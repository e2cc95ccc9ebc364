"""When to explain and which examples: what the explaining callbacks share."""

from abc import abstractmethod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytorch_lightning as lightning
import torch
from torch import Tensor

from lightwell.callbacks.evidence import evidence_masks, measure_evidence
from lightwell.callbacks.lookup import callbacks_of, tensorboard_writers
from lightwell.callbacks.predictions import PredictionTable, gathered
from lightwell.data.pictures import Pictures, balanced_order
from lightwell.explain import mass_inside
from lightwell.explain.score import undisturbed
from lightwell.runs.explanations import ExplainedExample, contact_sheet, write_explanations
from lightwell.tasks.classifier import Classifier


class Explained(NamedTuple):
    """What an explanation of a batch gives.

    Attributes:
        raw: `(batch, ...)`: the numbers as they are, which are kept in `maps.npz`.
        heat: `(batch, h, w)`, at any resolution: what is drawn; its positive part speaks for the class.
        notes: For each example what else is worth telling, as plain data for the manifest.
    """

    raw: Tensor
    heat: Tensor
    notes: list[dict[str, Any]]


class Explanation(lightning.Callback):
    """Explains some examples of the test split, and measures itself where the evidence is known.

    The examples are shared out among the processes, and the first one writes. Training goes on as if nothing had
    been looked at: a run's weights are the same with and without this callback.

    Args:
        examples: How many fixed examples to explain: the first of an order that takes each class in turn.
        every_n_epochs: Explain these after every so many epochs of training; null explains only at the end.
        most_wrong: How many of the most wrongly classified to explain at the end.
        most_right: How many of the most rightly classified to explain at the end.
        measured: On how many right answers to measure the share of the map that lies on the evidence.
    """

    method: str
    signed: bool
    applies = True  # whether the network can be explained in this way

    def __init__(
        self,
        *,
        examples: int = 8,
        every_n_epochs: int | None = None,
        most_wrong: int = 8,
        most_right: int = 4,
        measured: int = 256,
    ):
        self.examples = examples
        self.every_n_epochs = every_n_epochs
        self.most_wrong = most_wrong
        self.most_right = most_right
        self.measured = measured

    @abstractmethod
    def explain(self, task: Classifier, images: Tensor, target: Tensor) -> Explained:
        """Explain the `target` scores `(batch,)` of pictures `(batch, channels, height, width)` in [0, 1]."""

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Explain the fixed examples, if it is time to."""
        if self.applies and self.every_n_epochs and (trainer.current_epoch + 1) % self.every_n_epochs == 0:
            about = {"epoch": trainer.current_epoch, "final": False, "weights": "current", "evidence": None}
            self.write(trainer, pl_module, {"fixed": self.fixed(trainer)}, about)

    def on_test_end(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Explain the fixed, the most wrong and the most right examples, with the weights that were tested."""
        if not self.applies:
            return
        (table,) = callbacks_of(trainer, PredictionTable)
        assert table.predictions is not None
        order = np.argsort(-table.predictions.wrongness(), kind="stable")
        right = table.predictions.right()[order]
        chosen = {
            "fixed": self.fixed(trainer),
            "most_wrong": table.positions[order[~right][: self.most_wrong]],
            "most_right": table.positions[order[right][::-1][: self.most_right]],
        }
        measured = table.positions[table.predictions.right()][: self.measured]
        about = {
            "epoch": pl_module.trained_epoch,
            "final": True,
            "weights": "best" if trainer.ckpt_path else "last",
            "evidence": measure_evidence(trainer, pl_module, measured, lambda *args: self.explain(*args).heat),
        }
        self.write(trainer, pl_module, chosen, about)

    def fixed(self, trainer: lightning.Trainer) -> np.ndarray:
        """Positions of the examples that are explained each time."""
        split = trainer.datamodule.splits["test"]  # type: ignore[attr-defined]
        return split.positions[balanced_order(split.labels)[: self.examples]]

    def write(
        self, trainer: lightning.Trainer, task: Classifier, chosen: dict[str, np.ndarray], about: dict[str, Any]
    ) -> None:
        """Explain the chosen positions, each process its share, and write pictures, raw numbers and the manifest."""
        wanted = [(why, int(position)) for why, positions in chosen.items() for position in positions]
        data: Pictures = trainer.datamodule  # type: ignore[attr-defined]
        mine = wanted[trainer.global_rank :: trainer.world_size]
        shares = gathered(trainer, [self.example(task, data, why, position) for why, position in mine])
        if not trainer.is_global_zero:
            return
        examples = [shares[number % len(shares)][number // len(shares)] for number in range(len(wanted))]
        folder = Path(trainer.default_root_dir) / "explanations" / self.method / f"epoch_{about['epoch']:03d}"
        write_explanations(folder, examples, {"method": self.method, "split": "test", **about}, signed=self.signed)
        for writer in tensorboard_writers(trainer) if examples else []:
            sheet = contact_sheet(examples, signed=self.signed)
            writer.add_image(f"explanations/{self.method}", sheet, about["epoch"], dataformats="HWC")

    def example(self, task: Classifier, data: Pictures, why: str, position: int) -> ExplainedExample:
        """Explain the class that the network finds likeliest in one example."""
        images, labels = data.test_pictures(np.array([position]), task.device)
        with undisturbed(task.scores), torch.no_grad():
            scores = task.scores(images)
            probabilities = task.probabilities(scores)
        target = probabilities.argmax(1)
        explained = self.explain(task, images, target)
        evidence = evidence_masks(data, np.array([position]), [task.classes[int(target)]])[0]
        share = None
        if evidence is not None:
            share = float(mass_inside(explained.heat, torch.from_numpy(evidence)[None].to(task.device)))
        return ExplainedExample(
            entry={
                "index": position,
                "name": data.splits["test"].table.names[position],
                "chosen": why,
                "label": task.names_of(labels[0]),
                "predicted": task.names_of(task.decisions(probabilities)[0].cpu().numpy()),
                "target": task.classes[int(target)],
                "probability": float(probabilities[0, target]),
                "score": float(scores[0, target]),
                "evidence_share": share if share == share else None,  # NaN: nothing speaks for the class
                **explained.notes[0],
            },
            raw=explained.raw[0].float().cpu().numpy(),
            heat=explained.heat[0].float().cpu().numpy(),
            image=images[0].cpu().numpy(),
        )
