"""The plainest sweep: every combination of the values given."""

from lightwell.runs.record import RunRecord
from lightwell.sweeps.answer import Answer


class Grid:
    """Every combination of the values given; its answer is its table.

    Args:
        fail_fast: Whether the jobs after one that failed are left out.
    """

    def __init__(self, *, fail_fast: bool = False):
        self.fail_fast = fail_fast

    def answer(self, jobs: list[RunRecord]) -> Answer | None:
        """What the jobs so far say together; None, since a grid asks no question of its own."""
        return None
