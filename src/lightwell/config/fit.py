"""Whether task, model, loss and data go together.

Parts say by plain class attributes what they fit, and these are read without importing them: a model and a task what
they read (`inputs`), data what they give (`gives`) and which outputs their labels allow (`label_outputs`), a loss,
an optimizer and a callback which outputs they are for (`outputs`).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from lightwell.config.allowed import check_home, check_target
from lightwell.config.classes import PHOTOS, class_count, class_names
from lightwell.config.mistakes import Mistake
from lightwell.config.nearest import did_you_mean, nearest
from lightwell.config.signatures import attribute, is_a, signature
from lightwell.config.sources import NotThere, home_of

# What a task can be asked for, and the usual loss of each.
LOSSES = {"binary": "logistic", "multiclass": "cross_entropy", "multilabel": "logistic"}
LOSSES |= {"embedding": "triplet", "events": "logistic", "picture": "style"}
METRICS = ("loss", "accuracy", "balanced_accuracy", "f1", "auroc", "average_precision", "calibration_error")
NOT_MULTILABEL = ("balanced_accuracy",)
OF_EMBEDDINGS = ("auroc", "equal_error_rate", "tar_at_far_0.1", "tar_at_far_0.01", "tar_at_far_0.001")
OF_PICTURES = ("loss", "content_loss", "style_loss", "total_variation")
OF_EVENTS = ("loss", "f1", "precision", "recall", "false_alarms_an_hour")
TASKS = {"embedding": "triplet", "events": "trigger", "picture": "style"}  # of the other outputs, it is the classifier
# What a run tells its model.
SIZES = {"input_shape", "outputs"}
# What has no size until it is given.
PICTURES_TO_PAINT = "content and style"


def misfits(values: Mapping[str, Any], config_dir: Path) -> Iterator[Mistake]:
    """What does not go together in a config of plain values."""
    yield from _output(values.get("output"))
    targets = {name: target for name in ("task", "model", "loss", "data") if (target := _known_target(values, name))}
    yield from _model(targets)
    if "task" in targets:
        yield from _task(values.get("output"), targets["task"])
    if "loss" in targets:
        yield from _loss(values, targets, config_dir)
    if "data" in targets:
        yield from _photographs(values["data"], targets["data"])
        yield from _labels(values, targets["data"])
        yield from _counts(values)
    yield from _learning_and_looking(values)
    yield from _monitors(values)


def _known_target(values: Mapping[str, Any], part: str) -> str | None:
    """A part's target, if it is one whose source can be read; what is wrong with others is told elsewhere."""
    node = values.get(part)
    target = node.get("_target_") if isinstance(node, Mapping) else None
    if not isinstance(target, str) or check_target(target) or check_home(home_of(target), target.rpartition(".")[2]):
        return None
    try:
        return target if signature(target) else None
    except NotThere:
        return None


def _output(output: Any) -> Iterator[Mistake]:
    if isinstance(output, str) and output not in LOSSES:
        allowed = "output is one of binary, multiclass (one-hot), multilabel (multi-hot), embedding, events or picture."
        yield Mistake("output", output, allowed, did_you_mean(nearest(output, LOSSES)))


def _model(targets: Mapping[str, str]) -> Iterator[Mistake]:
    """Task and model read what the data give, and a model can be told its sizes."""
    gives = attribute(targets["data"], "gives") if "data" in targets else None
    for part in ("task", "model"):
        reads = attribute(targets[part], "inputs") if part in targets else None
        if gives and reads and reads != gives:
            problem = f"{targets[part]} reads {reads}, and {targets['data']} gives {gives}."
            yield Mistake(f"{part}._target_", targets[part], problem, f"Choose another {part} or other data.")
    if "model" in targets and not made_for_a_run("model", targets["model"]):
        problem = f"{targets['model']} does not take input_shape and outputs, which a run gives to its model."
        advice = "Choose one that does, such as model=convnet, or wrap it in a class of your own."
        yield Mistake("model._target_", targets["model"], problem, advice)


def _task(output: Any, task: str) -> Iterator[Mistake]:
    """A task that gives the output asked for."""
    fits = attribute(task, "outputs")
    if output in LOSSES and fits and output not in fits:
        advice = f"Take task={TASKS.get(output, 'classifier')}, or output={fits[0]}."
        yield Mistake("task._target_", task, f"{task} is for output={' or '.join(fits)}, not {output}.", advice)


def made_for_a_run(part: str, target: str) -> bool:
    """Whether a model can be told its sizes, and a loss says what it is for; of other parts nothing is asked."""
    if part == "loss":
        return attribute(target, "outputs") is not None
    taken = signature(target) if part == "model" else None
    if taken is None or SIZES.issubset(taken.parameters) or attribute(target, "inputs") == PICTURES_TO_PAINT:
        return True
    return taken.takes_any and attribute(target, "inputs") is not None


def _loss(values: Mapping[str, Any], targets: Mapping[str, str], config_dir: Path) -> Iterator[Mistake]:
    output, loss = values.get("output"), targets["loss"]
    fits = attribute(loss, "outputs")
    if output not in LOSSES or (fits and output in fits):
        return
    fitting = ", ".join(f"loss={name}" for name in fitting_losses(output, config_dir))
    advice = f"For output={output} there are: {fitting}."
    if fits:
        problem = f"{loss} is for output={' or '.join(fits)}, and output is {output}."
        advice += f" Or take output={fits[0]}."
    else:
        problem = f"{loss} does not say that it fits a task (by a class attribute `outputs`)."
    yield Mistake("loss._target_", loss, problem, advice)


def fitting_losses(output: str, config_dir: Path) -> list[str]:
    """The options of `loss` that fit an output, the usual one first."""
    files = sorted((config_dir / "loss").glob("*.yaml"))
    targets = {file.stem: OmegaConf.select(OmegaConf.load(file), "_target_") for file in files}
    names = [name for name, target in targets.items() if target and output in (attribute(target, "outputs") or ())]
    return sorted(names, key=lambda name: name != LOSSES[output])


def _photographs(data: Mapping[str, Any], target: str) -> Iterator[Mistake]:
    """A folder of photographs that exists, and its table of labels."""
    root, labels = data.get("root"), data.get("labels")
    if not is_a(target, PHOTOS) or not isinstance(root, str):
        return
    folder = Path(root).expanduser()
    if not folder.is_dir():
        yield Mistake("data.root", root, f"There is no folder {folder}.", "Give data.root=FOLDER.")
    elif isinstance(labels, str) and not (folder / labels).is_file():
        advice = "Give a CSV file below data.root: a column path, then one of 0 and 1 a class."
        yield Mistake("data.labels", labels, f"There is no file {folder / labels}.", advice)


def _labels(values: Mapping[str, Any], target: str) -> Iterator[Mistake]:
    """The output asked for is one that the data's labels can answer."""
    output, data = values.get("output"), values["data"]
    if output not in LOSSES:
        return
    labels = data.get("labels")
    allowed = attribute(target, "label_outputs")
    if isinstance(allowed, dict):
        allowed = allowed.get(labels)
    elif allowed is None and is_a(target, PHOTOS):
        allowed = ("multilabel",) if isinstance(labels, str) else ("binary", "multiclass")
    key, value = ("data.labels", labels) if labels else ("data._target_", target)
    if allowed and output not in allowed:
        problem = f"These labels are for output={' or '.join(allowed)}, and output is {output}."
        yield Mistake(key, value, problem, _both(allowed[0]))
        return
    if output == "embedding":
        if not allowed:
            problem = f"{target} says nothing of people, of whom an embedding is learned."
            yield Mistake("data._target_", target, problem, "Take data=drawn_faces or data=faces data.root=FOLDER.")
        return
    if output == "events":
        if not allowed:
            problem = f"{target} has no words that are spoken at some moment."
            yield Mistake(
                "data._target_", target, problem, "Take data=spoken_words or data=recordings data.root=FOLDER."
            )
        return
    if output == "picture":
        if not allowed:
            problem = f"{target} has no photographs and paintings."
            yield Mistake("data._target_", target, problem, "Take data=content_and_style.")
        return
    count = class_count(data)
    if output == "binary" and count is not None and count != 2:
        yield Mistake(
            key, value, f"A binary output tells two classes apart, and there are {count}.", _both("multiclass")
        )


def _both(output: str) -> str:
    task = f" task={TASKS[output]}" if output in TASKS else ""
    return f"Give output={output} loss={LOSSES[output]}{task}."


def _counts(values: Mapping[str, Any]) -> Iterator[Mistake]:
    """As many outputs and weights as there are classes."""
    names, count, output = class_names(values["data"]), class_count(values["data"]), values.get("output")
    if count is None or output not in LOSSES or output in TASKS:
        return
    classes = f"{count} classes" + (f" ({', '.join(names)})" if names and count <= 12 else "")
    model, loss = values.get("model"), values.get("loss")
    outputs = model.get("outputs") if isinstance(model, Mapping) else None
    needed = 1 if output == "binary" else count
    if isinstance(outputs, int) and outputs != needed:
        problem = f"The data have {classes}: with output={output} the model has {needed}, not {outputs}."
        yield Mistake("model.outputs", outputs, problem, "Leave it out: it follows from the data.")
    weights = loss.get("class_weights") if isinstance(loss, Mapping) else None
    if isinstance(weights, list) and len(weights) != count:
        problem = f"The data have {classes}, and these are {len(weights)} weights."
        yield Mistake("loss.class_weights", weights, problem, "Give one weight a class, or balanced.")


def _learning_and_looking(values: Mapping[str, Any]) -> Iterator[Mistake]:
    """An optimizer that can change what is learned, and callbacks that can look at it."""
    output, callbacks = values.get("output"), values.get("callbacks")
    parts: dict[str, tuple[Mapping[str, Any], str]] = {"optimizer": (values, "Choose another optimizer=...")}
    if isinstance(callbacks, Mapping):
        advice = "Leave {} out of callbacks=[...]."
        parts |= {f"callbacks.{name}": (callbacks, advice.format(name)) for name in callbacks}
    for key, (where, advice) in parts.items() if output in LOSSES else ():
        target = _known_target(where, key.rpartition(".")[2])
        fits = attribute(target, "outputs") if target else None
        if fits and output not in fits:
            problem = f"{target} is for output={' or '.join(fits)}, and output is {output}."
            yield Mistake(key, target, problem, advice)


def _monitors(values: Mapping[str, Any]) -> Iterator[Mistake]:
    """What is observed is measured."""
    output = values.get("output")
    measured = [name for name in METRICS if output != "multilabel" or name not in NOT_MULTILABEL]
    if output in TASKS:
        measured = list({"embedding": OF_EMBEDDINGS, "events": OF_EVENTS, "picture": OF_PICTURES}[output])
    names = ["train/loss", *(f"val/{name}" for name in measured)]
    parts = {"": values, "task.": values.get("task")}
    callbacks = values.get("callbacks")
    parts |= {f"callbacks.{name}.": node for name, node in callbacks.items()} if isinstance(callbacks, Mapping) else {}
    for prefix, node in parts.items():
        monitor = node.get("monitor") if isinstance(node, Mapping) else None
        if isinstance(monitor, str) and monitor not in names:
            split, _, metric = monitor.rpartition("/")
            likely = nearest(metric, measured)
            guess = (
                (f"train/{likely}" if split == "train" and likely == "loss" else f"val/{likely}") if likely else None
            )
            problem = f"{monitor} is not measured while training."
            yield Mistake(f"{prefix}monitor", monitor, problem, f"{did_you_mean(guess)} There are: {', '.join(names)}.")
