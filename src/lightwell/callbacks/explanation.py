"""When to explain, and what: what the explaining callbacks share."""

from abc import abstractmethod
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as lightning
from torch import Tensor

from lightwell.callbacks.evidence import measure_evidence
from lightwell.callbacks.lookup import callbacks_of, tensorboard_writers
from lightwell.callbacks.predictions import PredictionTable
from lightwell.callbacks.subjects import (
    Classes,
    Explained,
    Subject,
    check_classes,
    example_subject,
    explain_subjects,
    file_subject,
)
from lightwell.config.mistakes import ConfigMistakes, Mistake
from lightwell.data.decode import UnreadablePicture
from lightwell.data.pictures import Pictures, balanced_order
from lightwell.explain import contrastive
from lightwell.explain.score import Score
from lightwell.processes import gathered
from lightwell.runs.explanations import ExplanationWriter
from lightwell.tasks.explainable import Explainable


class Explanation(lightning.Callback):
    """Explains some examples of the test split, and measures itself where the evidence is known.

    The examples are shared out among the processes, and the first one writes. Training goes on as if nothing had
    been looked at: a run's weights are the same with and without this callback.

    Args:
        examples: How many fixed examples to explain: the first of an order that takes each class in turn.
        files: Pictures of one's own, which are explained whenever the fixed examples are.
        every_n_epochs: Explain these after every so many epochs of training; null explains only at the end.
        at_end: Whether to explain the tested weights when the run ends.
        most_wrong: How many of the most wrongly classified to explain at the end.
        most_right: How many of the most rightly classified to explain at the end.
        most_uncertain: How many of those that the network was least decided about to explain at the end.
        classes: Explain the likeliest class (`predicted`), those of the `label`, or those named.
        contrastive: Ask about a class's score minus the mean of the others', instead of the score alone.
        measured: On how many right answers to hold the maps against the evidence.
    """

    outputs = ("binary", "multiclass", "multilabel", "embedding", "events")

    method: str
    signed: bool
    applies = True  # whether the network can be explained in this way

    def __init__(
        self,
        *,
        examples: int = 8,
        files: list[str] | None = None,
        every_n_epochs: int | None = None,
        at_end: bool = True,
        most_wrong: int = 8,
        most_right: int = 4,
        most_uncertain: int = 0,
        classes: Classes = "predicted",
        contrastive: bool = False,
        measured: int = 256,
    ):
        self.examples = examples
        self.files = [Path(file).expanduser() for file in files or []]
        self.every_n_epochs = every_n_epochs
        self.at_end = at_end
        self.most_wrong = most_wrong
        self.most_right = most_right
        self.most_uncertain = most_uncertain
        self.classes = classes
        self.contrastive = contrastive
        self.measured = measured

    @abstractmethod
    def explain(self, score: Score, images: Tensor, target: Tensor) -> Explained:
        """Explain the `target` scores `(batch,)` of pictures `(batch, channels, height, width)` in [0, 1]."""

    def score_of(self, task: Explainable) -> Score:
        """The score function that is asked about."""
        return contrastive(task.scores) if self.contrastive else task.scores

    def setup(self, trainer: lightning.Trainer, pl_module: Any, stage: str) -> None:
        """Tell now, before any training, of a class or a file that is not there."""
        data: Pictures = trainer.datamodule  # type: ignore[attr-defined]
        check_classes(
            f"callbacks.{self.method}.classes", self.classes if isinstance(self.classes, list) else [], data.classes
        )
        try:
            self.given(data)
        except UnreadablePicture as error:
            raise ConfigMistakes([Mistake(f"callbacks.{self.method}.files", None, str(error))]) from error

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Explain the fixed examples, if it is time to."""
        if self.applies and self.every_n_epochs and (trainer.current_epoch + 1) % self.every_n_epochs == 0:
            about = {"epoch": trainer.current_epoch, "final": False, "weights": "current", "evidence": None}
            self.write(trainer, pl_module, self.fixed(trainer), about)

    def on_test_end(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Explain the fixed, the most wrong and the most right examples, with the weights that were tested."""
        if not (self.applies and self.at_end):
            return
        (table,) = callbacks_of(trainer, PredictionTable)
        assert table.predictions is not None
        data: Pictures = trainer.datamodule  # type: ignore[attr-defined]
        wrongness, right = table.predictions.wrongness(), table.predictions.right()
        order = np.argsort(-wrongness, kind="stable")
        chosen = {
            "most_wrong": order[~right[order]][: self.most_wrong],
            "most_right": order[right[order]][::-1][: self.most_right],
            "most_uncertain": np.argsort(table.predictions.certainty(), kind="stable")[: self.most_uncertain],
        }
        subjects = self.fixed(trainer)
        for why, rows in chosen.items():
            subjects += [(why, example_subject(data, int(table.positions[row]))) for row in rows]
        known = (example_subject(data, int(position)) for position in table.positions[right])
        about = {
            "epoch": pl_module.trained_epoch,
            "final": True,
            "weights": "best" if trainer.ckpt_path else "last",
            "evidence": measure_evidence(trainer, self, pl_module, known, self.measured),
        }
        self.write(trainer, pl_module, subjects, about)

    def fixed(self, trainer: lightning.Trainer) -> list[tuple[str, Subject]]:
        """What is explained each time: some test examples, and files of the user's."""
        data: Pictures = trainer.datamodule  # type: ignore[attr-defined]
        split = data.explained
        positions = split.positions[balanced_order(split.labels)[: self.examples]]
        return [
            *(("fixed", example_subject(data, int(position))) for position in positions),
            *(("given", subject) for subject in self.given(data)),
        ]

    def given(self, data: Pictures) -> list[Subject]:
        """The user's files."""
        return [
            file_subject(file, number, image_size=data.image_size, colour=data.colour)
            for number, file in enumerate(self.files)
        ]

    def write(
        self, trainer: lightning.Trainer, task: Explainable, subjects: list[tuple[str, Subject]], about: dict[str, Any]
    ) -> None:
        """Explain subjects, each process its share, and write pictures, raw numbers and the manifest."""
        mine = subjects[trainer.global_rank :: trainer.world_size]
        batches = explain_subjects(self, task, self.score_of(task), mine, self.classes)
        shares = gathered(trainer, [per_subject for batch in batches for per_subject in batch])
        if not trainer.is_global_zero:
            return
        folder = Path(trainer.default_root_dir) / "explanations" / self.method / f"epoch_{about['epoch']:03d}"
        writer = ExplanationWriter(folder, signed=self.signed)
        for number in range(len(subjects)):
            for example in shares[number % len(shares)][number // len(shares)]:
                writer.add(example)
        sheet = writer.close({"method": self.method, "split": "test", **about})
        for board in tensorboard_writers(trainer) if sheet else []:
            board.add_image(f"explanations/{self.method}", np.asarray(sheet), about["epoch"], dataformats="HWC")
