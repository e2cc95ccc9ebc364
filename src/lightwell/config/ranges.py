"""The values that a number may have, by its name: the same name means the same thing wherever it stands."""

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Range:
    """An interval, closed unless an end is open.

    Attributes:
        also: Single values that have a meaning of their own, such as -1 for all devices.
    """

    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False
    also: tuple[float, ...] = ()

    def __contains__(self, number: float) -> bool:
        if number in self.also:
            return True
        above = number > self.low if self.low_open else number >= self.low
        below = number < self.high if self.high_open else number <= self.high
        return above and below and math.isfinite(number)

    def __str__(self) -> str:
        low = f"above {self.low:g}" if self.low_open else f"at least {self.low:,.10g}"
        high = f"below {self.high:g}" if self.high_open else f"at most {self.high:,.10g}"
        ends = [text for text, end in ((low, self.low), (high, self.high)) if math.isfinite(end)]
        return ", or ".join([" and ".join(ends), *(f"{value:g}" for value in self.also)])


POSITIVE = Range(0, low_open=True)
NOT_NEGATIVE = Range(0)
COUNT = Range(1)
FRACTION = Range(0, 1)
BELOW_ONE = Range(0, 1, high_open=True)
INSIDE_ONE = Range(0, 1, low_open=True, high_open=True)

RANGES = {
    # the run
    "seed": Range(0, 2**32 - 1),
    "world": NOT_NEGATIVE,
    "epochs": NOT_NEGATIVE,
    # optimizers
    "lr": POSITIVE,
    "weight_decay": NOT_NEGATIVE,
    "momentum": BELOW_ONE,
    "betas": BELOW_ONE,
    "eps": POSITIVE,
    "max_iter": COUNT,
    "history_size": COUNT,
    # schedules
    "warmup": FRACTION,
    "floor": FRACTION,
    "milestones": FRACTION,
    "factor": INSIDE_ONE,
    "patience": NOT_NEGATIVE,
    # networks
    "widths": COUNT,
    "width": COUNT,
    "depth": COUNT,
    "hidden": COUNT,
    "channels": COUNT,
    "layers": COUNT,
    "blocks": COUNT,
    "kernel_size": COUNT,
    "outputs": COUNT,
    "dropout": BELOW_ONE,
    # losses
    "label_smoothing": BELOW_ONE,
    "class_weights": NOT_NEGATIVE,
    "gamma": NOT_NEGATIVE,
    "margin": POSITIVE,
    "content_weight": NOT_NEGATIVE,
    "style_weight": NOT_NEGATIVE,
    "total_variation_weight": NOT_NEGATIVE,
    "content_layers": NOT_NEGATIVE,
    "style_layers": NOT_NEGATIVE,
    # pictures that learn
    "size": Range(16, 16384),
    "style_scale": POSITIVE,
    "scales": COUNT,
    "tile": COUNT,
    "every_n_steps": COUNT,
    # data
    "batch_size": COUNT,
    "image_size": Range(4, 2048),
    "num_workers": NOT_NEGATIVE,
    "budget": COUNT,
    "train": COUNT,
    "val": POSITIVE,
    "test": COUNT,
    "ratio": NOT_NEGATIVE,
    "folds": Range(3),
    "fold": NOT_NEGATIVE,
    "flip": FRACTION,
    "shift": BELOW_ONE,
    "rotate": Range(0, 180),
    "scale": BELOW_ONE,
    "brightness": FRACTION,
    "contrast": FRACTION,
    # callbacks
    "every_n_epochs": COUNT,
    "every_minutes": POSITIVE,
    "examples": COUNT,
    "most_wrong": NOT_NEGATIVE,
    "most_right": NOT_NEGATIVE,
    "measured": NOT_NEGATIVE,
    "most_uncertain": NOT_NEGATIVE,
    "patch": COUNT,
    "stride": COUNT,
    "samples": COUNT,
    "noise": NOT_NEGATIVE,
    "error": FRACTION,
    "top": COUNT,
    "maps": COUNT,
    "steps": COUNT,
    "most_steps": COUNT,
    "jitter": FRACTION,
    "blur": NOT_NEGATIVE,
    "l2": NOT_NEGATIVE,
    "total_variation": NOT_NEGATIVE,
    "others": NOT_NEGATIVE,
    "decay": INSIDE_ONE,
    # hardware
    "devices": Range(1, also=(-1,)),
    "num_nodes": COUNT,
    "gradient_clip_val": NOT_NEGATIVE,
    "accumulate_grad_batches": COUNT,
    "limit_train_batches": NOT_NEGATIVE,
    "limit_val_batches": NOT_NEGATIVE,
    "limit_test_batches": NOT_NEGATIVE,
    "overfit_batches": NOT_NEGATIVE,
    "val_check_interval": POSITIVE,
    "check_val_every_n_epoch": COUNT,
    "log_every_n_steps": NOT_NEGATIVE,
    "num_sanity_val_steps": Range(-1),
    "max_steps": Range(-1),
    "min_steps": NOT_NEGATIVE,
    "min_epochs": NOT_NEGATIVE,
    # sweeps
    "goal": INSIDE_ONE,
    "tolerance": BELOW_ONE,
}


def out_of_range(name: str, value: Any) -> str | None:
    """What a number of this name, or each number of a list, has to be, where one is not; else None."""
    allowed = RANGES.get(name)
    if allowed is None:
        return None
    if isinstance(value, list):
        # A list of devices names them, and the first has the number 0.
        numbers_allowed = NOT_NEGATIVE if name == "devices" else allowed
        wrong = [item for item in value if _is_number(item) and item not in numbers_allowed]
        return f"{wrong[0]} is out of range: each has to be {numbers_allowed}." if wrong else None
    if _is_number(value) and value not in allowed:
        return f"It is out of range: {name} has to be {allowed}."
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
