"""Explaining what a finished run says of pictures, or of sounds, that it never met."""

import functools
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml

from lightwell import callbacks
from lightwell.callbacks.explanation import Explanation
from lightwell.callbacks.subjects import Classes, Subject, explain_subjects, file_subject
from lightwell.config.nearest import did_you_mean, nearest
from lightwell.config.signatures import signature
from lightwell.data.decode import UnreadablePicture
from lightwell.data.moments import as_bytes, drawn, seconds_before
from lightwell.models.log_mel import LogMel
from lightwell.runs.explanations import ExplanationWriter
from lightwell.runs.load import Run
from lightwell.sound.clips import UnreadableSound, read_clip
from lightwell.sound.events import Hearing
from lightwell.tasks.trigger_detector import TriggerDetector

METHODS: dict[str, type[Explanation]] = {
    kind.method: kind
    for name in callbacks.__all__
    if isinstance(kind := getattr(callbacks, name), type) and issubclass(kind, Explanation)
}


class CannotExplain(Exception):
    """A method, option or class that is not there; the message says what is."""


def method_named(run: Run, name: str, options: list[str]) -> Explanation:
    """A method with the options of the run's own config, or else its defaults, changed by `option=value`.

    Raises:
        CannotExplain: For a method, or an option of it, that does not exist.
    """
    if name not in METHODS:
        raise _unknown("--method", name, METHODS)
    configured = (run.config.get("callbacks") or {}).get(name) or {}
    given = {**configured, **dict(_parsed(option) for option in options)}
    described = signature(f"lightwell.callbacks.{METHODS[name].__name__}")
    assert described is not None
    takes = described.parameters
    for key in given.keys() - {"_target_"}:
        if key not in takes:
            raise _unknown("--option", key, takes)
    return METHODS[name](**{key: value for key, value in given.items() if key != "_target_"})


def subjects_from(run: Run, files: list[Path]) -> tuple[list[tuple[str, Subject]], list[str]]:
    """The pictures, or moments of sounds, that can be read, and for each other file a sentence.

    Raises:
        CannotExplain: When the run knows no class, as an encoder of people that nobody is enrolled with.
    """
    if not run.classes:
        raise CannotExplain(f"Nobody is enrolled. Do it first: lightwell enroll {run.path} NAME PICTURE...")
    data = run.config["data"]
    subjects: list[Subject] = []
    errors: list[str] = []
    for file in files:
        try:
            if isinstance(run.task, TriggerDetector):
                subjects += sound_subjects(run, file, first=len(subjects))
            else:
                size, colour = data["image_size"], data["colour"]
                subjects.append(file_subject(file, len(subjects), image_size=size, colour=colour))
        except (UnreadablePicture, UnreadableSound) as error:
            errors.append(str(error))
    return [("given", subject) for subject in subjects], errors


def sound_subjects(run: Run, file: Path, *, first: int) -> list[Subject]:
    """The moments of a sound at which the word was heard; where none was, the one at which it was likeliest.

    Raises:
        UnreadableSound: When the file cannot be read.
    """
    task, samples = run.task, read_clip(file)
    features = LogMel(bands=run.config["data"]["bands"])
    with torch.inference_mode():
        logits = task(features(torch.from_numpy(samples)[None]))[0]
    times = task.times(np.arange(len(logits)))
    heard = Hearing(task.detector).hear(logits.sigmoid().numpy(), times) if task.detector else []
    moments = [event.time for event in heard] or times[logits.argmax().item() :][:1].tolist()
    subjects = []
    for number, time in enumerate(moments, start=first):
        image = as_bytes(features(torch.from_numpy(seconds_before(samples, time))[None])[0])
        name = f"{file} at {time:.2f} s"
        subjects.append(Subject(name, number, image, None, functools.partial(drawn, image), lambda class_name: None))
    return subjects


def explain_files(
    run: Run, method: Explanation, subjects: list[tuple[str, Subject]], classes: Classes, folder: Path
) -> Iterator[int]:
    """Explain pictures and write what was found to a folder; yields how many are done.

    Raises:
        CannotExplain: For a class that does not exist, or a network that cannot be explained so.
    """
    for name in classes if isinstance(classes, list) else []:
        if name not in run.classes:
            raise _unknown("--class", name, run.classes)
    writer = ExplanationWriter(folder, signed=method.signed)
    score = method.score_of(run.task)
    try:
        for batch in explain_subjects(method, run.task, score, subjects, classes):
            for per_subject in batch:
                for example in per_subject:
                    writer.add(example)
                yield 1
    except ValueError as error:  # the network has no such maps, or no such layer
        raise CannotExplain(f"--method {method.method}: {error}") from error
    about = {"method": method.method, "split": None, "epoch": run.task.trained_epoch, "final": True, "weights": "best"}
    writer.close({**about, "evidence": None})


def new_folder(run: Run, method: str, output: Path | None) -> Path:
    """Where the explanations go: the folder asked for, or one in the run named by the time."""
    if output is not None:
        return output / method
    return run.path / "explanations" / method / f"files_{datetime.now():%Y-%m-%d_%H-%M-%S}"


def _parsed(option: str) -> tuple[str, Any]:
    key, equals, value = option.partition("=")
    if not equals:
        raise CannotExplain(f"--option {option}: An option is a name and a value. Write one as patch=9.")
    return key, yaml.safe_load(value)


def _unknown(option: str, word: str, names: Iterable[str]) -> CannotExplain:
    told = f"{option} {word}: There is no such name; there are {', '.join(names)}. {did_you_mean(nearest(word, names))}"
    return CannotExplain(told.rstrip())
