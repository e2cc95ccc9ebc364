"""A run folder from a stranger is data: an attack for each way in."""

import json
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

from lightwell.config.mistakes import ConfigMistakes
from lightwell.render.report import write_report
from lightwell.reproduce import repeat
from lightwell.resume import resume
from lightwell.run import run_in
from lightwell.runs.explanations import load_explanations
from lightwell.runs.folder import RunFolder
from lightwell.runs.load import load
from lightwell.runs.origin import Origin
from lightwell.runs.record import NoRun, read_record
from lightwell.sweeps.write import write_sweep
from tests.resume.attempts import settings_of

VERBS: dict[str, Callable[[Path], Any]] = {
    "load": load,
    "resume": lambda run: resume(str(run), ["epochs=3"]),
    "reproduce": repeat,
    "report": write_report,
}


class Payload:
    """Runs code when it is unpickled."""

    def __init__(self, canary: Path):
        self.canary = canary

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.canary}",)


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Path:
    words = ["data.train=16", "data.val=8", "data.test=8", "data.image_size=16", "epochs=1", "model.widths=[4]"]
    settings = settings_of(*words, "callbacks=[checkpoint,saliency]", "logger=none", "hardware=cpu")
    run = tmp_path_factory.mktemp("honest") / "run"
    run_in(RunFolder(run, writes=True), settings, Origin({}, [], {}))
    return run


@pytest.fixture
def run(honest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(honest, tmp_path / "sweep" / "0"))


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    return tmp_path / "canary"


def change(run: Path, **settings: Any) -> None:
    config = yaml.safe_load((run / "config.yaml").read_text())
    for key, value in settings.items():
        config[key] = value if not isinstance(value, dict) else {**config.get(key, {}), **value}
    (run / "config.yaml").write_text(yaml.safe_dump(config))


@pytest.mark.parametrize("verb", VERBS)
def test_a_checkpoint_with_code_in_it_runs_none(verb: str, run: Path, canary: Path) -> None:
    checkpoint = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)
    for file in (run / "checkpoints").iterdir():
        torch.save({**checkpoint, "state_dict": Payload(canary)}, file)
    if verb in ("load",):
        with pytest.raises(pickle.UnpicklingError):
            VERBS[verb](run)
    else:
        VERBS[verb](run)  # a checkpoint that cannot be read as weights is left alone
    assert not canary.exists()


@pytest.mark.parametrize("part", ["task", "model", "loss", "optimizer", "scheduler", "data", "hardware", "sweep"])
@pytest.mark.parametrize("target", ["os.system", "torch.hub.load", "lightwell.build.importlib.import_module"])
def test_a_config_that_names_a_strangers_target_is_refused_by_its_key(
    part: str, target: str, run: Path, canary: Path
) -> None:
    change(run, **{part: {"_target_": target, "command": f"touch {canary}"}})
    for verb in ("resume", "reproduce"):
        with pytest.raises(ConfigMistakes, match=f"{part}._target_"):
            VERBS[verb](run)
    if part in ("task", "model"):
        with pytest.raises(ConfigMistakes, match=f"{part}._target_"):
            load(run)
    write_report(run)
    write_sweep(run.parent)
    assert not canary.exists()


def test_code_in_yaml_is_not_run(run: Path, canary: Path) -> None:
    for name in ("config.yaml", "overrides.yaml"):
        text = (run / name).read_text()
        (run / name).write_text(f"!!python/object/apply:os.system ['touch {canary}']")
        for verb in (read_record, VERBS["resume"], VERBS["reproduce"], load if name == "config.yaml" else read_record):
            with pytest.raises((NoRun, yaml.YAMLError)):
                verb(run)
        write_report(run)
        (run / name).write_text(text)
    assert not canary.exists()


def test_pickles_among_the_numbers_are_not_loaded(run: Path, canary: Path) -> None:
    payload = np.array([Payload(canary)], dtype=object)
    np.savez(run / "predictions.npz", names=payload, labels=payload, probabilities=payload, classes=payload)
    (maps,) = run.glob("explanations/saliency/*/maps.npz")
    np.savez(maps, maps=payload)
    write_report(run)
    with pytest.raises(ValueError, match="allow_pickle"):
        load_explanations(run)
    assert not canary.exists()


@pytest.mark.parametrize("place", ["../../../../../secret.png", "/etc/hostname"])
def test_a_manifest_cannot_name_a_file_outside(place: str, run: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(next(run.glob("explanations/saliency/*/000.png")).read_bytes())
    (manifest,) = run.glob("explanations/saliency/*/manifest.json")
    content = json.loads(manifest.read_text())
    for example in content["examples"]:
        example["picture"] = place
    manifest.write_text(json.dumps(content))
    with pytest.raises(ValueError, match="is outside"):
        load_explanations(run)
    assert place in (report := write_report(run).read_text()) and "outside" in report


def test_a_link_out_of_the_folder_is_not_followed(run: Path, tmp_path: Path) -> None:
    (manifest,) = run.glob("explanations/saliency/*/manifest.json")
    (tmp_path / "elsewhere").mkdir()
    target = manifest.rename(tmp_path / "elsewhere" / "manifest.json")
    manifest.symlink_to(target)
    with pytest.raises(ValueError, match="is outside"):
        load_explanations(run)


@pytest.mark.parametrize("verb", ["resume", "reproduce"])
def test_a_config_cannot_choose_where_else_to_write(verb: str, run: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    saver = {"_target_": "pytorch_lightning.callbacks.ModelCheckpoint", "dirpath": str(elsewhere)}
    change(run, callbacks={"saver": saver}, output_folder="../elsewhere")
    with pytest.raises(ConfigMistakes, match=r"callbacks.saver.dirpath[\s\S]*where else") as refused:
        VERBS[verb](run)
    assert "output_folder" in str(refused.value)
    assert not elsewhere.exists()


def test_what_a_stranger_wrote_is_shown_and_not_obeyed(run: Path) -> None:
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
    change(run, question=evil)
    (run / "overrides.yaml").write_text(yaml.safe_dump([f"seed={evil}"]))
    (run / "status.json").write_text(json.dumps({"status": evil, "reason": evil, "epochs": 1}))
    write_report(run)
    write_sweep(run.parent)
    pages = list(run.parent.rglob("*.html"))
    assert pages
    for page in pages:
        assert "<script>alert" not in page.read_text() and "<img src=x" not in page.read_text()
