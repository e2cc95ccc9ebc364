import base64
import io
import json
import re
import sys
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lightwell.render.charts import frame_of
from lightwell.render.detection_charts import latency_chart, trade_off_chart, worth_choosing
from lightwell.render.report_wording import figure, is_share, lower_is_better
from lightwell.render.sound_card import font, rows_of_names, sound_card
from lightwell.sound import RATE
from lightwell.sound.detection import Listened, Tolerance
from lightwell.sound.detection_story import detection_story
from lightwell.sound.events import Detector
from lightwell.sound.mixture import Word
from tests.render.conftest import write_explanations, write_json, write_predictions
from tests.render.page import Page, assert_inert

SECONDS = 3
FIGURES = {
    "test/f1": 0.8,
    "test/precision": 0.75,
    "test/recall": 6 / 7,
    "test/false_alarms_an_hour": 8.0,
    "test/false_rejects_at_0.5": 0.9,
    "test/latency_ms": 70.56,
    "test/frame_accuracy": 0.987,
    "test/never_accuracy": 0.926,
    "test/loss": 0.04,
}
HOSTILE = "<script>alert(1)</script><audio src=x onerror=alert(1)>{{ 7*7 }}"


def known() -> dict[str, Any]:
    """What a test of three hours leaves, in which the word was said 84 times."""
    kinds = [("false alarm", "activist"), ("missed", "activate"), ("heard", "activate")]
    examples = [
        {"kind": kind, "clip": 7, "time": 6.5, "what": what, "score": 0.9}
        | {"sound": f"sounds/{number:03d}.wav", "picture": f"sounds/{number:03d}.png"}
        for number, (kind, what) in enumerate(kinds)
    ]
    words = [("activate", True, 84, 72), ("activist", False, 20, 18), ("accurate", False, 30, 3), ("want", False, 9, 0)]
    return {
        "word": "activate",
        "detector": {"threshold": 0.55, "smoothing": 3, "refractory": 0.3},
        "tolerance": {"early": 0.25, "late": 0.75},
        "hours": 3.0,
        "hits": 72,
        "misses": 12,
        "false_alarms": 24,
        "latencies_ms": [40.0] * 30 + [70.0] * 32 + [110.0] * 10,
        "intervals": {"f1": [0.74, 0.85], "false_alarms_an_hour": [5.1, 11.9]},
        "trade_off": {
            "thresholds": [0.1, 0.3, 0.5, 0.7, 0.9],
            "false_alarms_an_hour": [40.0, 20.0, 8.0, 10.0, 0.0],
            "false_rejects": [0.05, 0.05, 12 / 84, 0.2, 0.9],
        },
        "by_word": [dict(zip(("name", "wanted", "said", "heard"), row, strict=True)) for row in words],
        "examples": examples,
    }


def write_sound(path: Path, *, seconds: float = SECONDS, rate: int = RATE, width: int = 2) -> None:
    path.parent.mkdir(exist_ok=True)
    tone = 8000 * np.sin(np.arange(round(seconds * rate)) * 2 * np.pi * 440 / rate)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, width, rate, 0, "NONE", ""))
        file.writeframes(tone.astype("<i2" if width == 2 else np.uint8).tobytes())


@pytest.fixture
def heard(tmp_path: Path) -> Path:
    """A finished run that listened to three hours, with a sound of each kind."""
    folder = tmp_path / "trigger_word" / "2026-11-23_07-07-38-1b3611"
    folder.mkdir(parents=True)
    write_json(folder / "detection.json", known())
    write_json(folder / "metrics.json", FIGURES)
    write_json(folder / "status.json", {"status": "finished"})
    (folder / "config.yaml").write_text("monitor: val/f1\noutput: events\nquestion: When is the word spoken?\n")
    labels = np.arange(40) % 2
    write_predictions(folder, labels, np.eye(2)[labels], ["other", "activate"])
    for number in range(3):
        write_sound(folder / "sounds" / f"{number:03d}.wav")
        spectrogram = np.random.default_rng(number).integers(0, 256, (40, 300), dtype=np.uint8)
        times = np.arange(-74, 1) * 0.04
        spans = [("activate", 0.5, 0.7, True)]
        card = sound_card(spectrogram, np.full(75, 0.4), spans, threshold=0.55, times=times, seconds=3.0)
        card.save(folder / "sounds" / f"{number:03d}.png")
    return folder


def players(page: Page) -> list[str]:
    return [attributes["src"] or "" for tag, attributes in page.elements if tag == "audio"]


def test_a_trigger_word_has_a_section_of_its_own_and_no_answers_word_by_word(heard: Path) -> None:
    page = Page(heard)
    assert page.sections() == ["looking", "composed", "figures", "detections", "provenance"]
    assert "F1 of the events in 3.0 hours of sound" in page.text
    assert "“activate” is said 84 times and heard 72 times. Where it is not said it is heard 24 times" in page.text
    assert "averaged over 3 steps, reaches 0.55, and then not again for 0.3 seconds" in page.text
    assert "settled on validation clips" in page.text
    assert "24 false alarms in 3.0 hours: 8.000 an hour, with a 95 % interval of 5.100 to 11.9." in page.text
    assert "it answers 98.7 % right; answering never, at every step, would get 92.6 %" in page.text
    assert "median 70 ms" in page.text
    assert "What this page left out" not in page.text


def test_the_words_that_fool_it_are_told_and_the_others_counted(heard: Path) -> None:
    table = Page(heard).html.partition('<table class="by-word">')[2].partition("</section>")[0]
    assert re.findall(r'<th scope="row" class="name">(\w+)</th>', table) == ["activate", "activist", "accurate"]
    assert re.findall(r"</span>(\d+)", table) == ["86", "90", "10"]
    assert "1 other word, said 9 times, never did." in table


def test_of_many_words_that_fool_it_the_first_are_told(heard: Path) -> None:
    rows = [{"name": f"word {number}", "wanted": False, "said": 40, "heard": 40 - number} for number in range(40)]
    write_json(heard / "detection.json", known() | {"by_word": rows})
    page = Page(heard)
    assert "word 14" in page.text
    assert "word 15" not in page.text
    assert "25 more words fooled it less often." in page.text
    assert "Every other word did at least once." in page.text


def test_the_table_of_figures_knows_their_names_and_intervals(heard: Path) -> None:
    table = Page(heard).html.partition('<table class="figures">')[2].partition("</table>")[0].replace("\u00a0", " ")
    names = re.findall(r'<th scope="row">([^<]+)', table)
    assert names[:4] == ["F1", "Precision", "Recall", "False alarms an hour"]
    assert re.findall(r'class="value">([^<]+)', table)[3:6] == ["8.000", "90.0 %", "71 ms"]
    assert "0.740 to 0.850" in table
    assert table.count('class="range"') == 5  # F1, precision, recall, and both accuracies


@pytest.mark.parametrize("name", ["false_alarms_an_hour", "false_rejects_at_0.5", "false_rejects_at_5", "latency_ms"])
def test_fewer_and_sooner_is_better(name: str) -> None:
    assert lower_is_better(name)
    assert not is_share(name)


@pytest.mark.parametrize("name", ["f1", "precision", "recall", "frame_accuracy", "never_accuracy"])
def test_more_is_better(name: str) -> None:
    assert is_share(name)


def test_sounds_play_from_the_page_itself_and_from_nowhere_else(heard: Path) -> None:
    page = Page(heard)
    assert_inert(page)
    policy = next(found["content"] or "" for tag, found in page.elements if found.get("http-equiv"))
    directives = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["media-src"] == "data:"
    assert len(players(page)) == 3
    kind, _, encoded = players(page)[0].partition(";base64,")
    assert kind == "data:audio/mpeg"
    samples, rate = soundfile.read(io.BytesIO(base64.b64decode(encoded)))
    assert rate == RATE
    assert len(samples) / rate == pytest.approx(SECONDS, abs=0.1)
    assert int(np.abs(np.fft.rfft(samples)).argmax() * rate / len(samples)) == pytest.approx(440, abs=2)


def test_without_a_library_for_sound_it_is_embedded_as_it_is(heard: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "soundfile", None)
    kind, _, encoded = players(Page(heard))[0].partition(";base64,")
    assert kind == "data:audio/wav"
    with wave.open(io.BytesIO(base64.b64decode(encoded))) as file:
        assert (file.getframerate(), file.getnframes()) == (RATE, SECONDS * RATE)


@pytest.mark.parametrize("way", ["upwards", "absolute", "link"])
def test_a_sound_outside_the_run_folder_is_refused(heard: Path, tmp_path: Path, way: str) -> None:
    secret = tmp_path / "secret.wav"
    write_sound(secret)
    (heard / "link.wav").symlink_to(secret)
    content = known()
    names = {"upwards": "../../secret.wav", "absolute": str(secret), "link": "link.wav"}
    content["examples"][0]["sound"] = content["examples"][1]["picture"] = names[way]
    write_json(heard / "detection.json", content)
    page = Page(heard)
    assert len(players(page)) == 2
    assert page.count("img") == 2
    assert "not played here" in page.text
    assert "lies outside the run folder and was not read" in page.text


@pytest.mark.parametrize("content", [b"", b"RIFF", b"RIFF\xff\xff\xff\xffWAVEfmt \x10", b"\x00" * 4000, b"<script>"])
def test_a_torn_sound_is_named_and_the_others_are_played(heard: Path, content: bytes) -> None:
    (heard / "sounds" / "001.wav").write_bytes(content)
    page = Page(heard)
    assert "The sound sounds/001.wav cannot be read" in page.text
    assert len(players(page)) == 2


@pytest.mark.parametrize("options", [{"width": 1}, {"rate": 1}, {"rate": 4_000_000}, {"seconds": 0.0}])
def test_a_sound_of_a_strange_kind_is_not_played(heard: Path, options: dict[str, Any]) -> None:
    write_sound(heard / "sounds" / "001.wav", **({"seconds": 0.1} | options))
    page = Page(heard)
    assert "The sound sounds/001.wav cannot be read" in page.text
    assert len(players(page)) == 2


def test_many_long_sounds_leave_the_page_light(heard: Path) -> None:
    noise = np.random.default_rng(0).integers(-9000, 9000, 48_000 * 40)
    with wave.open(str(heard / "sounds" / "000.wav"), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        file.writeframes(noise.astype("<i2").tobytes())
    examples = [
        known()["examples"][0] | {"kind": kind} for kind in ("false alarm", "missed", "heard") for _ in range(9)
    ]
    write_json(heard / "detection.json", known() | {"examples": examples})
    page = Page(heard)
    assert len(page.html) < 3_000_000
    assert "Some sounds were left out" in page.text
    assert page.html.count('<figure class="example sound">') == 18


def write_search(heard: Path, sound: str) -> Path:
    """What a dataset search over sound leaves of one layer; returns the folder."""
    folder = heard / "explanations" / "dataset_search" / "epoch_001"
    units = [{"unit": 4, "sound": sound, "words": ["activate"]}]
    layer = {"name": "front", "sheet": "front.png", "caption": "Each row is one unit.", "units": units}
    about = {"method": "dataset_search", "epoch": 1, "final": True, "examples": [], "layers": [layer]}
    write_json(folder / "manifest.json", about)
    Image.new("RGB", (400, 300), "white").save(folder / "front.png")
    return folder


def test_what_excites_a_unit_can_be_listened_to(heard: Path) -> None:
    write_sound(write_search(heard, "front_4.wav") / "front_4.wav")
    page = Page(heard)
    assert_inert(page)
    assert "map 4" in page.text
    assert len(players(page)) == 4


def test_what_excites_a_unit_is_not_read_outside_the_run_folder(heard: Path, tmp_path: Path) -> None:
    write_sound(tmp_path / "secret.wav")
    write_search(heard, "../../../../../secret.wav")
    page = Page(heard)
    assert "lies outside the run folder and was not read" in page.text
    assert len(players(page)) == 3


def test_spectrograms_stand_below_each_other(heard: Path) -> None:
    manifest = write_explanations(heard, "saliency", 1, final=False)
    for picture in manifest.parent.glob("*.png"):
        Image.open(picture).resize((1200, 320)).save(picture)
    page = Page(heard)
    assert page.html.count('class="looks stacked"') == 2
    assert "A sound is looked at as its spectrogram" in page.text
    assert max(picture.width for picture in page.pictures()) == 640


STRANGE: list[dict[str, Any]] = [
    {"hours": 0},
    {"hours": -1},
    {"hours": float("nan")},
    {"hours": "many"},
    {"hours": None},
    {"hits": 1.5},
    {"hits": 10**400},
    {"misses": -3},
    {"false_alarms": [1]},
    {"detector": 3},
    {"detector": {}},
    {"tolerance": []},
    {"latencies_ms": [float("inf")]},
    {"latencies_ms": [[1, 2], [3]]},
    {"latencies_ms": "soon"},
    {"intervals": {"f1": [1]}},
    {"intervals": [1, 2]},
    {"trade_off": {}},
    {"trade_off": {"thresholds": [1], "false_alarms_an_hour": [1, 2], "false_rejects": [1, 0]}},
    {"trade_off": {"thresholds": [1], "false_alarms_an_hour": [-1e300], "false_rejects": [0]}},
    {"by_word": [{"name": "a", "wanted": True, "said": 1, "heard": 2}]},
    {"by_word": [{"name": "a", "wanted": True, "said": 0, "heard": 0}]},
    {"by_word": ["a"]},
    {"by_word": 4},
    {"examples": [{"kind": "heard"}]},
    {"examples": [known()["examples"][0] | {"kind": "sung"}]},
    {"examples": [known()["examples"][0] | {"time": float("nan")}]},
]


@pytest.mark.parametrize("strange", STRANGE, ids=lambda strange: json.dumps(strange)[:40])
def test_a_strange_file_is_noted_and_never_stops_the_report(heard: Path, strange: dict[str, Any]) -> None:
    write_json(heard / "detection.json", known() | strange)
    page = Page(heard)
    assert "detection.json is not as it should be" in page.text
    assert "detections" not in page.sections()
    assert "answers" in page.sections()


@pytest.mark.parametrize("content", [b"[1, 2", b'["a"]', b"\xff\xfe\x00\x00", b"[" * 100_000])
def test_a_torn_file_never_stops_the_report(heard: Path, content: bytes) -> None:
    (heard / "detection.json").write_bytes(content)
    page = Page(heard)
    assert "detections" not in page.sections()
    assert "What this page left out" in page.text


def test_a_file_that_is_a_link_out_of_the_folder_is_not_read(heard: Path, tmp_path: Path) -> None:
    write_json(tmp_path / "elsewhere.json", known() | {"word": "secret"})
    (heard / "detection.json").unlink()
    (heard / "detection.json").symlink_to(tmp_path / "elsewhere.json")
    page = Page(heard)
    assert "secret" not in page.text
    assert "detection.json lies outside the run folder" in page.text


def test_text_from_a_strangers_file_is_only_ever_text(heard: Path) -> None:
    content = known() | {"word": HOSTILE}
    content["by_word"][1]["name"] = content["examples"][0]["what"] = HOSTILE
    content["examples"][1]["sound"] = content["examples"][1]["picture"] = HOSTILE
    write_json(heard / "detection.json", content)
    page = Page(heard)
    assert_inert(page)
    assert "<script>alert" not in page.html
    assert page.text.count("{{ 7*7 }}") >= 4


def test_a_run_about_pictures_has_no_such_section(run_folder: Path) -> None:
    assert "detections" not in Page(run_folder).sections()


def test_none_heard_wrongly_proves_only_so_much(heard: Path) -> None:
    content = known() | {"false_alarms": 0, "intervals": {"false_alarms_an_hour": [0.0, 1.2296]}}
    write_json(heard / "detection.json", content)
    page = Page(heard)
    assert "Nothing was heard wrongly in 3.0 hours." in page.text
    assert "fewer than 1.000 false alarms an hour" in page.text


def test_a_word_that_is_never_heard_has_no_latencies(heard: Path) -> None:
    write_json(heard / "detection.json", known() | {"hits": 0, "misses": 84, "latencies_ms": []})
    page = Page(heard)
    assert "is said 84 times and never heard." in page.text
    assert "How soon it is heard" not in page.text


def test_what_a_test_of_one_clip_leaves_can_be_read(heard: Path) -> None:
    times = 0.0775 + 0.04 * np.arange(248)
    words = (Word("activate", "a voice", 2.0, 2.6, True), Word("activist", "a voice", 5.0, 5.7, False))
    probabilities = np.full((1, 248), 0.01)
    probabilities[0, np.argmax(times > 2.6)] = probabilities[0, np.argmax(times > 5.7)] = 0.9
    listened = Listened(np.array([0]), probabilities, [words], times, 10.0, Tolerance(0.25, 0.75))
    story = detection_story(listened, Detector(0.5, 1, 0.3), "activate")
    write_json(heard / "detection.json", story | {"examples": []})
    page = Page(heard)
    assert (
        "“activate” is said once and heard once. Where it is not said it is heard once: in 10 seconds of clips"
        in page.text
    )
    assert "One false alarm in 10 seconds: 360 an hour" in page.text
    assert "so that 0.5 an hour allows none" in page.text


rates = st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1)), min_size=1, max_size=60)


@given(rates)
def test_no_threshold_that_is_drawn_is_beaten_by_another(pairs: list[tuple[float, float]]) -> None:
    alarms, rejects = np.array(pairs).T
    chosen = worth_choosing(alarms, rejects)
    for place in range(len(pairs)):
        better = (alarms <= alarms[place]) & (rejects <= rejects[place])
        beaten = (better & ((alarms < alarms[place]) | (rejects < rejects[place]))).any()
        assert not (beaten and place in chosen)
        assert beaten or (better & np.isin(np.arange(len(pairs)), chosen)).any()


@given(rates)
def test_every_threshold_stands_inside_the_frame_and_none_at_its_edge(pairs: list[tuple[float, float]]) -> None:
    alarms, rejects = np.array(pairs).T
    chart = trade_off_chart(alarms, rejects, np.linspace(0, 1, len(pairs)), (0.0, 0.0))
    left, top, right, bottom = frame_of(chart.width, chart.height)
    for line in chart.lines:
        assert all(left <= point.x <= right and top <= point.y <= bottom for point in line.points)
    settled = chart.lines[1].points[0]
    assert (settled.x, settled.y) == (left, bottom)
    some = [point for point in chart.lines[0].points if not point.title.partition(": ")[2].startswith("0 false")]
    assert all(point.x > left for point in some)


@given(st.lists(st.floats(-250, 750), min_size=1, max_size=50))
def test_every_latency_is_counted(latencies: list[float]) -> None:
    chart = latency_chart(np.array(latencies))
    counts = [int(point.title.partition(" of ")[0].replace(",", "")) for point in chart.lines[0].points]
    assert sum(counts) == len(latencies)
    assert chart.mark is not None
    assert chart.mark.label == f"median {np.median(latencies):.0f} ms"


names = st.text(st.characters(codec="latin-1", exclude_categories=["C", "Z"]), min_size=1, max_size=200)
spans = st.tuples(names, st.floats(0, 1), st.floats(0, 1), st.booleans())


@given(st.lists(spans, max_size=6))
def test_names_above_a_sound_neither_overlap_nor_run_out_of_the_picture(words: list[Any]) -> None:
    boxes = []
    for (name, *_), (row, left) in zip(words, rows_of_names(words, 900), strict=True):
        width = min(font().getlength(name), 900)
        assert left >= 0
        assert left + width <= 900.01
        assert all(row != other or left > end or left + width < begin for other, begin, end in boxes)
        boxes.append((row, left, left + width))


def test_a_card_shows_when_the_threshold_was_reached() -> None:
    times = np.arange(-74, 1) * 0.04
    probabilities = np.where(times > -0.1, 0.9, 0.1)
    spectrogram = np.zeros((40, 300), dtype=np.uint8)
    card = sound_card(spectrogram, probabilities, [], threshold=0.5, times=times, seconds=3.0)
    again = sound_card(spectrogram, np.full(75, 0.1), [], threshold=0.5, times=times, seconds=3.0)
    differs = np.flatnonzero((np.asarray(card) != np.asarray(again)).any(axis=(0, 2)))
    assert differs[0] / card.width == pytest.approx(1 - 0.12 / 3, abs=0.02)
    assert differs[-1] == card.width - 1
    assert isinstance(card, Image.Image)


def test_what_is_missed_is_given_in_per_cent() -> None:
    assert figure(0.125, "false_rejects_at_5") == "12.5\u00a0%"
