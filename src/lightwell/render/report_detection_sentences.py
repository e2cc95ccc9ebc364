"""What the report says of a trigger word, in sentences."""

from lightwell.render.intervals import Interval
from lightwell.render.report_wording import duration, figure, percent


def verdict(word: str, said: int, hits: int, alarms: int, hours: float, other_words: int) -> str:
    """What was heard, what was missed, and what was heard wrongly."""
    return (
        f"“{word}” is said {_times(said)} and {_heard(hits)}. Where it is not said it is {_heard(alarms)}: in "
        f"{duration(3600 * hours)} of clips, among {other_words:,} other words."
    )


def detector(*, threshold: float, smoothing: int, refractory: float, early: float, late: float) -> str:
    """How a probability becomes an event, and which events are right."""
    probability = f"its probability, averaged over {smoothing} steps," if smoothing > 1 else "the probability of a step"
    return (
        f"The word is heard when {probability} reaches {threshold:.3g}, and then not again for {refractory:g} seconds. "
        f"All of that was settled on validation clips. It counts as heard rightly from {early:g} seconds before the "
        f"end of the word to {late:g} seconds after it."
    )


def certainty(alarms: int, hours: float, interval: Interval | None) -> str:
    """What is known of the rate of false alarms after so many hours."""
    listened = duration(3600 * hours)
    if not alarms:
        return (
            f"Nothing was heard wrongly in {listened}. That only proves, with 95 % confidence, that there are fewer "
            f"than {figure(3 / hours)} false alarms an hour in clips like these."
        )
    counted = "One false alarm" if alarms == 1 else f"{alarms:,} false alarms"
    sentence = f"{counted} in {listened}: {figure(alarms / hours)} an hour"
    if not interval:
        return f"{sentence}."
    return f"{sentence}, with a 95 % interval of {figure(interval.lower)} to {figure(interval.upper)}."


def never(metrics: dict[str, float]) -> str:
    """What the share of steps answered right is worth; empty where it is not known."""
    right, by_never = (metrics.get(f"test/{name}_accuracy") for name in ("frame", "never"))
    if right is None or by_never is None:
        return ""
    return (
        f"Of all steps it answers {percent(right, 1)} right; answering never, at every step, would get "
        f"{percent(by_never, 1)}. That is why events are counted here, and not steps."
    )


def trade_off(hours: float) -> str:
    """How to read the curve of misses over false alarms."""
    too_few = ", so that 0.5 an hour allows none" if hours < 2 else ""
    return (
        f"The curve is what each threshold would come to on the test clips; those that another beats in both are left "
        f"out. A logarithmic axis has no zero: “none” stands at its beginning. One false alarm in "
        f"{duration(3600 * hours)} is {figure(1 / hours)} an hour{too_few}."
    )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _heard(count: int) -> str:
    return f"heard {_times(count)}" if count else "never heard"
