"""What the report tells of a trigger word, read from `detection.json`."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lightwell.render import report_detection_sentences as sentences
from lightwell.render.charts import Chart
from lightwell.render.detection_charts import latency_chart, trade_off_chart
from lightwell.render.intervals import Interval
from lightwell.render.report_files import UNREADABLE, RunFiles
from lightwell.render.report_pictures import Album, Picture
from lightwell.render.report_sounds import Playlist
from lightwell.render.report_wording import duration

KINDS = {
    "false alarm": ("False alarms", "What it took for the word most surely."),
    "missed": ("Missed", "The word, where it was least sure of it; each sound ends where it was surest."),
    "heard": ("Heard", "The word, where it was surest of it."),
}
MOST_OF_A_KIND = 6
MOST_FOOLERS = 15
LARGEST = 1e9  # of a number that is believed


@dataclass(frozen=True)
class WordRow:
    """How often a word was said, and how often it was heard as the wanted one."""

    name: str
    wanted: bool
    said: int
    heard: int

    @property
    def share(self) -> float:
        """Of the times it was said."""
        return self.heard / self.said


@dataclass(frozen=True)
class Example:
    """Something heard or missed, to look at and to listen to."""

    what: str
    clip: int
    time: float
    probability: float
    picture: Picture | None
    sound: str | None


@dataclass(frozen=True)
class DetectionStory:
    """The section about a trigger word.

    Attributes:
        word: The one that is wanted.
        listened: How much was listened to.
        verdict: What was heard and missed, and what was heard wrongly.
        detector: How a probability becomes an event, and that this was settled on other clips.
        certainty: What so many hours prove about false alarms.
        never: What the share of steps answered right is worth.
        trade_off: Misses over false alarms, for every threshold.
        trade_off_sentence: How to read it.
        latencies: How soon the word was heard; None where it never was.
        wanted: The wanted word.
        foolers: The other words that were heard as it, those that fool it most often first.
        more_foolers: How many other words fooled it less often.
        never_fooled: The number of words that never did, and how often they were said.
        examples: Their title, a sentence about them, and the sounds.
        intervals: 95 % intervals of the test figures.
    """

    word: str
    listened: str
    verdict: str
    detector: str
    certainty: str
    never: str
    trade_off: Chart
    trade_off_sentence: str
    latencies: Chart | None
    wanted: list[WordRow]
    foolers: list[WordRow]
    more_foolers: int
    never_fooled: tuple[int, int]
    examples: list[tuple[str, str, list[Example]]]
    intervals: dict[str, Interval]


def detection_story(
    files: RunFiles, album: Album, playlist: Playlist, metrics: dict[str, float]
) -> DetectionStory | None:
    """The section, or None for a run that is not about a trigger word, or whose file cannot be read."""
    known = files.json("detection.json")
    if not known:
        return None
    try:
        return _story(known, album, playlist, metrics)
    except (*UNREADABLE, IndexError, ZeroDivisionError) as error:
        files.note(f"detection.json is not as it should be: {type(error).__name__}, {error}")
        return None


def _story(known: dict[str, Any], album: Album, playlist: Playlist, metrics: dict[str, float]) -> DetectionStory:
    word, hours = str(known["word"]), _number(known["hours"])
    hits, misses, alarms = (_count(known[name]) for name in ("hits", "misses", "false_alarms"))
    if hours <= 0:
        raise ValueError("nothing was listened to.")
    said = hits + misses
    intervals = {str(name): Interval(_number(low), _number(high)) for name, (low, high) in known["intervals"].items()}
    rows = [_word_row(row) for row in known["by_word"]]
    others = [row for row in rows if not row.wanted]
    fooled, unfooled = [row for row in others if row.heard], [row for row in others if not row.heard]
    trade_off, detector, tolerance = known["trade_off"], known["detector"], known["tolerance"]
    latencies = _numbers(known["latencies_ms"])
    return DetectionStory(
        word=word,
        listened=duration(3600 * hours),
        verdict=sentences.verdict(word, said, hits, alarms, hours, sum(row.said for row in others)),
        detector=sentences.detector(
            threshold=_number(detector["threshold"]),
            smoothing=_count(detector["smoothing"]),
            refractory=_number(detector["refractory"]),
            early=_number(tolerance["early"]),
            late=_number(tolerance["late"]),
        ),
        certainty=sentences.certainty(alarms, hours, intervals.get("false_alarms_an_hour")),
        never=sentences.never(metrics),
        trade_off=trade_off_chart(
            _numbers(trade_off["false_alarms_an_hour"]),
            _numbers(trade_off["false_rejects"]),
            _numbers(trade_off["thresholds"]),
            (alarms / hours, misses / said if said else 0.0),
        ),
        trade_off_sentence=sentences.trade_off(hours),
        latencies=latency_chart(latencies) if len(latencies) else None,
        wanted=[row for row in rows if row.wanted],
        foolers=fooled[:MOST_FOOLERS],
        more_foolers=len(fooled[MOST_FOOLERS:]),
        never_fooled=(len(unfooled), sum(row.said for row in unfooled)),
        examples=_examples(known["examples"], album, playlist),
        intervals=intervals,
    )


def _word_row(row: dict[str, Any]) -> WordRow:
    found = WordRow(str(row["name"]), row["wanted"] is True, _count(row["said"]), _count(row["heard"]))
    if not 0 <= found.heard <= found.said or not found.said:
        raise ValueError(f"“{found.name}” was said {found.said} times and heard {found.heard} times.")
    return found


def _examples(
    entries: Iterable[dict[str, Any]], album: Album, playlist: Playlist
) -> list[tuple[str, str, list[Example]]]:
    found: dict[str, list[Example]] = {kind: [] for kind in KINDS}
    for entry in entries:
        examples = found[str(entry["kind"])]
        if len(examples) < MOST_OF_A_KIND:
            picture = album.embed(str(entry["picture"]))
            about = (str(entry["what"]), _count(entry["clip"]), _number(entry["time"]), _number(entry["score"]))
            examples.append(Example(*about, picture, playlist.embed(str(entry["sound"]))))
    return [(*KINDS[kind], examples) for kind, examples in found.items() if examples]


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number) or abs(number) > LARGEST:
        raise ValueError(f"{value!r:.40} is no number to go on.")
    return number


def _numbers(values: Any) -> np.ndarray:
    numbers = np.array(values, dtype=np.float64)
    if numbers.ndim != 1 or not (np.abs(numbers) <= LARGEST).all():
        raise ValueError("some of its lists hold what are no numbers.")
    return numbers


def _count(value: Any) -> int:
    number = _number(value)
    if number < 0 or number != int(number):
        raise ValueError(f"{value!r:.40} is no count.")
    return int(number)
