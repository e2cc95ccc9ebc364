"""All that a report, a verb or anyone else needs to know of what was heard in a test, as plain data."""

from typing import Any

import numpy as np
from scipy.stats import binomtest

from lightwell.chance import generator
from lightwell.sound.detection import Listened, TradeOff
from lightwell.sound.events import CONFIDENCE, Detector, Score

RESAMPLES = 500
RATES = (0.5, 5)  # false alarms an hour


def detection_story(listened: Listened, detector: Detector, word: str) -> dict[str, Any]:
    """Detector, counts, intervals, trade-off, latencies and words.

    Args:
        listened: What was said of the test clips.
        detector: What was settled on the validation clips.
        word: The word that is wanted.
    """
    score, trade_off = listened.score(detector), listened.trade_off(detector)
    return {
        "word": word,
        "detector": detector._asdict(),
        "tolerance": listened.tolerance._asdict(),
        "hours": score.hours,
        "hits": score.hits,
        "misses": score.misses,
        "false_alarms": score.false_alarms,
        "latencies_ms": np.round(1000 * np.sort(score.latencies), 1).tolist(),
        "intervals": intervals(listened, detector, score, trade_off),
        "trade_off": {
            "thresholds": trade_off.thresholds.tolist(),
            "false_alarms_an_hour": [each.false_alarms_an_hour for each in trade_off.scores],
            "false_rejects": [1 - each.recall for each in trade_off.scores],
        },
        "by_word": [row._asdict() for row in listened.by_word(detector)],
    }


def intervals(
    listened: Listened, detector: Detector, score: Score, trade_off: TradeOff
) -> dict[str, tuple[float, float]]:
    """95 % intervals: Wilson's for shares, Garwood's for the rate of false alarms, and for F1 by drawing clips anew."""
    found = {"false_alarms_an_hour": score.false_alarm_interval(), "f1": f1_interval(listened, detector)}
    if heard := score.hits + score.false_alarms:
        found["precision"] = _wilson(score.hits, heard)
    if happened := score.hits + score.misses:
        found["recall"] = _wilson(score.hits, happened)
        for rate in RATES:
            reached = trade_off.at(rate)
            found[f"false_rejects_at_{rate}"] = _wilson(reached.misses if reached else happened, happened)
    return found


def f1_interval(listened: Listened, detector: Detector) -> tuple[float, float]:
    """What F1 comes to for other draws of as many clips."""
    counts = listened.counts(detector)
    draws = generator("f1 interval").integers(0, len(counts), (RESAMPLES, len(counts)))
    hits, false_alarms, misses = counts[draws].sum(1).T
    f1 = 2 * hits / np.maximum(2 * hits + false_alarms + misses, 1)
    low, high = np.quantile(f1, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]).tolist()
    return low, high


def _wilson(count: int, of: int) -> tuple[float, float]:
    interval = binomtest(count, of).proportion_ci(CONFIDENCE, method="wilson")
    return float(interval.low), float(interval.high)
