"""Running a finished run again, from its folder alone, and saying what came out differently."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from omegaconf import OmegaConf

from lightwell.config.mistakes import ConfigMistakes
from lightwell.config.resolvers import run_id
from lightwell.resume import check_recorded
from lightwell.run import run_alone
from lightwell.runs.checkpoints import read_checkpoint
from lightwell.runs.folder import RunFolder
from lightwell.runs.origin import Origin
from lightwell.runs.record import NoRun, RunRecord, flat, read_record


def repeat(run: Path) -> RunRecord:
    """Run a finished run again in a folder of its own below `outputs`; returns what the repetition recorded.

    Raises:
        NoRun: When the run did not finish.
        ConfigMistakes: When its config is wrong here, such as data that are at another place.
        SystemExit: As `lightwell.run.run_alone` does.
    """
    record = read_record(run)
    if record.status != "finished":
        raise NoRun(f"{run} is {record.status}. Only a finished run can be held against its repetition.")
    if mistakes := check_recorded(OmegaConf.create(record.config)):
        raise ConfigMistakes(mistakes)
    experiment = record.choices.get("experiment") or "repeated"
    path = Path("outputs").absolute() / re.sub(r"\W", "_", str(experiment)) / run_id()
    origin = Origin(record.choices, record.overrides, {"repeats": str(run)})
    run_alone(RunFolder(path, writes=True), record.config, origin)
    return read_record(path)


def comparison(before: RunRecord, after: RunRecord) -> Iterator[str]:
    """What is different between a run and its repetition, a line each; no line where all is identical."""
    for name in dict.fromkeys([*before.metrics, *after.metrics]):
        first, second = before.metrics.get(name), after.metrics.get(name)
        if first != second:
            apart = f" ({second - first:+.2g})" if first is not None and second is not None else ""
            yield f"{name}: {first} before, {second} now{apart}"
    for name in ("best.ckpt", "last.ckpt"):
        yield from _weights(name, *(record.path / "checkpoints" / name for record in (before, after)))


def _weights(name: str, *files: Path) -> Iterator[str]:
    if not all(file.is_file() for file in files):
        if any(file.is_file() for file in files):
            yield f"{name}: only one of the runs has it"
        return
    first, second = (checkpoint["state_dict"] if (checkpoint := read_checkpoint(file)) else {} for file in files)
    if first.keys() != second.keys():
        yield f"{name}: the networks have different weights altogether"
        return
    unequal = [key for key in first if not torch.equal(first[key], second[key])]
    if unequal:
        largest = max((first[key].double() - second[key].double()).abs().max().item() for key in unequal)
        yield f"{name}: {len(unequal)} of {len(first)} tensors differ, by {largest:.2g} at most"


def circumstances(before: RunRecord, after: RunRecord) -> Iterator[str]:
    """What was different about the versions, the machine, the data and the code, a line each."""
    parts: dict[str, Any] = {"packages": {}, "hardware": {}, "data": {}, "git": {}}
    then, now = (flat({part: record.provenance.get(part) or {} for part in parts}) for record in (before, after))
    for key in dict.fromkeys([*then, *now]):
        if then.get(key) != now.get(key):
            yield f"{key}: {then.get(key)} before, {now.get(key)} now"
    if before.provenance.get("earlier_attempts"):
        yield f"the run was resumed {before.provenance['earlier_attempts']} times; attempts/ tells with what settings"
