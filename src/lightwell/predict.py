"""Asking a run about pictures that it never saw; of sounds, which files there are."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lightwell.data.decode import SUFFIXES, UnreadablePicture, decode_picture
from lightwell.runs.load import Run
from lightwell.runs.record import NoRun
from lightwell.sound import clips
from lightwell.tasks.classifier import Classifier

BATCH = 64


def pictures_in(paths: list[Path]) -> list[Path]:
    """The files named, and the pictures below the folders named."""
    return _files_in(paths, SUFFIXES)


def sounds_in(paths: list[Path]) -> list[Path]:
    """The files named, and the sounds below the folders named."""
    return _files_in(paths, clips.SUFFIXES)


def _files_in(paths: list[Path], suffixes: frozenset[str]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        below = sorted(path.rglob("*")) if path.is_dir() else [path]
        found += [file for file in below if file == path or file.suffix.lower() in suffixes]
    return found


def predict(run: Run, files: list[Path]) -> Iterator[dict[str, Any]]:
    """What the run says of each file, in order.

    Yields:
        `{"file", "label", "probability", "probabilities", "scores"}`, or `{"file", "error"}` for a file that cannot
        be read. Under multi-hot labels, `label` and `probability` are lists.

    Raises:
        NoRun: When the run is no classifier's.
    """
    if not isinstance(run.task, Classifier):
        raise NoRun(f"{run.path} tells people apart, not classes. Ask it: lightwell recognise {run.path} PICTURE...")
    for start in range(0, len(files), BATCH):
        yield from _predict_batch(run, files[start : start + BATCH])


def _predict_batch(run: Run, files: list[Path]) -> Iterator[dict[str, Any]]:
    data = run.config["data"]
    pictures: dict[Path, np.ndarray] = {}
    errors: dict[Path, str] = {}
    for file in files:
        try:
            pictures[file] = decode_picture(file, image_size=data["image_size"], colour=data["colour"])
        except UnreadablePicture as error:
            errors[file] = str(error)
    answers = iter(_answers(run, np.stack(list(pictures.values())))) if pictures else iter(())
    for file in files:
        yield {"file": str(file), **({"error": errors[file]} if file in errors else next(answers))}


def _answers(run: Run, pictures: np.ndarray) -> list[dict[str, Any]]:
    with torch.inference_mode():
        scores = run.task.scores(torch.from_numpy(pictures).float() / 255)
        probabilities = run.task.probabilities(scores)
        decisions = run.task.decisions(probabilities)
    answers = []
    for row, likely, decision in zip(scores.tolist(), probabilities.tolist(), decisions.numpy(), strict=True):
        of = dict(zip(run.classes, likely, strict=True))
        names = run.task.names_of(decision)
        several = run.task.output == "multilabel"
        answers.append(
            {
                "label": names if several else names[0],
                "probability": [of[name] for name in names] if several else of[names[0]],
                "probabilities": of,
                "scores": dict(zip(run.classes, row, strict=True)),
            }
        )
    return answers
