"""Learning-rate schedules: functions from training progress to a factor on the optimizer's learning rate.

Progress runs from 0 at the first step to 1 at the last, so a schedule reads the same for ten epochs or a thousand.
Each begins with a linear warm-up over the fraction `warmup` of all steps (0 for none).
"""

import math


class Constant:
    """The optimizer's own learning rate throughout."""

    def __init__(self, *, warmup: float = 0.0):
        self.warmup = warmup

    def __call__(self, progress: float) -> float:
        """The factor at `progress` in [0, 1]."""
        if progress < self.warmup:
            return max(progress / self.warmup, 1e-3)
        return self.after_warmup((progress - self.warmup) / max(1.0 - self.warmup, 1e-9))

    def after_warmup(self, progress: float) -> float:
        """The factor at `progress` through what follows the warm-up."""
        return 1.0


class Cosine(Constant):
    """Half a cosine from 1 down to `floor` (Loshchilov and Hutter, 2017)."""

    def __init__(self, *, warmup: float = 0.0, floor: float = 0.0):
        super().__init__(warmup=warmup)
        self.floor = floor

    def after_warmup(self, progress: float) -> float:
        """Half a cosine."""
        return self.floor + (1 - self.floor) * 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))


class Step(Constant):
    """Multiplied by `factor` at each of the `milestones`, fractions of the run."""

    def __init__(self, *, warmup: float = 0.0, milestones: list[float] | None = None, factor: float = 0.1):
        super().__init__(warmup=warmup)
        self.milestones = [0.5, 0.75] if milestones is None else milestones
        self.factor = factor

    def after_warmup(self, progress: float) -> float:
        """One factor for each milestone passed."""
        return self.factor ** sum(progress >= milestone for milestone in self.milestones)


class OneCycle(Cosine):
    """Up to the optimizer's learning rate during `warmup`, then down a cosine to almost nothing (Smith, 2018)."""

    def __init__(self, *, warmup: float = 0.3, floor: float = 1e-4):
        super().__init__(warmup=warmup, floor=floor)


class Plateau(Constant):
    """Multiplied by `factor` whenever the monitored metric has not improved for `patience` epochs.

    The reduction is part of the object's plain state, which the scheduler saves with every checkpoint.
    """

    def __init__(self, *, warmup: float = 0.0, factor: float = 0.3, patience: int = 3):
        super().__init__(warmup=warmup)
        self.factor = factor
        self.patience = patience
        self.reduction = 1.0
        self.best: float | None = None
        self.epochs_without_improvement = 0

    def after_warmup(self, progress: float) -> float:
        """What the plateaus so far have left."""
        return self.reduction

    def observe(self, metric: float, *, best_is: str) -> None:
        """Take note of an epoch's metric, whose best is its "min" or its "max"."""
        if self.best is None or (metric < self.best if best_is == "min" else metric > self.best):
            self.best, self.epochs_without_improvement = metric, 0
            return
        self.epochs_without_improvement += 1
        if self.epochs_without_improvement > self.patience:
            self.reduction *= self.factor
            self.epochs_without_improvement = 0
