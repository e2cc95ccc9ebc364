"""What is explained - examples of a data set or files - and the explaining of it, in batches."""

import functools
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from lightwell.config.mistakes import ConfigMistakes, Mistake
from lightwell.config.nearest import did_you_mean, nearest
from lightwell.data.decode import Colour, decode_original, decode_picture
from lightwell.data.pictures import Pictures
from lightwell.explain import localisation_scores
from lightwell.explain.score import Score, undisturbed
from lightwell.runs.explanations import ExplainedExample
from lightwell.tasks.explainable import Explainable

BATCH = 16
Classes = Literal["predicted", "label"] | list[str]


class Explained(NamedTuple):
    """What an explanation of a batch gives.

    Attributes:
        raw: `(batch, ...)`: the numbers as they are, which are kept in `maps.npz`.
        heat: `(batch, h, w)`, at any resolution: what is drawn; its positive part speaks for the class.
        notes: For each example what else is worth telling, as plain data for the manifest; None where nothing is.
    """

    raw: Tensor
    heat: Tensor
    notes: list[dict[str, Any]] | None = None


class Method(Protocol):
    """One way of explaining."""

    method: str
    signed: bool

    @abstractmethod
    def explain(self, score: Score, images: Tensor, target: Tensor) -> Explained:
        """Explain the `target` scores `(batch,)` of pictures `(batch, channels, height, width)` in [0, 1]."""


@dataclass(frozen=True)
class Subject:
    """Something to explain.

    Attributes:
        name: By which people know it.
        index: Its number in the data set, or among the files given.
        image: What the network sees, `(channels, height, width)` uint8.
        label: None for a file, whose label nobody knows.
        original: Makes what people see, `(height, width, 3)` uint8.
        evidence: Where a class shows, `(height, width)` bool; None where that is not known, or nowhere.
    """

    name: str
    index: int
    image: np.ndarray
    label: np.ndarray | None
    original: Callable[[], np.ndarray]
    evidence: Callable[[str], np.ndarray | None]


def example_subject(data: Pictures, position: int) -> Subject:
    """An example of the test split."""

    def evidence(class_name: str) -> np.ndarray | None:
        mask = data.evidence("test", position, class_name)
        return mask if mask is not None and mask.any() else None

    table = data.explained.table
    original = functools.partial(data.original, position)
    return Subject(table.names[position], position, table.images[position], table.labels[position], original, evidence)


def file_subject(path: Path, index: int, *, image_size: int, colour: Colour) -> Subject:
    """A picture that the network never saw.

    Raises:
        UnreadablePicture: When the file cannot be decoded to its end.
    """
    image = decode_picture(path, image_size=image_size, colour=colour)
    return Subject(str(path), index, image, None, functools.partial(decode_original, path), lambda class_name: None)


def explain_subjects(
    method: Method, task: Explainable, score: Score, subjects: Sequence[tuple[str, Subject]], classes: Classes
) -> Iterator[list[list[ExplainedExample]]]:
    """Explain subjects in batches; yields for each batch, for each subject, an example a class asked about.

    Args:
        method: How to explain.
        task: The task, for its probabilities and names.
        score: The score function to explain: the task's scores, or a contrast of them.
        subjects: Why each was chosen, and the subject.
        classes: The likeliest (`predicted`), those of the `label` (the likeliest for a file, which has none), or names.
    """
    for start in range(0, len(subjects), BATCH):
        batch = subjects[start : start + BATCH]
        images = as_inputs([subject.image for _, subject in batch], task)
        with undisturbed(task.scores), torch.no_grad():
            scores = task.scores(images)
            probabilities = task.probabilities(scores)
        predicted = probabilities.argmax(1).tolist()
        asked = [
            (place, index)
            for place, (_, subject) in enumerate(batch)
            for index in _class_indices(task, subject, predicted[place], classes)
        ]
        explained_batch: list[list[ExplainedExample]] = [[] for _ in batch]
        if asked:
            places, target = (torch.tensor(part, device=images.device) for part in zip(*asked, strict=True))
            explained = method.explain(score, images[places], target)
            for number, (place, index) in enumerate(asked):
                chosen, subject = batch[place]
                entry = _entry(task, subject, index, scores[place], probabilities[place])
                heat, notes = explained.heat[number], explained.notes[number] if explained.notes else {}
                entry |= {"chosen": chosen, "scores": _scores(heat, subject.evidence(task.classes[index])), **notes}
                raw, drawn = (part.float().cpu().numpy() for part in (explained.raw[number], heat))
                explained_batch[place].append(ExplainedExample(entry, raw, drawn, subject.original()))
        yield explained_batch


def check_classes(key: str, names: Sequence[str], known: Sequence[str]) -> None:
    """Stop at a class that is not there.

    Raises:
        ConfigMistakes: With the classes that there are, and the nearest.
    """
    for name in names:
        if name not in known:
            problem = f"There is no such class; there are {', '.join(known)}."
            raise ConfigMistakes([Mistake(key, name, problem, did_you_mean(nearest(name, known)))])


def as_inputs(images: Sequence[np.ndarray], task: Explainable) -> Tensor:
    """Pictures of bytes as `(batch, channels, height, width)` in [0, 1], on the task's device."""
    return torch.from_numpy(np.stack(images)).to(task.device, torch.float32) / 255


def _class_indices(task: Explainable, subject: Subject, predicted: int, classes: Classes) -> list[int]:
    names = [str(name) for name in task.classes]
    if isinstance(classes, list):
        return [names.index(name) for name in classes]
    if classes == "label" and subject.label is not None:
        return [names.index(name) for name in task.names_of(subject.label)]
    return [predicted]


def _entry(task: Explainable, subject: Subject, index: int, scores: Tensor, probabilities: Tensor) -> dict[str, Any]:
    decision = task.decisions(probabilities[None])[0].cpu().numpy()
    return {
        "index": subject.index,
        "name": subject.name,
        "label": None if subject.label is None else task.names_of(subject.label),
        "predicted": task.names_of(decision),
        "target": task.classes[index],
        "probability": float(probabilities[index]),
        "score": float(scores[index]),
    }


def _scores(heat: Tensor, evidence: np.ndarray | None) -> dict[str, float | None]:
    """What a map scores against the evidence; nothing where that is not known."""
    if evidence is None:
        return {}
    scored = localisation_scores(heat[None], torch.from_numpy(evidence)[None].to(heat.device))
    return {name: plain(float(value)) for name, value in scored.items()}


def plain(value: float) -> float | None:
    """A number for JSON, which has no NaN: None where nothing speaks for the class."""
    return value if value == value else None
