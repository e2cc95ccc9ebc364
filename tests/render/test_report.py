import base64
import hashlib
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lightwell.render.report import write_report
from tests.render.conftest import example, write_explanations, write_json, write_predictions
from tests.render.page import Page, assert_inert

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'{{ 7*7 }}"


def test_a_finished_run_tells_its_whole_story(run_folder: Path) -> None:
    page = Page(run_folder)
    assert page.sections() == ["looking", "composed", "curves", "figures", "answers", "provenance"]
    assert "Can a convolutional network tell day from night?" in page.text
    assert "It labels 190 of 200 test examples right." in page.text
    assert "mean grey, reaches 80.0 %; the network is 15.0 points better" in page.text
    assert "91.0 % to 97.3 %" in page.text  # Wilson's interval of 190 in 200
    assert "5.0 times what a map spread evenly would place there and 4.0 times the same network" in page.text
    assert "best epoch, 1" in page.text
    assert "python train.py experiment=day_night 'model.widths=[8,16]'" in page.text
    assert "a1b2c3d4" in page.text
    assert "changes that were not committed" in page.text
    assert "What this page left out" not in page.text


def test_the_config_may_ask_the_question(run_folder: Path) -> None:
    with (run_folder / "config.yaml").open("a") as file:
        file.write("question: Is it dark outside?\n")
    assert "<h1>Is it dark outside?</h1>" in write_report(run_folder).read_text()


def test_the_page_needs_no_network_and_holds_both_themes(run_folder: Path) -> None:
    page = Page(run_folder)
    assert_inert(page)
    assert re.search(r":root \{\s*--paper", page.html)
    assert "@media screen and (prefers-color-scheme: dark)" in page.html
    assert "@media print" in page.html
    assert ("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}) in page.elements


def test_only_the_pages_own_script_is_allowed_to_run(run_folder: Path) -> None:
    page = Page(run_folder)
    policy = next(found["content"] or "" for tag, found in page.elements if found.get("http-equiv"))
    script = re.findall(r"<script>(.*?)</script>", page.html, re.DOTALL)[0]
    assert "default-src 'none'" in policy
    assert f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" in policy


def test_text_from_a_run_folder_is_only_ever_text(run_folder: Path) -> None:
    labels = np.arange(50) % 2
    write_predictions(run_folder, labels, np.eye(2)[1 - labels], [HOSTILE, "night"])
    arrays = dict(np.load(run_folder / "predictions.npz"))
    np.savez(run_folder / "predictions.npz", **(arrays | {"names": np.array([HOSTILE] * 50)}))
    write_json(run_folder / "status.json", {"status": HOSTILE, "reason": HOSTILE})
    write_json(run_folder / "metrics.json", {f"test/{HOSTILE}": 0.5, f"baseline/{HOSTILE}/{HOSTILE}": 0.4})
    provenance = dict.fromkeys(("experiment", "seed", "started", "seconds"), HOSTILE)
    nested = {name: {HOSTILE: HOSTILE} for name in ("choices", "packages", "hardware", "data", "git")}
    write_json(run_folder / "provenance.json", {**provenance, **nested, "command": ["train.py", HOSTILE]})
    config = {"question": HOSTILE, "monitor": f"val/{HOSTILE}", "model": {"_target_": HOSTILE, HOSTILE: HOSTILE}}
    (run_folder / "config.yaml").write_text(json.dumps(config))
    (run_folder / "metrics.csv").write_text(f'epoch,"val/{HOSTILE.replace(chr(34), chr(34) * 2)}"\n0,1\n1,2\n')
    manifest = run_folder / "explanations" / "saliency" / "epoch_002" / "manifest.json"
    content = json.loads(manifest.read_text())
    for shown in content["examples"]:
        shown |= {"name": HOSTILE, "label": [HOSTILE], "predicted": [HOSTILE], "target": HOSTILE, "chosen": HOSTILE}
    write_json(manifest, content | {"method": HOSTILE})

    page = Page(run_folder)
    assert_inert(page)
    assert "<script>alert" not in page.html
    assert "<img src=x" not in page.html
    assert page.text.count("{{ 7*7 }}") > 10


@pytest.mark.parametrize("way", ["upwards", "absolute", "link"])
def test_a_picture_outside_the_run_folder_is_refused(run_folder: Path, tmp_path: Path, way: str) -> None:
    secret = tmp_path / "secret.png"
    Image.new("RGB", (96, 96), (1, 2, 3)).save(secret)
    manifest = run_folder / "explanations" / "saliency" / "epoch_002" / "manifest.json"
    content = json.loads(manifest.read_text())
    names = {"upwards": "../../../../../secret.png", "absolute": str(secret), "link": "link.png"}
    (manifest.parent / "link.png").symlink_to(secret)
    content["examples"][0]["overlay"] = names[way]
    write_json(manifest, content)

    page = Page(run_folder)
    assert "lies outside the run folder and was not read" in page.text
    assert "not shown" in page.text
    assert all(picture.getcolors(maxcolors=1) is None for picture in page.pictures())  # the secret one is of one colour


def test_a_file_that_is_a_link_out_of_the_folder_is_not_read(run_folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.yaml"
    elsewhere.write_text("question: Where is the key?")
    (run_folder / "config.yaml").unlink()
    (run_folder / "config.yaml").symlink_to(elsewhere)
    page = Page(run_folder)
    assert "Where is the key?" not in page.text
    assert "config.yaml lies outside the run folder" in page.text


def test_an_empty_folder_has_a_report_that_says_so(tmp_path: Path) -> None:
    page = Page(tmp_path)
    assert page.sections() == ["looking", "provenance"]
    assert "There are no final figures" in page.text
    assert "The run left no explanations" in page.text
    assert "does not say where this run comes from" in page.text


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ({"status": "failed", "reason": "The loss is no number."}, "This run failed after 3 epochs: The loss is no"),
        ({"status": "interrupted", "reason": "by SIGTERM"}, "This run was interrupted after 3 epochs, by SIGTERM."),
        ({"status": "running", "reason": None}, "This run had not ended when this page was written, after 3 epochs."),
    ],
)
def test_a_run_that_did_not_finish_says_why(run_folder: Path, status: dict[str, str | None], sentence: str) -> None:
    for name in ("metrics.json", "predictions.npz"):
        (run_folder / name).unlink()
    for manifest in run_folder.glob("explanations/*/epoch_002"):
        shutil.rmtree(manifest)
    write_json(run_folder / "status.json", status)
    page = Page(run_folder)
    assert sentence in page.text
    assert page.sections() == ["looking", "composed", "curves", "provenance"]
    assert "these are the latest, of epoch 0" in page.text


@pytest.mark.parametrize(
    "name", ["config.yaml", "provenance.json", "status.json", "metrics.json", "metrics.csv", "predictions.npz"]
)
@pytest.mark.parametrize("content", [b"", b"[1, 2", b'["a"]', b"\xff\xfe\x00\x00", b"PK\x03\x04torn"])
def test_a_torn_file_never_stops_the_report(run_folder: Path, name: str, content: bytes) -> None:
    (run_folder / name).write_bytes(content)
    assert "provenance" in Page(run_folder).sections()


def test_predictions_that_hold_python_objects_are_not_loaded(run_folder: Path) -> None:
    arrays = dict(np.load(run_folder / "predictions.npz"))
    np.savez(run_folder / "predictions.npz", **(arrays | {"names": np.array([{"a": 1}], dtype=object)}))
    page = Page(run_folder)
    assert "predictions.npz cannot be used" in page.text
    assert "answers" not in page.sections()


def test_a_torn_picture_is_named_and_the_others_are_shown(run_folder: Path) -> None:
    (run_folder / "explanations" / "saliency" / "epoch_002" / "1_night.png").write_bytes(b"\x89PNG\r\n\x1a\nno more")
    page = Page(run_folder)
    assert "The picture explanations/saliency/epoch_002/1_night.png cannot be read" in page.text
    assert page.count("img") > 8


def test_a_manifest_without_its_keys_is_named(run_folder: Path) -> None:
    manifest = run_folder / "explanations" / "saliency" / "epoch_002" / "manifest.json"
    write_json(manifest, {"method": "saliency", "epoch": 2, "final": True, "examples": [{"index": 1}]})
    assert "explanations/saliency/epoch_002/manifest.json is no manifest" in Page(run_folder).text


def test_huge_pictures_leave_the_page_light(run_folder: Path) -> None:
    manifest = run_folder / "explanations" / "saliency" / "epoch_002" / "manifest.json"
    noise = np.random.default_rng(0).integers(0, 256, (1500, 1500, 3), dtype=np.uint8)
    huge = Image.fromarray(noise)
    examples = []
    for index in range(5):
        huge.rotate(90 * index).save(manifest.parent / f"{index}.png", compress_level=1)
        shutil.copy(manifest.parent / f"{index}.png", manifest.parent / f"{index}_night.png")
        examples.append(example(index, "fixed"))
    write_json(manifest, {"method": "saliency", "epoch": 2, "final": True, "examples": examples})
    page = Page(run_folder)
    assert len(page.html) < 3_000_000
    assert max(max(picture.size) for picture in page.pictures()) == 320


def test_feature_maps_bias_and_the_rest_add_up_to_the_score(run_folder: Path) -> None:
    html = write_report(run_folder).read_text()
    walk = html[html.index('<details class="walk"') :].partition("</details>")[0]
    amounts = [float(text.replace("−", "-")) for text in re.findall(r'class="amount">([^<]*)<', walk)]
    names = re.findall(r'class="name">([^<]*)<', walk)
    assert names == ["map 12", "map 7", "other maps", "bias", "score"]
    assert sum(amounts[:-1]) == pytest.approx(amounts[-1]) == pytest.approx(3.9)


def test_a_look_is_followed_over_the_epochs(run_folder: Path) -> None:
    page = Page(run_folder)
    assert "How the look changed over the epochs" in page.text
    assert page.text.count("epoch 0") >= 4


def test_a_network_no_better_than_its_baseline_is_told(run_folder: Path) -> None:
    metrics = json.loads((run_folder / "metrics.json").read_text())
    write_json(run_folder / "metrics.json", metrics | {"baseline/logistic_8x8/accuracy": 0.94})
    assert "this test set cannot tell the two apart" in Page(run_folder).text
    write_json(run_folder / "metrics.json", metrics | {"baseline/logistic_8x8/accuracy": 1.0})
    assert "5.0 points better than the network, and simpler" in Page(run_folder).text


def test_a_run_that_watched_its_loss_is_still_judged_by_its_accuracy(run_folder: Path) -> None:
    (run_folder / "config.yaml").write_text("monitor: val/loss\n")
    assert re.search(r'<p class="big">95.0\s%</p>', Page(run_folder).html)


def test_many_classes_have_their_commonest_mix_ups_told(run_folder: Path) -> None:
    labels = np.repeat(np.arange(20), 5)
    probabilities = np.eye(20)[labels]
    probabilities[:3] = np.eye(20)[7]
    write_predictions(run_folder, labels, probabilities, [f"breed {number}" for number in range(20)])
    assert "breed 0 called breed 7: 3" in Page(run_folder).text


def test_several_labels_have_a_row_each(run_folder: Path) -> None:
    labels = np.array([[1, 0, 1], [0, 0, 1], [1, 0, 0], [0, 0, 1]])
    probabilities = np.where(labels == 1, 0.9, 0.2)
    probabilities[1, 0] = 0.7
    write_predictions(run_folder, labels, probabilities, ["sun", "moon", "tree"])
    page = Page(run_folder)
    assert "Label by label" in page.text
    assert "1 of 12 answers are wrong" in page.text
    assert "Confusion matrix" not in page.text
    rows = re.findall(r"<tr><th scope=\"row\">(sun|moon|tree)</th>(.*?)</tr>", page.html)
    assert [re.findall(r">([^<]+)</td>", row)[0] for _, row in rows] == ["2", "0", "3"]


def test_folds_stand_beside_each_other_below_the_pooled_figure(run_folder: Path) -> None:
    shutil.rmtree(run_folder / "explanations")
    for fold in (0, 2, 10):
        inner = run_folder / "folds" / str(fold)
        inner.mkdir(parents=True)
        write_json(inner / "metrics.json", {"test/accuracy": 0.9 + fold / 100})
        write_json(inner / "status.json", {"status": "finished"})
        shutil.copy(run_folder / "metrics.csv", inner / "metrics.csv")
        shutil.copy(run_folder / "predictions.npz", inner / "predictions.npz")
        write_explanations(inner, "saliency", 2, final=True)
    page = Page(run_folder)
    assert "folds" in page.sections()
    table = page.html[page.html.index('id="folds"') :]
    rows = re.findall(r'<th scope="row">([^<]*)</th>', table)
    assert rows[:6] == ["Pooled", "0", "2", "10", "Mean of the folds", "Standard deviation"]
    assert "fold 10" in table
    assert "Where it looks" in page.text
    assert page.count("img") > 0


def test_a_report_is_replaced_whole_and_leaves_nothing_beside_it(run_folder: Path) -> None:
    before = {path.name for path in run_folder.iterdir()}
    first = write_report(run_folder)
    text = first.read_text()
    assert write_report(run_folder).read_text() == text
    assert {path.name for path in run_folder.iterdir()} == before | {"report.html"}


def test_no_folder_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError, match="no run folder"):
        write_report(tmp_path / "nowhere")
