"""The smallest picture that is good enough: a sweep over resolutions."""

from lightwell.runs.record import RunRecord
from lightwell.sweeps.answer import Answer


class Resolution:
    """Which picture size is enough for the task.

    Args:
        tolerance: The accuracy that may be lost against the best size.
        fail_fast: Whether the jobs after one that failed are left out.
    """

    def __init__(self, *, tolerance: float = 0.01, fail_fast: bool = False):
        self.tolerance = tolerance
        self.fail_fast = fail_fast

    def answer(self, jobs: list[RunRecord]) -> Answer | None:
        """The smallest picture that is good enough, as far as the jobs so far tell; None before any has finished."""
        from lightwell.sweeps.enough import compare  # NumPy: a command line that is only checked needs none

        return compare(
            jobs,
            size=lambda config: int(config["data"]["image_size"]),
            tolerance=self.tolerance,
            unit="pixel",
            question="Which resolution is enough?",
        )
