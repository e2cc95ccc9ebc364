"""Asking a run's encoder about pictures: is it the same person, and who is it?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lightwell.data.decode import UnreadablePicture, decode_picture
from lightwell.identity.gallery import read_gallery
from lightwell.identity.judgement import Judgement
from lightwell.identity.recognition import nearest, neighbours
from lightwell.losses.distances import DISTANCES
from lightwell.runs.load import Run
from lightwell.runs.record import NoRun
from lightwell.tasks.triplet_encoder import TripletEncoder

BATCH = 64


@dataclass(frozen=True)
class Encoder:
    """A run that can be asked about people."""

    run: Run
    task: TripletEncoder
    judgement: Judgement


def encoder_of(run: Run) -> Encoder:
    """The run as an encoder of people.

    Raises:
        NoRun: When it is none, or was not tested, so that nobody knows which distances are small.
    """
    if not isinstance(run.task, TripletEncoder):
        raise NoRun(f"{run.path} tells classes apart, not people. Train an encoder: python train.py experiment=face_id")
    if run.task.judgement is None:
        raise NoRun(f"{run.path} was not tested to its end, so its threshold is not known: lightwell resume {run.path}")
    return Encoder(run, run.task, run.task.judgement)


def embed_files(run: Run, files: list[Path]) -> tuple[list[Path], np.ndarray, list[str]]:
    """The files that could be read, their embeddings `(files, dimensions)`, and why the others could not."""
    data = run.config["data"]
    read: list[Path] = []
    pictures: list[np.ndarray] = []
    errors: list[str] = []
    for file in files:
        try:
            pictures.append(decode_picture(file, image_size=data["image_size"], colour=data["colour"]))
            read.append(file)
        except UnreadablePicture as error:
            errors.append(str(error))
    parts = []
    with torch.inference_mode():
        for start in range(0, len(read), BATCH):
            batch = np.stack(pictures[start : start + BATCH])
            parts.append(run.task(torch.from_numpy(batch).float() / 255).numpy())
    return read, np.concatenate(parts) if parts else np.empty((0, 0)), errors


def verify(encoder: Encoder, embeddings: np.ndarray) -> dict[str, Any]:
    """Whether two embeddings `(2, dimensions)` are of the same person.

    Returns:
        `{"same", "distance", "threshold", "sure"}`, where `sure` is the probability of the answer given.
    """
    rows = torch.from_numpy(embeddings)
    distance = float(DISTANCES[encoder.task.distance](rows[:1], rows[1:])[0, 0])
    same = distance <= encoder.judgement.threshold
    probability = encoder.judgement.sure(distance)
    sure = probability if same else 1 - probability
    return {"same": same, "distance": distance, "threshold": encoder.judgement.threshold, "sure": sure}


def recognise(encoder: Encoder, embeddings: np.ndarray) -> list[dict[str, Any]]:
    """Who is on each picture: the answer of the k nearest in the gallery, or None for somebody unknown.

    Returns:
        For each `{"person", "nearest", "distance", "unknown_above"}`; `nearest` is named even where it is too far.

    Raises:
        NoRun: When nobody is enrolled.
    """
    gallery = read_gallery(encoder.run.path)
    if gallery is None:
        raise NoRun(f"Nobody is enrolled. Do it first: lightwell enroll {encoder.run.path} NAME PICTURE...")
    known = gallery.embeddings, gallery.numbers
    k = min(encoder.judgement.k, len(gallery.names))
    voted = neighbours(known, k, encoder.task.distance).predict(embeddings)
    distances, _ = nearest(known, embeddings, encoder.task.distance)
    answers = []
    for vote, row in zip(voted, distances, strict=True):
        distance = float(row.min())
        unknown = distance > encoder.judgement.unknown
        answers.append(
            {
                "person": None if unknown else gallery.people[int(vote)],
                "nearest": gallery.people[int(row.argmin())],
                "distance": distance,
                "unknown_above": encoder.judgement.unknown,
            }
        )
    return answers
