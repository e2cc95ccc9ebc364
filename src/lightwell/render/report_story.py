"""The few sentences that a report opens with: the question, the answer, and how the run ended."""

from typing import Any

from lightwell.render.report_figures import Figure
from lightwell.render.report_wording import FACTORS, figure, is_share, lower_is_better, percent, words
from lightwell.runs.predictions import Predictions

MODELS = {
    "logistic": "logistic regression",
    "mlp": "a multilayer perceptron",
    "shallow": "a shallow network",
    "convnet": "a convolutional network",
    "convnet_flatten": "a convolutional network",
}


def question(config: dict[str, Any], experiment: str, model: str, predictions: Predictions | None) -> str:
    """The config's own question, or one made from the classes, or the experiment's name."""
    if config.get("question"):
        return str(config["question"])
    title = words(experiment).capitalize() or "A run"
    if predictions is None:
        return title
    classes = [words(name) for name in predictions.classes]
    network = MODELS.get(model, "a network")
    if predictions.multilabel:
        return f"Can {network} name what is in a picture?"
    if len(classes) == 2:
        return f"Can {network} tell {classes[0]} from {classes[1]}?"
    if len(classes) <= 5:
        return f"Can {network} tell {', '.join(classes[:-1])} and {classes[-1]} apart?"
    return f"Can {network} tell the {len(classes)} classes of {words(experiment)} apart?"


def headline(figures: list[Figure], monitor: str) -> Figure | None:
    """The figure that the run is judged by: the monitored one, or where that is a loss the first that says more."""
    monitored = next((known for known in figures if known.name == monitor), None)
    telling = [known for known in figures if is_share(known.name) or known.name in FACTORS]
    return monitored if monitored in telling else next(iter(telling), monitored)


def verdict(shown: Figure | None, predictions: Predictions | None) -> list[str]:
    """What the headline figure means, beside the best baseline."""
    if shown is None:
        return []
    sentences = []
    if shown.name == "accuracy" and predictions and not predictions.multilabel:
        examples = len(predictions.names)
        right = int(predictions.right().sum())
        sentences.append(
            f"It labels all {examples:,} test examples right."
            if right == examples
            else f"It labels {right:,} of {examples:,} test examples right."
        )
    if shown.best_baseline:
        sentences.append(_beside(shown, shown.best_baseline))
    return sentences


def _beside(shown: Figure, baseline: str) -> str:
    reached = shown.baselines[baseline]
    gain = (reached - shown.value) if lower_is_better(shown.name) else (shown.value - reached)
    best = "The best baseline" if len(shown.baselines) > 1 else "The baseline"
    beginning = f"{best}, {words(baseline)}, reaches {figure(reached, shown.name)}"
    if shown.interval and shown.interval.lower <= reached <= shown.interval.upper:
        return f"{beginning}, which lies inside the interval: this test set cannot tell the two apart."
    size = f"{100 * abs(gain):.1f} points" if is_share(shown.name) else f"{abs(gain):.3g}"
    if gain > 0:
        return f"{beginning}; the network is {size} better."
    return f"{beginning}: it is {size} better than the network, and simpler."


def ending(status: dict[str, Any], epochs: int) -> tuple[str, str]:
    """How the run ended: one word, and a sentence where it did not finish."""
    state = str(status.get("status") or "unknown")
    reason = status.get("reason")
    after = f" after {epochs} {'epoch' if epochs == 1 else 'epochs'}" if epochs else " before its first epoch ended"
    sentences = {
        "failed": f"This run failed{after}{f': {reason}' if reason else '.'}",
        "interrupted": f"This run was interrupted{after}{f', {reason}' if reason else ''}.",
        "running": f"This run had not ended when this page was written{f', {after.strip()}' if epochs else ''}.",
        "unknown": "This folder does not say how the run ended.",
    }
    return state, sentences.get(state, "")


def how_to_read_evidence(share: float, random_weights_share: float | None, area: float | None) -> str:
    """One method's evidence figures in a sentence."""
    parts = []
    if area:
        parts.append(f"{share / area:.1f} times what a map spread evenly would place there")
    if random_weights_share:
        parts.append(f"{share / random_weights_share:.1f} times the same network with random weights")
    beginning = f"places {percent(share)} of its positive mass on the evidence"
    return f"{beginning}, {' and '.join(parts)}." if parts else f"{beginning}."
