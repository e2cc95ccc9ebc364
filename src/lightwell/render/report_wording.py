"""How names and numbers are said in the report."""

import math
from datetime import datetime
from typing import Any

METRICS = {
    "accuracy": ("Accuracy", "share of test examples labelled right"),
    "balanced_accuracy": ("Balanced accuracy", "the same, every class counting alike"),
    "f1": ("F1", "harmonic mean of precision and recall"),
    "auroc": ("Area under the ROC curve", "chance that a random example of a class ranks above one of another"),
    "average_precision": ("Average precision", "area under the precision-recall curve"),
    "calibration_error": ("Calibration error", "how far confidence and accuracy lie apart"),
    "precision": ("Precision", "share of what was heard that was said"),
    "recall": ("Recall", "share of what was said that was heard"),
    "false_alarms_an_hour": ("False alarms an hour", "heard where the word was not said"),
    "false_rejects_at_0.5": (
        "Words missed at 0.5 false alarms an hour",
        "at the threshold that allows no more",
    ),
    "false_rejects_at_5": ("Words missed at 5 false alarms an hour", "at the threshold that allows no more"),
    "latency_ms": ("Latency", "median time from the end of the word"),
    "frame_accuracy": ("Frame accuracy", "share of all steps answered right"),
    "never_accuracy": ("Frame accuracy of answering never", "what hearing nothing would get"),
    "loss": ("Loss", "mean over the test examples"),
    "equal_error_rate": ("Equal error rate", "as many of the same person refused as of different ones accepted"),
    "tar_at_far_0.1": ("True accepts at 10 % false ones", "share of pairs of the same person"),
    "tar_at_far_0.01": ("True accepts at 1 % false ones", "share of pairs of the same person"),
    "tar_at_far_0.001": ("True accepts at 0.1 % false ones", "share of pairs of the same person"),
    "verification_accuracy": ("Verification accuracy", "of pairs, by the threshold chosen on validation people"),
    "ten_fold_accuracy": ("Ten-fold accuracy", "each tenth of the people judged by the best threshold of the others"),
    "rank_1": ("Rank 1", "the right person is the nearest"),
    "rank_5": ("Rank 5", "the right person is among the five nearest"),
    "recognition_accuracy": ("Recognition accuracy", "by the k nearest pictures, k chosen on validation people"),
    "known_recognised": ("Known people recognised", "where somebody may also be unknown"),
    "unknown_refused": ("Unknown people refused", "people asked about who are not in the gallery"),
    "style_improvement": ("Style improvement", "style loss of the start over that of the picture"),
    "content_drift": ("Content drift", "content loss as a share of what the style's picture itself has"),
    "style_loss": ("Style loss", "how far its Gram matrices lie from the style's, not weighted"),
    "content_loss": ("Content loss", "how far its features lie from the photograph's, not weighted"),
    "total_variation": ("Total variation", "how much neighbouring pixels differ, not weighted"),
}
METHODS = {
    "saliency": (
        "Saliency is the gradient of the score, before softmax or sigmoid: it is strong where changing a pixel "
        "would move the score most."
    ),
    "occlusion": (
        "Occlusion covers the picture patch by patch and sees what becomes of the score: red where it falls, blue "
        "where it rises because what is covered spoke against the class."
    ),
    "smooth_grad": "SmoothGrad is saliency averaged over noisy copies of the picture, which takes its grain away.",
    "input_x_gradient": (
        "Input times gradient is what each pixel would add to the score if the network were linear, red for the class "
        "and blue against it."
    ),
    "integrated_gradients": (
        "Integrated gradients share out the difference between the scores of a blank picture and of this one over its "
        "pixels, red for the class and blue against it."
    ),
    "grad_cam": (
        "Grad-CAM weighs the last feature maps by the score's mean gradient, red for the class and blue against it."
    ),
    "grad_cam_plus_plus": "Grad-CAM++ weighs the last feature maps so that several objects of a class are all seen.",
    "layer_cam": "Layer-CAM weighs each place of the feature maps by its own gradient.",
    "score_cam": "Score-CAM weighs the feature maps by the score of the picture seen through each of them.",
    "segmentation": "A segmentation cuts the object out by its saliency alone.",
    "class_activation_map": (
        "A class activation map adds up the last feature maps, each weighted by what it counts for the class: it "
        "shows where the score comes from, red for the class and blue against it."
    ),
}
LOW_IS_BETTER = ("loss", "error", "false_alarms", "false_rejects", "latency", "drift", "variation")
FACTORS = ("style_improvement",)
OF_LAYERS = ("content", "style")
PARTS = {"train": "training", "val": "validation", "test": "test"}


def words(name: Any) -> str:
    """A file's or config's name in words: `mean_grey` is `mean grey`."""
    return str(name).replace("_", " ").strip()


def metric_name(name: str) -> str:
    """A metric's name: `val/balanced_accuracy` is `Balanced accuracy, validation`."""
    part, _, metric = name.rpartition("/")
    title = METRICS[metric][0] if metric in METRICS else words(metric).capitalize()
    before, _, kind = part.rpartition("/")
    if kind in OF_LAYERS:
        part, title = before, f"{kind.capitalize()} loss at {metric}"
    return f"{title}, {PARTS.get(part, words(part))}" if part else title


def metric_hint(name: str) -> str:
    """What a metric measures, in half a sentence."""
    return METRICS.get(name, ("", ""))[1]


def lower_is_better(name: str) -> bool:
    """Whether a smaller figure is the better one."""
    return any(kind in name for kind in LOW_IS_BETTER)


def is_share(name: str) -> bool:
    """Whether a metric runs from 0 to 1, and 1 is best."""
    return name in METRICS and name not in FACTORS and not lower_is_better(name)


def figure(value: float | None, name: str = "") -> str:
    """A figure as its metric is usually given: accuracies and what is missed in per cent, the others to three digits.

    What is not quite 1 is not rounded to it.
    """
    if value is None or not math.isfinite(value):
        return "–"
    if name.endswith(("accuracy", "drift")) or name.startswith("false_rejects"):
        return percent(value, 1)
    if name in FACTORS:
        return f"{amount(value)}\u00a0×"
    if name.endswith("_ms"):
        return f"{value:.0f}\u00a0ms"
    if is_share(name):
        digits = next((digits for digits in (3, 4, 5) if value == 1 or round(value, digits) != 1), None)
        return f"{value:.{digits}f}" if digits else "> 0.99999"
    if 0 < abs(value) < 1e-3:
        return f"{value:.3g}"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.4g}"


def amount(value: float) -> str:
    """A number of any size, to three digits."""
    return f"{value:,.0f}" if 100 <= abs(value) < 1e6 else f"{value:.3g}"


def percent(share: float | None, digits: int = 0) -> str:
    """A share in per cent; what is not quite 0 or 100 % is not rounded to it."""
    if share is None or not math.isfinite(share):
        return "–"
    text = f"{100 * share:.{digits}f}"
    if share < 1 and float(text) == 100:
        return f"> {100 - 10**-digits:.{digits}f}\u00a0%"
    if share > 0 and float(text) == 0:
        return f"< {10**-digits:.{digits}f}\u00a0%"
    return f"{text}\u00a0%"


def duration(seconds: Any) -> str:
    """A time that a person would say."""
    if not isinstance(seconds, int | float) or not 0 <= seconds < 1e9:
        return "–"
    if seconds < 90:
        return f"{seconds:.0f} seconds" if seconds >= 10 else f"{seconds:.1f} seconds"
    if seconds < 5400:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.1f} hours"


def moment(text: Any) -> str:
    """A moment in ISO 8601 as a date and a time of day."""
    try:
        when = datetime.fromisoformat(str(text))
    except ValueError:
        return str(text)
    return f"{when.day} {when:%B %Y, %H:%M}"


def setting(value: Any) -> str:
    """A config value in a few words."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        return ", ".join(setting(item) for item in value) or "none"
    text = str(value) or "empty"
    return text if len(text) <= 80 else text[:79] + "…"
