"""A finished run, ready to be asked."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import yaml
from torch import nn

from lightwell.assembly import outputs_of
from lightwell.build import build
from lightwell.identity.gallery import read_gallery
from lightwell.identity.judgement import Judgement
from lightwell.runs.files import read_json
from lightwell.runs.record import NoRun
from lightwell.sound.events import Detector
from lightwell.tasks.task import Task
from lightwell.tasks.trigger_detector import TriggerDetector
from lightwell.tasks.triplet_encoder import TripletEncoder


@dataclass(frozen=True)
class Run:
    """What a run folder holds.

    Attributes:
        path: The folder.
        task: The task with the run's best weights, in evaluation mode on the CPU.
        config: The composed config, plain.
        metrics: The final figures; empty if the run did not finish.
        classes: The names of the classes; of an encoder, those of the people enrolled.
    """

    path: Path
    task: Any
    config: dict[str, Any]
    metrics: dict[str, float]
    classes: tuple[str, ...]


def load(path: str | Path) -> Run:
    """Load a run folder; it may come from a stranger, since nothing in it is run as code.

    Weights are read as weights only, and whatever the config names is held against the packages that it may name.

    Raises:
        NoRun: When there is no run, or it has no weights.
        ConfigMistakes: When its config names something that it may not.
    """
    path = Path(path)
    if not (path / "config.yaml").is_file():
        raise NoRun(f"{path} is no run folder: it has no config.yaml. `lightwell list` shows the runs.")
    weights = next(
        (file for name in ("best", "last", "previous") if (file := path / f"checkpoints/{name}.ckpt").is_file()), None
    )
    if weights is None:
        folds = path / "folds"
        advice = f"Choose one of its folds, such as {folds / '0'}." if folds.is_dir() else "Did it end in training?"
        raise NoRun(f"{path} has no weights in checkpoints/. {advice}")
    config = yaml.safe_load((path / "config.yaml").read_text(encoding="utf-8"))
    if config.get("output") == "picture":
        raise NoRun(f"{path} has learned pictures and no network. They are in {path / 'artworks'}.")
    checkpoint = torch.load(weights, map_location="cpu", weights_only=True)
    about = checkpoint["hyper_parameters"]
    classes = tuple(about["classes"])
    outputs = outputs_of(config, classes)
    # All weights come from the checkpoint: a path in the config, maybe of another machine, is not followed.
    settings = {"outputs": outputs, **config["model"], **({"weights": None} if "weights" in config["model"] else {})}
    channels = about["input_shape"][0]
    task: Task = build(
        config["task"],
        key="task",
        model=build(settings, key="model", input_shape=tuple(about["input_shape"])),
        loss=nn.Identity(),  # for training only, as are the next two
        optimizer=None,
        schedule=None,
        classes=classes,
        mean=[0.0] * channels,
        std=[1.0] * channels,
    )
    task.load_state_dict(checkpoint["state_dict"])
    if isinstance(task, TripletEncoder):
        classes = know_people(task, path)
    if isinstance(task, TriggerDetector):
        task.detector = settled_detector(path)
    metrics = path / "metrics.json"
    return Run(path, task.eval(), config, read_json(metrics) if metrics.is_file() else {}, classes)


def settled_detector(run: Path) -> Detector | None:
    """The detector that a run's test has settled; None for a run that was not tested.

    Raises:
        NoRun: When the file that tells of it is not as it should be.
    """
    record = run / "detection.json"
    if not record.is_file():
        return None
    try:
        told = read_json(record)["detector"]
        return Detector(float(told["threshold"]), int(told["smoothing"]), float(told["refractory"]))
    except (TypeError, KeyError, ValueError) as error:
        raise NoRun(f"{record} does not tell of a detector. Test the run anew: lightwell resume {run}") from error


def know_people(task: TripletEncoder, run: Path) -> tuple[str, ...]:
    """Let an encoder judge distances as its test has settled, and know who was enrolled; returns their names."""
    record = run / "verification.json"
    if record.is_file():
        task.judgement = Judgement.from_dict(read_json(record)["judgement"])
    gallery = read_gallery(run)
    names = gallery.people if gallery else ()
    task.classes = names
    if gallery:
        task.know(torch.from_numpy(gallery.embeddings), torch.from_numpy(gallery.numbers), names)
    return names
