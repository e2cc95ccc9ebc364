"""What the report tells of what was painted."""

import math
from dataclasses import dataclass
from typing import Any

from lightwell.render import report_artwork_sentences as sentences
from lightwell.render.artworks_file import ArtworkEntry, StyleEntry, TermEntry, read_artworks
from lightwell.render.report_files import RunFiles
from lightwell.render.report_pictures import Album, Picture

LONGEST_SIDE, STYLE_SIDE, STILL_SIDE, SHEET_SIDE = 640, 320, 224, 2000  # pixels
AT_FULL_SIZE = 4  # artworks; of more than these, each is shown smaller
MOST_SHOWN, MOST_NAMED, MOST_STILLS = 12, 50, 8
STARTS = {"content": "the photograph", "noise": "noise"}


@dataclass(frozen=True)
class Style:
    """A picture whose style was taken, and the mask that says where it goes."""

    about: StyleEntry
    picture: Picture | None
    mask: Picture | None


@dataclass(frozen=True)
class Sheet:
    """A drawing about an artwork; its picture is None where the page has no room for it."""

    title: str
    how_to_read: str
    path: str
    picture: Picture | None


@dataclass(frozen=True)
class Artwork:
    """A picture that was painted.

    Attributes:
        about: Its entry.
        picture: What came out.
        start: What it started from.
        content: The photograph, where it did not start from it.
        styles: What it was to look like.
        sentences: What became of the loss.
        terms: Each part of the loss, and which share of it that is.
        stills: Of the film: how far into it, from 0 to 1, and the picture.
        sheets: What moved it, and its Gram matrices.
    """

    about: ArtworkEntry
    picture: Picture
    start: Picture | None
    content: Picture | None
    styles: list[Style]
    sentences: list[str]
    terms: list[tuple[TermEntry, float]]
    stills: list[tuple[float, Picture]]
    sheets: list[Sheet]


@dataclass(frozen=True)
class ArtworkStory:
    """The section about what was painted.

    Attributes:
        verdict: What the figures of the run say.
        start: What the artworks started from, in words.
        artworks: Those that are shown.
        left_out: The names of others.
        more: How many there are beside all these.
    """

    verdict: list[str]
    start: str
    artworks: list[Artwork]
    left_out: list[str]
    more: int

    @property
    def several(self) -> bool:
        """Whether there are more than one."""
        return len(self.artworks) + len(self.left_out) > 1


def artwork_story(
    files: RunFiles, album: Album, config: dict[str, Any], metrics: dict[str, float]
) -> ArtworkStory | None:
    """The section, or None for a run that has painted nothing, or whose file cannot be read.

    The page has room for so many pictures. What was painted goes first, beside what it started from; then the
    styles, and last what explains it.
    """
    entries = read_artworks(files)
    if not entries:
        return None
    task = config.get("task")
    start = STARTS.get(str(task.get("start")) if isinstance(task, dict) else "", "its start")
    side = round(LONGEST_SIDE / math.sqrt(max(1.0, min(len(entries), MOST_SHOWN) / AT_FULL_SIZE)))
    painted = [
        (entry, picture, album.embed(entry.start, longest_side=side))
        for entry in entries[:MOST_SHOWN]
        if (picture := album.embed(entry.picture, longest_side=side))
    ]
    beside = [_beside(entry, album, start) for entry, *_ in painted]
    artworks = [
        _artwork(entry, (picture, before, content), styles, album, start)
        for (entry, picture, before), (content, styles) in zip(painted, beside, strict=True)
    ]
    shown = {id(entry) for entry, *_ in painted}
    hidden = [entry.name for entry in entries if id(entry) not in shown]
    verdict = sentences.verdict(metrics, len(entries), start)
    return ArtworkStory(verdict, start, artworks, hidden[:MOST_NAMED], len(hidden[MOST_NAMED:]))


def _beside(entry: ArtworkEntry, album: Album, start: str) -> tuple[Picture | None, list[Style]]:
    """The photograph, where it is not the start, and the styles."""
    content = None if start == STARTS["content"] else album.embed(entry.content, longest_side=STYLE_SIDE)
    styles = [
        Style(
            style,
            album.embed(style.picture, longest_side=STYLE_SIDE),
            album.embed(style.mask, longest_side=STYLE_SIDE // 2) if style.mask else None,
        )
        for style in entry.styles
    ]
    return content, styles


def _artwork(
    entry: ArtworkEntry,
    pictures: tuple[Picture, Picture | None, Picture | None],
    styles: list[Style],
    album: Album,
    start: str,
) -> Artwork:
    total = sum(term.value for term in entry.terms) or 1.0
    stills = album.embed_frames(entry.frames, most=MOST_STILLS, longest_side=STILL_SIDE) if entry.frames else []
    sheets = [
        Sheet(title, how_to_read, path, album.embed(path, longest_side=SHEET_SIDE))
        for title, how_to_read, path in (
            ("Which term moved which part", sentences.MOVED, entry.moved),
            ("What the network takes for style", sentences.GRAMS, entry.grams),
        )
        if path
    ]
    picture, before, content = pictures
    told = sentences.told(entry, start)
    terms = [(term, term.value / total) for term in entry.terms]
    return Artwork(entry, picture, before, content, styles, told, terms, stills, sheets)
