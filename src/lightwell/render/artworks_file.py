"""What a run has painted: `artworks.json`, read as from a stranger."""

import math
from dataclasses import dataclass
from typing import Any

from lightwell.render.report_files import UNREADABLE, RunFiles
from lightwell.render.report_wording import setting

MOST_ARTWORKS, MOST_STYLES, MOST_TERMS = 1000, 8, 40
LONGEST_PATH = 300
LARGEST = 1e30  # of a number that is believed


@dataclass(frozen=True)
class StyleEntry:
    """A picture whose style was taken, and where it goes; paths in the run folder."""

    name: str
    picture: str
    weight: float
    mask: str | None


@dataclass(frozen=True)
class TermEntry:
    """A term's part of the loss: of the picture, and of what it started from. The layer is empty where it has none."""

    term: str
    layer: str
    value: float
    at_start: float


@dataclass(frozen=True)
class ArtworkEntry:
    """A picture that was painted; all pictures are paths in the run folder, which may lead nowhere.

    Attributes:
        name: What it is called.
        picture: What came out.
        start: What it started from.
        content: The photograph.
        styles: What it was to look like.
        frames: How it came about.
        moved: Which term moved what.
        grams: Gram matrices.
        loss: Of the picture.
        at_start: Of what it started from.
        terms: What the loss is made of.
        colours: Whose they are: `style`, `luminance` or `histogram`.
        steps_back: How often the loss blew up.
    """

    name: str
    picture: str
    start: str
    content: str
    styles: list[StyleEntry]
    frames: str | None
    moved: str | None
    grams: str | None
    loss: float
    at_start: float
    terms: list[TermEntry]
    colours: str
    steps_back: int


def read_artworks(files: RunFiles) -> list[ArtworkEntry]:
    """The artworks of a run folder; those whose entry is not as it should be are left out, with a note."""
    found = files.json("artworks.json").get("artworks", [])
    if not isinstance(found, list):
        files.note("artworks.json holds no list of artworks.")
        return []
    if len(found) > MOST_ARTWORKS:
        files.note(f"Of {len(found):,} artworks in artworks.json the first {MOST_ARTWORKS:,} were read.")
    artworks: list[ArtworkEntry] = []
    mistakes: list[str] = []
    for entry in found[:MOST_ARTWORKS]:
        try:
            artworks.append(_artwork(entry))
        except UNREADABLE as error:
            mistakes.append(f"{type(error).__name__}, {error}")
    if mistakes:
        told = f"{len(mistakes):,} of {len(found):,} artworks; the first: {mistakes[0]:.200}"
        files.note(f"artworks.json is not as it should be in {told}")
    return artworks


def _artwork(entry: dict[str, Any]) -> ArtworkEntry:
    return ArtworkEntry(
        name=setting(str(entry["name"])),
        picture=_path(entry["picture"]),
        start=_path(entry["start"]),
        content=_path(entry["content"]),
        styles=[_style(style) for style in entry["styles"][:MOST_STYLES]],
        frames=_path_or_none(entry["frames"]),
        moved=_path_or_none(entry["moved"]),
        grams=_path_or_none(entry["grams"]),
        loss=_number(entry["loss"]),
        at_start=_number(entry["at_start"]),
        terms=[_term(term) for term in entry["terms"][:MOST_TERMS]],
        colours=str(entry["colours"]),
        steps_back=int(_number(entry["steps_back"])),
    )


def _style(entry: dict[str, Any]) -> StyleEntry:
    weight = _number(entry["weight"])
    return StyleEntry(setting(str(entry["name"])), _path(entry["picture"]), weight, _path_or_none(entry["mask"]))


def _term(entry: dict[str, Any]) -> TermEntry:
    layer = "" if entry["layer"] is None else setting(str(entry["layer"]))
    return TermEntry(setting(str(entry["term"])), layer, _number(entry["value"]), _number(entry["at_start"]))


def _path(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_PATH:
        raise ValueError(f"{value!r:.40} is no path.")
    return value


def _path_or_none(value: Any) -> str | None:
    return None if value is None else _path(value)


def _number(value: Any) -> float:
    number = float(value)
    if not 0 <= number <= LARGEST or math.isnan(number):
        raise ValueError(f"{value!r:.40} is no number to go on.")
    return number
