"""What the jobs of a sweep have painted, side by side. Needs no torch."""

from dataclasses import dataclass
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageOps

from lightwell.render.artworks_file import ArtworkEntry, read_artworks
from lightwell.render.cards import INK, MARGIN, PAPER, font
from lightwell.render.report_files import RunFiles
from lightwell.render.report_pictures import BROKEN, opened, shrunk
from lightwell.runs.record import RunRecord
from lightwell.sweeps.table import SweepTable

LABEL, LINE, SIDE, NARROWEST, WIDEST = 190, 18, 256, 64, 1800  # pixels
BLANK, PALE = (238, 238, 238), (110, 110, 110)
COLUMNS, MOST_JOBS, MOST_ARTWORKS = 6, 100, 6


class Painted(NamedTuple):
    """What a job has painted, and the folder that it lies in."""

    files: RunFiles
    artworks: list[ArtworkEntry]


@dataclass(frozen=True)
class Arranged:
    """Which job stands where.

    Attributes:
        columns: What is written above each column; empty where nothing is.
        rows: What is written left of each row, if anything, and the row's jobs; None where there is none.
    """

    columns: list[str]
    rows: list[tuple[str, list[RunRecord | None]]]


def sweep_sheet(table: SweepTable) -> Image.Image | None:
    """The pictures of a sweep's jobs by the settings in which these differ; None where no job has painted any.

    Two settings make a grid, one across and the other down; otherwise the jobs follow each other, each above its
    settings. Of several artworks, each has a part of the sheet. A job that has not finished has a blank cell.
    """
    painted = {job.path.name: _painted(job) for job in table.jobs if job.status == "finished"}
    artworks = max((of_job.artworks for of_job in painted.values()), key=len, default=[])
    if not artworks:
        return None
    arranged = _arranged(table)
    parts = [
        _part(table, arranged, painted, number, artwork.name if len(artworks) > 1 else "")
        for number, artwork in enumerate(artworks)
    ]
    sheet = Image.new("RGB", (parts[0].width, sum(part.height for part in parts)), PAPER)
    top = 0
    for part in parts:
        sheet.paste(part, (0, top))
        top += part.height
    return sheet


def _painted(job: RunRecord) -> Painted:
    files = RunFiles(job.path)
    return Painted(files, read_artworks(files)[:MOST_ARTWORKS])


def _arranged(table: SweepTable) -> Arranged:
    """A grid of two settings, or rows of jobs; a grid that would mostly stay empty is none."""
    settings = {job.path.name: tuple(table.settings[job.path.name].values()) for job in table.jobs}
    jobs = sorted(table.jobs, key=lambda job: [_order(value) for value in settings[job.path.name]])[:MOST_JOBS]
    places = {settings[job.path.name]: job for job in jobs}
    if len(table.keys) == 2:
        across, down = (sorted({place[key] for place in places}, key=_order) for key in (0, 1))
        if len(places) == len(jobs) and len(across) * len(down) <= 2 * len(jobs):
            first, second = table.keys
            rows = [(f"{second}={value}", [places.get((column, value)) for column in across]) for value in down]
            return Arranged([f"{first}={value}" for value in across], rows)
    columns = -(-len(jobs) // -(-len(jobs) // COLUMNS))  # as many in each row
    return Arranged([], [("", list(jobs[start : start + columns])) for start in range(0, len(jobs), columns)])


def _order(value: str) -> tuple[bool, float, str]:
    """Numbers by their size, and before everything else."""
    try:
        return False, float(value), value
    except ValueError:
        return True, 0.0, value


def _part(table: SweepTable, arranged: Arranged, painted: dict[str, Painted], number: int, heading: str) -> Image.Image:
    """One artwork by all jobs."""
    widest = max(len(jobs) for _, jobs in arranged.rows)
    left = LABEL if arranged.columns else MARGIN
    side = min(SIDE, max(NARROWEST, (WIDEST - left) // widest - MARGIN))
    pictures = {name: _picture(of_job, number, side) for name, of_job in painted.items()}
    height = max([picture.height for picture in pictures.values() if picture], default=side)
    captions = 0 if arranged.columns else len(table.keys)
    top = MARGIN + LINE * (bool(heading) + bool(arranged.columns))
    row_height = height + LINE * captions + MARGIN
    part = Image.new("RGB", (left + widest * (side + MARGIN), top + len(arranged.rows) * row_height), PAPER)
    pen = ImageDraw.Draw(part)
    pen.text((MARGIN, MARGIN // 2), fitting(heading, part.width), INK, font=font())
    for place, column in enumerate(arranged.columns):
        pen.text((left + place * (side + MARGIN), top - LINE), fitting(column, side), INK, font=font())
    for row, (label, jobs) in enumerate(arranged.rows):
        y = top + row * row_height
        pen.text((MARGIN, y + (height - LINE) // 2), fitting(label, LABEL - 2 * MARGIN), INK, font=font())
        for place, job in enumerate(jobs):
            x = left + place * (side + MARGIN)
            picture = pictures.get(job.path.name) if job else None
            part.paste(picture or _blank(job, side, height), (x, y))
            settings = table.settings[job.path.name] if job else {}
            for line, (key, value) in enumerate(list(settings.items())[:captions]):
                pen.text((x, y + height + LINE * line), fitting(f"{key}={value}", side), INK, font=font())
    return part


def _picture(painted: Painted, number: int, side: int) -> Image.Image | None:
    """An artwork shrunk to a cell; None where it cannot be shown."""
    if number >= len(painted.artworks):
        return None
    found = painted.files.find(painted.artworks[number].picture)
    try:
        return ImageOps.contain(shrunk(opened(found), side).convert("RGB"), (side, side)) if found else None
    except BROKEN:
        return None


def _blank(job: RunRecord | None, width: int, height: int) -> Image.Image:
    """A cell that says why it shows no picture."""
    why = "no job" if job is None else "no picture" if job.status == "finished" else str(job.status)
    cell = Image.new("RGB", (width, height), BLANK)
    ImageDraw.Draw(cell).text((MARGIN, MARGIN), fitting(why, width - 2 * MARGIN), PALE, font=font())
    return cell


def fitting(text: str, width: int) -> str:
    """The text in one line, or as much of its end, where a setting's value stands, as there is room for."""
    text = " ".join(text.encode("utf-8", "replace").decode("utf-8").split())
    if len(text) <= width and font().getlength(text) <= width:
        return text
    text = text[-width:]
    while font().getlength(f"...{text}") > width:
        text = text[1:]
    return f"...{text}"
