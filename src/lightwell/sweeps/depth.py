"""How many layers the task needs: a sweep over depths."""

from lightwell.runs.record import RunRecord
from lightwell.sweeps.answer import Answer


class Depth:
    """How many hidden layers are enough for the task: as many as `model.widths` has numbers.

    Args:
        tolerance: The accuracy that may be lost against the best depth.
        fail_fast: Whether the jobs after one that failed are left out.
    """

    def __init__(self, *, tolerance: float = 0.01, fail_fast: bool = False):
        self.tolerance = tolerance
        self.fail_fast = fail_fast

    def answer(self, jobs: list[RunRecord]) -> Answer | None:
        """The fewest layers that are good enough, as far as the jobs so far tell; None before any has finished."""
        from lightwell.sweeps.enough import compare  # NumPy: a command line that is only checked needs none

        return compare(
            jobs,
            size=lambda config: len(config["model"]["widths"]),
            tolerance=self.tolerance,
            unit="hidden layer",
            question="How many layers does the task need?",
        )
