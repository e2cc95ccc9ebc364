import json
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from lightwell.render.report_artwork_sentences import became
from lightwell.render.report_wording import figure, is_share, lower_is_better, metric_name
from tests.render.conftest import write_json
from tests.render.page import Page, assert_inert
from tests.render.painted import entry, noise, write_painted, write_pictures

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'{{ 7*7 }}"


@pytest.fixture
def painted(tmp_path: Path) -> Path:
    return write_painted(tmp_path / "style_transfer" / "2026-11-23_10-30-00-a1b2c3")


def alts(page: Page) -> list[str | None]:
    return [attributes.get("alt") for tag, attributes in page.elements if tag == "img"]


def test_what_was_painted_has_a_section_and_nothing_that_makes_no_sense_for_it(painted: Path) -> None:
    page = Page(painted)
    assert page.sections() == ["artworks", "composed", "curves", "figures", "provenance"]
    assert '<a href="#artworks">What it painted</a>' in page.html
    assert "What this page left out" not in page.text
    assert_inert(page)


def test_the_headline_is_how_much_closer_to_the_style_it_came(painted: Path) -> None:
    page = Page(painted)
    assert '<p class="big">120\u00a0×</p>' in page.html
    assert "Style improvement: style loss of the start over that of the picture" in page.text
    assert "The picture's style loss fell to 1/120 of what the photograph has." in page.text
    assert "The content loss is 31 % of what the style's picture itself has" in page.text


def test_the_fall_of_the_loss_is_said_in_words(painted: Path) -> None:
    write_json(painted / "artworks.json", {"artworks": [entry(steps_back=2, colours="luminance")]})
    page = Page(painted)
    assert "The loss fell from 150 to 2, measured on the saved picture." in page.text
    assert "The style's loss fell to 1/120 of what the photograph has." in page.text
    assert "The content's loss, which is nothing as long as nothing is painted, is 0.5." in page.text
    assert "What is left is 25 % content, 62 % style and 12 % total variation." in page.text
    assert "On the way it blew up 2 times" in page.text
    assert "The colours are the photograph's: only its brightness was painted." in page.text


@pytest.mark.parametrize(
    ("value", "at_start", "said"),
    [
        (1, 120, "fell to 1/120 of what noise has"),
        (1, 2.5, "fell to 1/2.5 of what noise has"),
        (0.8, 1, "fell to 80\u00a0% of what noise has"),
        (1, 1, "is what noise has"),
        (3, 2, "rose to 1.5 times what noise has"),
        (0, 2, "fell to nothing of what noise has"),
        (0.5, 0, "rose from nothing to 0.5"),
        (0, 0, "was nothing and still is"),
    ],
)
def test_a_loss_is_put_beside_what_it_was(value: float, at_start: float, said: str) -> None:
    assert became(value, at_start, "noise") == said


def test_before_lies_over_after_under_a_slider_with_a_name(painted: Path) -> None:
    page = Page(painted)
    (slider,) = [attributes for tag, attributes in page.elements if tag == "input"]
    assert slider["type"] == "range"
    assert (slider["aria-label"] or "").startswith("china 0 in swirls")
    assert "hidden" in slider  # until the page's script puts the pictures over each other
    assert alts(page)[:2] == ["china 0 in swirls, the result", "china 0 in swirls, before: the photograph"]
    assert [picture.size for picture in page.pictures()[:2]] == [(120, 80), (120, 80)]


def test_what_started_from_noise_is_shown_beside_its_photograph(painted: Path) -> None:
    config = (painted / "config.yaml").read_text()
    assert "The photograph" not in alts(Page(painted))
    (painted / "config.yaml").write_text(config.replace("start: content", "start: noise"))
    page = Page(painted)
    assert "The photograph" in alts(page)
    assert "before: noise" in page.text
    assert "The style's loss fell to 1/120 of what noise has." in page.text


def test_several_styles_are_shown_with_weights_and_masks(painted: Path) -> None:
    mixed = [
        {"name": name, "picture": "artworks/0/style_0.png", "weight": weight}
        for name, weight in [("a", 0.7), ("b", 0.3)]
    ]
    masks = ["artworks/0/mask_0.png", None]
    styles = [style | {"mask": mask} for style, mask in zip(mixed, masks, strict=True)]
    write_json(painted / "artworks.json", {"artworks": [entry(styles=styles)]})
    page = Page(painted)
    assert "style: a, weight 0.7" in page.text
    assert "style: b, weight 0.3" in page.text
    assert "a goes where this is white" in page.text
    assert "b goes where this is white" not in page.text


def test_a_film_is_shown_as_stills_from_its_start_to_its_end(painted: Path) -> None:
    stills = Page(painted).pictures()[3:11]
    reds = [still.resize((1, 1)).getpixel((0, 0))[0] for still in stills]
    assert reds == sorted(reds)
    assert reds[0] < 10
    assert reds[-1] > 210


def test_the_terms_stand_in_a_table_with_their_share_of_the_loss(painted: Path) -> None:
    table = Page(painted).html.partition('<table class="terms">')[2].partition("</table>")[0]
    assert len(re.findall("<tr>", table)) == 1 + 7
    assert re.findall(r"</span>(\d+)", table) == ["25", "12", "12", "12", "12", "12", "12"]
    assert "relu5_1" in table


def test_sheets_are_shown_large_each_with_how_to_read_it(painted: Path) -> None:
    page = Page(painted)
    assert [picture.size for picture in page.pictures()[-2:]] == [(300, 500), (300, 500)]
    assert "A row is a term of the loss" in page.text
    assert "A row is a layer" in page.text


def test_what_no_callback_wrote_is_not_missed(painted: Path) -> None:
    write_json(painted / "artworks.json", {"artworks": [entry(frames=None, moved=None, grams=None)]})
    page = Page(painted)
    assert page.count("img") == 3
    assert "How it came about" not in page.text
    assert "What this page left out" not in page.text


def test_losses_that_fall_over_decades_stand_on_a_logarithmic_axis(painted: Path) -> None:
    curves = Page(painted).html.partition('<section id="curves">')[2].partition("</section>")[0]
    titles = re.findall(r"<strong>([^<]*)</strong>", curves)
    assert titles == ["Loss", "Content, style and smoothness", "Style loss, layer by layer"]
    assert curves.count("logarithmic axis") == 3
    assert re.findall(r'class="y"[^>]*>([^<]*)', curves)[:4] == ["0.001", "0.01", "0.1", "1"]
    heights = [float(y) for y in re.findall(r'<path class="line" d="M[\d.]+,([\d.]+) L[\d.]+,([\d.]+)', curves)[0]]
    assert heights[0] < heights[1]


def test_pages_of_many_artworks_stay_light_and_name_what_they_leave_out(painted: Path) -> None:
    for number in range(1, 14):
        write_pictures(painted, number, size=(380, 300), frames=2)
    write_json(painted / "artworks.json", {"artworks": [entry(number) for number in range(14)]})
    page = Page(painted)
    assert len(page.html) < 3_000_000
    assert "china 1 in swirls" in page.text
    assert re.search(r"Only in the run folder, below artworks/: .*china 13 in swirls\.", page.text)
    assert "Some pictures were left out to keep this page light" in page.text
    assert page.html.count('class="versus"') >= 3


def test_a_huge_sheet_leaves_the_page_light(painted: Path) -> None:
    noise(0, 1600, 2000).save(painted / "artworks" / "0" / "moved.png", compress_level=1)
    page = Page(painted)
    assert len(page.html) < 3_000_000
    assert "artworks/0/moved.png in the run folder" in page.text
    assert page.pictures()[-1].size == (300, 500)  # what fits is shown nonetheless


@pytest.mark.parametrize("way", ["upwards", "absolute", "link"])
def test_a_picture_outside_the_run_folder_is_refused(painted: Path, tmp_path: Path, way: str) -> None:
    Image.new("RGB", (96, 96), (1, 2, 3)).save(tmp_path / "secret.png")
    (painted / "link.png").symlink_to(tmp_path / "secret.png")
    path = {"upwards": "../../secret.png", "absolute": str(tmp_path / "secret.png"), "link": "link.png"}[way]
    write_json(painted / "artworks.json", {"artworks": [entry(start=path, moved=path, frames=path)]})
    page = Page(painted)
    assert "lies outside the run folder and was not read" in page.text
    assert all(picture.getcolors(maxcolors=1) is None for picture in page.pictures())  # the secret one is of one colour


@pytest.mark.parametrize(
    "content", [b"", b"RIFF\xff\xff\xff\xffWEBPVP8X", b"\x00" * 4000, b"<script>", b"GIF89a\x01\x00"]
)
@pytest.mark.parametrize("name", ["start.png", "frames.webp", "moved.png"])
def test_a_torn_picture_is_named_and_the_others_are_shown(painted: Path, content: bytes, name: str) -> None:
    (painted / "artworks" / "0" / name).write_bytes(content)
    page = Page(painted)
    assert f"artworks/0/{name} cannot be read" in page.text
    assert page.count("img") == {"frames.webp": 5}.get(name, 12)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_a_film_that_was_cut_off_never_stops_the_report(painted: Path, share: float) -> None:
    film = painted / "artworks" / "0" / "frames.webp"
    film.write_bytes(film.read_bytes()[: int(share * film.stat().st_size)])
    assert "artworks" in Page(painted).sections()


def test_without_its_picture_an_artwork_is_only_named(painted: Path) -> None:
    write_json(painted / "artworks.json", {"artworks": [entry(), entry(1)]})
    page = Page(painted)
    assert page.html.count('class="versus"') == 1
    assert "Only in the run folder, below artworks/: china 1 in swirls." in page.text


STRANGE: list[Any] = [
    "a picture",
    None,
    7,
    {},
    entry(picture=None),
    entry(picture=["a.png"]),
    entry(picture="a" * 10_000),
    entry(start=3),
    entry(styles=None),
    entry(styles=["swirls"]),
    entry(styles={"a": 1}),
    entry(terms=[{"term": "style"}]),
    entry(terms="content"),
    entry(loss=float("nan")),
    entry(loss=float("inf")),
    entry(loss=-1.0),
    entry(loss=None),
    entry(at_start=10**400),
    entry(steps_back="often"),
    entry(steps_back=float("nan")),
]


@pytest.mark.parametrize("strange", STRANGE, ids=lambda strange: json.dumps(strange)[:60])
def test_a_strange_entry_is_noted_and_the_others_are_shown(painted: Path, strange: Any) -> None:
    write_json(painted / "artworks.json", {"artworks": [strange, entry()]})
    page = Page(painted)
    assert "artworks.json is not as it should be in 1 of 2 artworks" in page.text
    assert page.html.count('class="versus"') == 1
    assert len(page.html) < 1_000_000


@pytest.mark.parametrize(
    "content", [b"[1, 2", b'["a"]', b"\xff\xfe\x00\x00", b"[" * 100_000, b'{"artworks": {"a": 1}}']
)
def test_a_torn_file_never_stops_the_report(painted: Path, content: bytes) -> None:
    (painted / "artworks.json").write_bytes(content)
    page = Page(painted)
    assert page.count("img") == 0
    assert "The run did not get as far as its pictures." in page.text
    assert "What this page left out" in page.text


def test_a_list_without_end_is_read_so_far(painted: Path) -> None:
    many = [entry(styles=entry()["styles"] * 500, terms=entry()["terms"] * 500)] * 20
    write_json(painted / "artworks.json", {"artworks": [*many, *[{"name": "x" * 5000}] * 5000]})
    page = Page(painted)
    assert "Of 5,020 artworks in artworks.json the first 1,000 were read." in page.text
    assert len(page.html) < 3_000_000


def test_text_from_a_strangers_file_is_only_ever_text(painted: Path) -> None:
    style = entry()["styles"][0] | {"name": HOSTILE}
    term = entry()["terms"][0] | {"term": HOSTILE, "layer": HOSTILE}
    strange = entry(name=HOSTILE, styles=[style], terms=[term], colours=HOSTILE, grams=HOSTILE)
    write_json(painted / "artworks.json", {"artworks": [strange]})
    page = Page(painted)
    assert_inert(page)
    assert "<script>alert" not in page.html
    assert page.text.count("{{ 7*7 }}") >= 4


def test_a_run_that_was_interrupted_says_where_its_pictures_are(painted: Path) -> None:
    for name in ("artworks.json", "metrics.json"):
        (painted / name).unlink()
    write_json(painted / "status.json", {"status": "interrupted"})
    page = Page(painted)
    assert page.sections()[0] == "artworks"
    assert "What there is of them lies below artworks/" in page.text


def test_a_run_about_labels_has_no_such_section(run_folder: Path) -> None:
    assert "artworks" not in Page(run_folder).sections()


def test_the_figures_of_style_have_names_and_directions() -> None:
    assert metric_name("val/style/relu1_1") == "Style loss at relu1_1, validation"
    assert metric_name("content/relu4_2") == "Content loss at relu4_2"
    assert metric_name("val/style_loss") == "Style loss, validation"
    assert figure(120.4, "style_improvement") == "120\u00a0×"
    assert figure(0.3142, "content_drift") == "31.4\u00a0%"
    assert not is_share("style_improvement") and not lower_is_better("style_improvement")
    assert lower_is_better("content_drift") and lower_is_better("total_variation") and lower_is_better("style_loss")
