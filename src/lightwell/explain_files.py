"""Explaining what a finished run says of pictures that it never saw."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from lightwell import callbacks
from lightwell.callbacks.explanation import Explanation
from lightwell.callbacks.subjects import Classes, Subject, explain_subjects, file_subject
from lightwell.config.nearest import did_you_mean, nearest
from lightwell.config.signatures import signature
from lightwell.data.decode import UnreadablePicture
from lightwell.runs.explanations import ExplanationWriter
from lightwell.runs.load import Run

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
    """The pictures that can be read, and for each other file a sentence.

    Raises:
        CannotExplain: When the run knows no class, as an encoder of people that nobody is enrolled with.
    """
    if not run.classes:
        raise CannotExplain(f"Nobody is enrolled. Do it first: lightwell enroll {run.path} NAME PICTURE...")
    data = run.config["data"]
    subjects: list[tuple[str, Subject]] = []
    errors: list[str] = []
    for file in files:
        try:
            subject = file_subject(file, len(subjects), image_size=data["image_size"], colour=data["colour"])
            subjects.append(("given", subject))
        except UnreadablePicture as error:
            errors.append(str(error))
    return subjects, errors


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
