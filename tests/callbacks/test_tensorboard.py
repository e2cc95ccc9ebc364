"""What somebody finds who opens TensorBoard on a run."""

from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tests.conftest import SMALL, Command


def test_an_artwork_is_seen_coming_about(train: Command, tmp_path: Path) -> None:
    small = ["model=squeezenet", "model.weights=null", "data.size=64", "data.steps=5", "epochs=2"]
    run = tmp_path / train("experiment=style_transfer", *small, "callbacks.frames.every_n_steps=2").run
    steps, tags = set(), set()
    for file in (run / "tensorboard").glob("events*"):
        events = EventAccumulator(str(file), size_guidance={"images": 0}).Reload()
        images = events.Tags()["images"]
        tags |= {*images, *events.Tags()["scalars"]}
        steps |= {image.step for image in events.Images("artworks/0")} if "artworks/0" in images else set()
    assert steps >= {0, 2, 4, 6, 8, 10}
    assert {"artworks/0/moved", "artworks/0/grams", "val/loss", "val/style/relu1", "val/content/fire5"} <= tags


def test_curves_pictures_and_hyperparameters_are_there(train: Command, tmp_path: Path) -> None:
    run = tmp_path / train(*SMALL, "hardware.log_every_n_steps=1").run
    events = EventAccumulator(str(run / "tensorboard")).Reload()
    tags = events.Tags()
    assert {"train/loss", "val/loss", "val/accuracy", "test/accuracy", "lr-AdamW"} <= set(tags["scalars"])
    pictures = {"train/pictures", "test/confusion_matrix", "explanations/saliency", "explanations/class_activation_map"}
    assert pictures <= {tag.removesuffix("/0") for tag in tags["images"]}
    assert {"test/day", "test/night"} <= set(tags["tensors"])  # precision against recall
    hyperparameters = [tag for tag in events.summary_metadata if tag.startswith("_hparams_")]
    assert hyperparameters
    start = events.SummaryMetadata("_hparams_/session_start_info").plugin_data.content.decode(errors="ignore")
    assert "optimizer.lr" in start and "model.activation" in start
