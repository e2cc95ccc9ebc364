"""A picture is learned: what a run leaves, what it stays true to, and every way of asking for it."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from PIL import Image
from pytorch_lightning import seed_everything

import lightwell as package
from lightwell.build import build
from lightwell.runs.record import NoRun
from lightwell.style.canvas import Canvas
from lightwell.style.objective import Objective
from tests.conftest import Command
from tests.resume.attempts import wait_for

# A network that nobody has trained, small pictures, and the report left to the one test that reads it.
SMALL = [
    "experiment=style_transfer", "model=squeezenet", "model.weights=null", "data.size=64", "data.steps=5", "epochs=2",
    "hardware=cpu", "logger=none", "callbacks=[checkpoint]",
]  # fmt: skip


def figures(run: Path) -> dict[str, float]:
    return json.loads((run / "metrics.json").read_text())


def artworks(run: Path) -> list[dict[str, Any]]:
    return json.loads((run / "artworks.json").read_text())["artworks"]


def picture(run: Path, number: int = 0) -> np.ndarray:
    return np.asarray(Image.open(run / artworks(run)[number]["picture"]))


def measured_anew(run: Path, number: int = 0) -> float:
    """The loss of the file, by way of the config and the objective alone."""
    config = yaml.safe_load((run / "config.yaml").read_text())
    seed_everything(config["seed"], verbose=False)
    data, network = build(config["data"]), build(config["model"])
    data.load()
    canvas = Canvas(data.artworks[number], config["task"]["keep_colours"])
    content, styles = canvas.targets(0, torch.device("cpu"))
    loss = build(config["loss"], network=network)
    objective = Objective(network, loss, content, styles)
    return float(loss(objective.terms(canvas.read(picture(run, number)))))


def test_a_run_leaves_the_picture_and_all_that_it_was_made_of(train: Command, tmp_path: Path) -> None:
    run = tmp_path / train(*SMALL, "callbacks=[checkpoint,frames,moved,gram_matrices]", "logger=tensorboard").run
    (artwork,) = artworks(run)
    assert artwork["name"] == "china in swirls"
    for name in ("picture", "start", "content", "moved", "grams"):
        with Image.open(run / artwork[name]) as opened:
            opened.verify()
    with Image.open(run / artwork["frames"]) as film:
        assert film.n_frames >= 2
    assert [file.stem for file in sorted((run / "artworks/0/frames").iterdir())] == ["000000", "000005", "000010"]
    assert sum(term["value"] for term in artwork["terms"]) == pytest.approx(artwork["loss"], rel=1e-4)
    assert figures(run)["test/loss"] == pytest.approx(artwork["loss"])
    assert figures(run)["test/loss"] < artwork["at_start"] / 2
    page = (run / "report.html").read_text()
    assert "china in swirls" in page


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["task.start=noise", "task.scales=2"],
        ["task.keep_colours=luminance"],
        ["task.keep_colours=histogram", "data.styles=[{swirls:0.5,mosaic:0.5}]"],
        ["optimizer=adam", "optimizer.lr=0.03", "model.pooling=average"],
        ["task.tile=16"],
    ],
    ids=lambda words: " ".join(words) or "default",
)
def test_the_figure_is_the_files(train: Command, tmp_path: Path, words: list[str]) -> None:
    run = tmp_path / train(*SMALL, *words).run
    assert measured_anew(run) == pytest.approx(figures(run)["test/loss"], rel=0.02)
    assert figures(run)["test/loss"] < artworks(run)[0]["at_start"]


def test_only_the_brightness_changes_where_the_colours_are_kept(train: Command, tmp_path: Path) -> None:
    run = tmp_path / train(*SMALL, "task.keep_colours=luminance").run
    content = np.asarray(Image.open(run / artworks(run)[0]["content"]).convert("YCbCr")).astype(int)
    painted = np.asarray(Image.fromarray(picture(run)).convert("YCbCr")).astype(int)
    inside = (picture(run) > 0).all(-1) & (picture(run) < 255).all(-1)  # elsewhere the colour would not fit
    assert np.abs(painted - content)[..., 0].mean() > 5
    assert np.abs(painted - content)[inside][:, 1:].max() <= 2


def test_a_style_goes_where_its_mask_is_white(train: Command, tmp_path: Path) -> None:
    mask = np.zeros((64, 96), np.uint8)
    mask[:, :48] = 255
    Image.fromarray(mask).save(tmp_path / "left.png")
    run = tmp_path / train(*SMALL, f"data.masks={{swirls:{tmp_path / 'left.png'}}}", "loss.content_weight=0").run
    changed = np.abs(picture(run).astype(int) - np.asarray(Image.open(run / artworks(run)[0]["start"]))).mean((0, 2))
    assert changed[: len(changed) // 2].mean() > 3 * changed[len(changed) // 2 :].mean()
    assert (run / artworks(run)[0]["styles"][0]["mask"]).exists()


def test_pictures_are_painted_by_two_processes_as_by_one(train: Command, tmp_path: Path) -> None:
    pair = [*SMALL, "data.contents=[china,flower]", "data.styles=[swirls,woodcut]"]
    alone, together = (tmp_path / train(*pair, f"hardware={hardware}").run for hardware in ("cpu", "ddp_cpu"))
    assert [each["name"] for each in artworks(alone)] == [
        "china in swirls", "china in woodcut", "flower in swirls", "flower in woodcut"
    ]  # fmt: skip
    for number in range(4):
        assert np.array_equal(picture(alone, number), picture(together, number))
    assert figures(alone) == pytest.approx(figures(together), rel=1e-6)
    one = tmp_path / train(*SMALL, "data.contents=[flower]").run
    assert np.array_equal(picture(one), picture(alone, 2))


def test_a_blow_up_steps_back_and_goes_on(train: Command, tmp_path: Path) -> None:
    run = tmp_path / train(*SMALL, "optimizer=adam", "optimizer.lr=0.6", "epochs=4").run
    (artwork,) = artworks(run)
    assert artwork["steps_back"] > 0
    assert artwork["loss"] < artwork["at_start"]
    calm = tmp_path / train(*SMALL, "epochs=4").run
    assert artworks(calm)[0]["steps_back"] == 0


def test_one_command_paints_a_picture(lightwell: Command, tmp_path: Path) -> None:
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (50, 70, 4), dtype=np.uint8)).save(tmp_path / "photo.png")
    options = [word for each in ("model=squeezenet", "model.weights=null") for word in ("--option", each)]
    done = lightwell("stylise", "photo.png", "mosaic", "-o", "out.jpg", "--size", "64", "--steps", "10", *options)
    assert Image.open(tmp_path / "out.jpg").size == (64, 46)
    assert "out.jpg: the style's loss fell to 1/" in done.stdout
    for wrong, told in (
        (["nowhere.png", "mosaic", "-o", "out.png"], "There is no file nowhere.png."),
        (["photo.png", "mosaik", "-o", "out.png"], "swirls, mosaic, woodcut"),
        (["photo.png", "mosaic", "-o", "out.xyz"], "out.xyz has no ending"),
        (["photo.png", "mosaic", "-o", "there/out.png"], "There is no folder there."),
        (
            ["photo.png", "mosaic", "-o", "out.png", "--option", "loss.style_weihgt=3"],
            "Did you mean loss.style_weight?",
        ),
    ):
        done = lightwell("stylise", *wrong, *options, check=False)
        assert done.returncode == 2 and told in done.stderr and "Traceback" not in done.stderr


@pytest.mark.slow
def test_ctrl_c_ends_a_painting_early_and_leaves_it(tmp_path: Path) -> None:
    words = ["china", "mosaic", "-o", "out.png", "--size", "64", "--steps", "100000"]
    options = [word for each in ("model=squeezenet", "model.weights=null") for word in ("--option", each)]
    command = [sys.executable, "-m", "lightwell.cli", "stylise", *words, *options]
    painting = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    wait_for(tmp_path / "out.png")
    painting.send_signal(signal.SIGINT)
    told, _ = painting.communicate(timeout=60)
    assert painting.returncode == 0 and "out.png: the style's loss fell to 1/" in told
    assert Image.open(tmp_path / "out.png").size == (64, 43)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["loss.style_layers={relu9_1:1}"], "The network has no layer relu9_1. It has relu1, "),
        (["data.size=16"], "Take a larger size"),
        (["data.contents=[]"], "There is nothing to paint."),
        (["data.contents=[.]"], "There are no pictures in ."),
        (["data.styles=[{swirls:0}]"], "mixes nothing."),
        (["data.masks={mosaic:left.png}"], "mosaic has a mask and is none of the styles."),
        (["data.styles=[nothing.png]"], "There is no file nothing.png."),
        (["task.start=nothing.png"], "There is no file nothing.png."),
        (["model.weights=nothing.pth"], "There is no file nothing.pth."),
        (["callbacks=[checkpoint,saliency]"], "callbacks.saliency"),
        (["model=convnet"], "lightwell.models.ConvNet reads images"),
        (["optimizer=lbfgs", "data.styles=[swirls,mosaic]"], "parameter groups"),
        (["monitor=val/accuracy"], "val/accuracy is not measured while training."),
    ],
    ids=lambda words: words[0] if isinstance(words, list) else "",
)
def test_what_cannot_be_painted_is_told_in_a_sentence(
    train: Command, tmp_path: Path, words: list[str], told: str
) -> None:
    done = train(*SMALL, *words, check=False)
    assert done.returncode == 2 and told in done.stderr and "Traceback" not in done.stderr
    assert not list(tmp_path.glob("outputs/*/*/checkpoints"))


def test_a_run_that_learned_a_picture_says_where_it_is(train: Command, tmp_path: Path) -> None:
    run = tmp_path / train(*SMALL, "epochs=1").run
    with pytest.raises(NoRun, match="has learned pictures and no network"):
        package.load(run)


def test_a_sweep_over_weights_draws_one_sheet(train: Command, tmp_path: Path) -> None:
    done = train("-m", *SMALL, "loss.style_weight=1e3,1e5", "task.keep_colours=null,luminance")
    sweep = tmp_path / done.stdout.strip().splitlines()[-1].split()[1]
    with Image.open(sweep / "sheet.png") as sheet:
        assert sheet.width > 2 * 64 and sheet.height > 2 * 43
    assert "data:image/" in (sweep / "sweep.html").read_text()
    improvements = [figures(sweep / str(job))["test/style_improvement"] for job in range(4)]
    assert min(improvements[2:]) > max(improvements[:2])  # the larger weight


def test_a_picture_is_painted_again_bit_for_bit(train: Command, lightwell: Command, tmp_path: Path) -> None:
    run = train(*SMALL).run
    assert "identical: the weights and all" in lightwell("reproduce", str(run)).stdout


def test_a_picture_is_painted_further(train: Command, lightwell: Command, tmp_path: Path) -> None:
    run = tmp_path / train(*SMALL).run
    before = figures(run)["test/loss"]
    lightwell("resume", str(run), "epochs=4")
    assert figures(run)["test/loss"] < before
