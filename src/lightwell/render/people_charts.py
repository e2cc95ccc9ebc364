"""What the report shows of verification and recognition, read from `verification.json`."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from lightwell.render.charts import (
    HEIGHT,
    WIDTH,
    Chart,
    Line,
    Point,
    Scale,
    Tick,
    frame_of,
    nice_ticks,
    tick_label,
)
from lightwell.render.intervals import Interval
from lightwell.render.report_files import UNREADABLE, RunFiles
from lightwell.render.report_pictures import Album, Picture

LEAST_RATE = 1e-3  # at which the ROC curve begins
SHEET_SIDE = 1100


@dataclass(frozen=True)
class PeopleStory:
    """The section about people.

    Attributes:
        facts: How many people and pairs there are, and what was settled on others.
        roc: True accepts at each rate of false ones.
        distances: How far apart pairs of both kinds are, with the threshold.
        neighbours: The validation error over k.
        neighbours_sentence: Which k was chosen, and why.
        map: The embeddings in the plane.
        map_method: How they came there.
        sheets: The hardest pairs: their titles and pictures.
        intervals: 95 % intervals of the test figures.
        parts: Of each part of the face its share of the picture, and of the positive mass of each explanation.
    """

    facts: str
    roc: Chart
    distances: Chart
    neighbours: Chart
    neighbours_sentence: str
    map: Chart
    map_method: str
    sheets: list[tuple[str, Picture | None]]
    intervals: dict[str, Interval]
    parts: dict[str, dict[str, float]]


def people_story(files: RunFiles, album: Album) -> PeopleStory | None:
    """The section, or None for a run that is not about people, or whose file cannot be read."""
    known = files.json("verification.json")
    if not known:
        return None
    try:
        return _story(known, files, album)
    except (*UNREADABLE, IndexError, ZeroDivisionError) as error:
        files.note(f"verification.json is not as it should be: {error}")
        return None


def _story(known: dict[str, Any], files: RunFiles, album: Album) -> PeopleStory:
    judged, pairs = known["judgement"], known["pairs"]
    threshold = float(judged["threshold"])
    titles = {
        "same_person": "Why the same: red takes the two apart when it is covered, blue brings them together",
        "false_accepts": "Nearest pairs of different people",
        "false_rejects": "Farthest pairs of one person",
    }
    return PeopleStory(
        facts=(
            f"{int(known['people'])} people whom the network never saw: {int(pairs['same']):,} pairs of pictures of "
            f"one person and {int(pairs['different']):,} of two. The threshold and k were chosen on other people."
        ),
        roc=roc_chart(*(np.array(known["curve"][name], dtype=float) for name in ("far", "tar"))),
        distances=distances_chart(known["histogram"], threshold, str(known["distance"])),
        neighbours=neighbours_chart(known["neighbours"], int(judged["k"])),
        neighbours_sentence=str(known["neighbours"]["sentence"]),
        map=map_chart(known["map"]),
        map_method=str(known["map"]["method"]),
        sheets=[
            (title, album.embed(f"{name}.png", longest_side=SHEET_SIDE))
            for name, title in titles.items()
            if files.find(f"{name}.png")
        ],
        parts=parts_of_the_face(files.json("same_person.json")),
        intervals={str(name): Interval(float(low), float(high)) for name, (low, high) in known["intervals"].items()},
    )


def parts_of_the_face(known: dict[str, Any]) -> dict[str, dict[str, float]]:
    """What carries identity, most by its size first; empty where the parts' masks are not known."""
    parts = {
        str(part): {str(name): float(share) for name, share in shares.items()}
        for part, shares in known.get("parts", {}).items()
    }
    seen = {part: shares for part, shares in parts.items() if shares["area"] > 0}
    return dict(sorted(seen.items(), key=lambda item: -item[1].get("occlusion", 0.0) / item[1]["area"]))


def roc_chart(far: np.ndarray, tar: np.ndarray) -> Chart:
    """True accepts over false accepts, these on a logarithmic axis: few false ones are what counts."""
    left, top, right, bottom = frame_of(WIDTH, HEIGHT)
    across, down = Scale(math.log10(LEAST_RATE), 0, left, right), Scale(0, 1, bottom, top)
    shown = far >= LEAST_RATE
    places = [(across(math.log10(x)), down(y)) for x, y in zip(far[shown], tar[shown], strict=True)]
    titles = [f"{x:.2%} false accepts: {y:.1%} true ones" for x, y in zip(far[shown], tar[shown], strict=True)]
    points = [Point(x, y, title, 0) for (x, y), title in zip(places, titles, strict=True)][::6]
    return Chart(
        "Right pairs accepted, by wrong pairs accepted",
        "false accepts",
        "true accepts",
        [Tick(across(power), f"{10.0**power:.3g}") for power in range(-3, 1)],
        [Tick(down(share), f"{share:.0%}") for share in (0, 0.25, 0.5, 0.75, 1)],
        [Line("", _path(places), points)],
    )


def distances_chart(histogram: dict[str, Any], threshold: float, distance: str) -> Chart:
    """How far apart pictures are: of one person and of two."""
    edges = np.array(histogram["edges"], dtype=float)
    shares = {"one person": histogram["same"], "two people": histogram["different"]}
    left, top, right, bottom = frame_of(WIDTH, HEIGHT)
    highest = nice_ticks(0, max(max(values) for values in shares.values()))
    widths = nice_ticks(0, float(edges[-1]))
    across, down = Scale(0, widths[-1], left, right), Scale(0, highest[-1], bottom, top)
    lines = []
    for label, values in shares.items():
        steps = zip(values, edges[:-1], edges[1:], strict=True)
        corners = [(across(edge), down(value)) for value, *ends in steps for edge in ends]
        lines.append(Line(label, _path(corners), []))
    return Chart(
        "Distances of pairs",
        f"{distance.replace('_', ' ')} distance",
        "share of the pairs",
        [Tick(across(value), tick_label(value, widths)) for value in widths],
        [Tick(down(value), f"{value:.0%}") for value in highest],
        lines,
        mark=Tick(across(min(max(threshold, 0), widths[-1])), f"threshold {threshold:.3f}"),
    )


def neighbours_chart(neighbours: dict[str, Any], k: int) -> Chart:
    """The validation error over the number of neighbours, with the one chosen."""
    tried, errors = (np.array(neighbours[name], dtype=float) for name in ("tried", "errors"))
    left, top, right, bottom = frame_of(WIDTH, HEIGHT)
    values = nice_ticks(0, float(errors.max()))
    across, down = Scale(0, float(tried[-1]) + 1, left, right), Scale(0, values[-1], bottom, top)
    points = [Point(across(x), down(y), f"k = {x:g}: {y:.1%} wrong") for x, y in zip(tried, errors, strict=True)]
    return Chart(
        "How many neighbours to ask",
        "neighbours (k)",
        "validation error",
        [Tick(across(x), f"{x:g}") for x in tried],
        [Tick(down(y), f"{y:.1%}") for y in values],
        [Line("", _path([(point.x, point.y) for point in points]), points)],
        mark=Tick(across(k), f"k = {k}"),
    )


def map_chart(plane: dict[str, Any]) -> Chart:
    """Every test picture as a point, in the colour of its person."""
    x, y, people = np.array(plane["x"], dtype=float), np.array(plane["y"], dtype=float), plane["people"]
    left, top, right, bottom = frame_of(WIDTH, WIDTH)
    across, down = Scale(x.min(), x.max() + 1e-9, left, right), Scale(y.min(), y.max() + 1e-9, bottom, top)
    by_person: dict[str, list[Point]] = {}
    for place, person in enumerate(people):
        by_person.setdefault(str(person), []).append(Point(across(x[place]), down(y[place]), str(person), 3))
    lines = [Line(person, "", points) for person, points in by_person.items()]
    return Chart("A map of the embeddings", "", "", [], [], lines, width=WIDTH, height=WIDTH, legend=False)


def _path(places: list[tuple[float, float]]) -> str:
    return "M" + " L".join(f"{x},{y}" for x, y in places)
