"""The pictures of a sweep's jobs, side by side."""

import itertools
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lightwell.render.cards import font
from lightwell.render.sweep_sheet import BLANK, LABEL, SIDE, fitting
from lightwell.sweeps.write import write_sweep
from tests.render.painted import entry
from tests.sweeps.folders import write_job

COLOURS = [(200, 30, 30), (30, 160, 30), (30, 30, 200), (180, 160, 20), (150, 30, 150), (20, 150, 150)]


def write_painting(sweep: Path, number: int, words: list[str], *, artworks: int = 1, **about: Any) -> Path:
    """A job whose pictures are all of the colour of its number."""
    job = write_job(sweep, number, words, loss=0.5, **about)
    for artwork in range(artworks):
        (job / "artworks" / str(artwork)).mkdir(parents=True)
        picture = Image.new("RGB", (400, 300), COLOURS[number])
        picture.save(job / "artworks" / str(artwork) / "picture.png")
    entries = [entry(artwork) for artwork in range(artworks)]
    (job / "artworks.json").write_text(json.dumps({"artworks": entries}))
    return job


def seen(sweep: Path) -> list[list[int | None]]:
    """Which job's colour stands where on the sheet, row by row; None for a blank cell."""
    pixels = np.asarray(Image.open(sweep / "sheet.png")).astype(int)
    away = np.abs(pixels[:, :, None] - np.array([*COLOURS, BLANK])).max(-1)
    cells = np.where(away.min(-1) < 4, away.argmin(-1), -1)  # -1 is paper and ink
    rows: list[list[int | None]] = []
    for line in cells[::5]:
        runs = [(number, len(list(run))) for number, run in itertools.groupby(line.tolist())]
        row = [None if number == len(COLOURS) else number for number, length in runs if number >= 0 and length > 150]
        if row and (not rows or row != rows[-1]):
            rows.append(row)
    return rows


def test_one_setting_makes_a_row_in_the_order_of_its_numbers(tmp_path: Path) -> None:
    for number, weight in enumerate(["1e5", "20", "1e3"]):
        write_painting(tmp_path / "s", number, ["experiment=style_transfer", f"loss.style_weight={weight}"])
    write_sweep(tmp_path / "s")
    assert seen(tmp_path / "s") == [[1, 2, 0]]


def test_two_settings_make_a_grid(tmp_path: Path) -> None:
    settings = [(weight, start) for start in ("noise", "content") for weight in ("1e4", "200", "3e5")]
    for number, (weight, start) in enumerate(settings):
        write_painting(tmp_path / "s", number, [f"loss.style_weight={weight}", f"task.start={start}"])
    write_sweep(tmp_path / "s")
    assert seen(tmp_path / "s") == [[4, 3, 5], [1, 0, 2]]
    assert Image.open(tmp_path / "s" / "sheet.png").width == LABEL + 3 * (SIDE + 8)


def test_a_job_that_has_not_finished_leaves_a_blank_cell(tmp_path: Path) -> None:
    for number, status in enumerate(["finished", "failed", "running", "finished"]):
        words = [f"loss.style_weight={number // 2}", f"task.start={number % 2}"]
        write_painting(tmp_path / "s", number, words, status=status)
    write_sweep(tmp_path / "s")
    assert seen(tmp_path / "s") == [[0, None], [None, 3]]


def test_each_of_several_artworks_has_a_row(tmp_path: Path) -> None:
    for number in range(2):
        write_painting(tmp_path / "s", number, [f"loss.style_weight={number}"], artworks=1 + 2 * number)
    write_sweep(tmp_path / "s")
    assert seen(tmp_path / "s") == [[0, 1], [None, 1]]  # the first job has but one
    one = SIDE * 3 // 4  # a picture's height
    assert Image.open(tmp_path / "s" / "sheet.png").height > 3 * one


def test_settings_that_never_meet_make_no_grid(tmp_path: Path) -> None:
    for number in range(6):
        write_painting(tmp_path / "s", number, [f"loss.style_weight={number}.5", f"loss.content_weight={number}.25"])
    write_sweep(tmp_path / "s")
    assert seen(tmp_path / "s") == [[0, 1, 2, 3, 4, 5]]


def test_the_page_shows_the_sheet_and_fetches_nothing(tmp_path: Path) -> None:
    for number in range(2):
        write_painting(tmp_path / "s", number, [f"loss.style_weight={number}"])
    write_sweep(tmp_path / "s")
    page = (tmp_path / "s" / "sweep.html").read_text()
    assert "What they painted" in page
    assert re.findall(r'<img src="([^,]*),', page) == ["data:image/webp;base64"]
    assert [path.name for path in (tmp_path / "s").glob(".*sheet*")] == []


def test_losses_that_are_weighted_differently_are_not_compared(tmp_path: Path) -> None:
    for number in range(2):
        write_painting(tmp_path / "s", number, [f"loss.style_weight={number}"])
    write_sweep(tmp_path / "s")
    text = (tmp_path / "s" / "sweep.md").read_text()
    assert "None is best by its loss: the jobs differ in loss.style_weight" in text
    assert "Best on" not in text
    assert 'class="best"' not in (tmp_path / "s" / "sweep.html").read_text()


def test_a_sweep_that_paints_nothing_has_no_sheet(tmp_path: Path) -> None:
    write_job(tmp_path / "s", 0, ["seed=0"], loss=0.5)
    write_sweep(tmp_path / "s")
    assert not (tmp_path / "s" / "sheet.png").exists()
    assert "What they painted" not in (tmp_path / "s" / "sweep.html").read_text()


@pytest.mark.parametrize("way", ["upwards", "torn", "missing", "huge", "no list", "strange"])
def test_a_strangers_folder_costs_its_cell_and_no_more(tmp_path: Path, way: str) -> None:
    for number in range(2):
        write_painting(tmp_path / "s", number, [f"loss.style_weight={number}"])
    Image.new("RGB", (40, 30), COLOURS[2]).save(tmp_path / "secret.png")
    job = tmp_path / "s" / "0"
    picture = job / "artworks" / "0" / "picture.png"
    strange = {
        "upwards": [entry(picture="../../secret.png")],
        "missing": [entry(picture="nowhere.png\x00")],
        "no list": 7,
        "strange": [entry(picture=None)],
    }
    if way in strange:
        (job / "artworks.json").write_text(json.dumps({"artworks": strange[way]}))
    if way == "torn":
        picture.write_bytes(picture.read_bytes()[:200])
    if way == "huge":
        Image.new("1", (8_000, 6_000)).save(picture)
    write_sweep(tmp_path / "s")
    assert seen(tmp_path / "s") == [[None, 1]]


@pytest.mark.parametrize("text", ["", "a=1", "loss.style_weight=" + "0" * 400, "a\nb\tc", "\udc80", "\x00" * 50])
def test_a_label_stays_within_its_cell_in_one_line(text: str) -> None:
    assert font().getlength(fitting(text, 200)) <= 200
    assert "\n" not in fitting(text, 200)
    assert fitting(text, 200).endswith(" ".join(text.split())[-5:]) or "\udc80" in text
