"""How much data is enough? A sweep over nested budgets of training examples."""

from lightwell.runs.record import RunRecord
from lightwell.sweeps.answer import Answer


class DataBudget:
    """How many training examples a goal takes, read off a learning curve.

    Args:
        goal: What is to be reached, between 0 and 1.
        metric: The figure that is to reach it: a share of the test examples, of which 1 is best.
        fail_fast: Whether the jobs after one that failed are left out.
    """

    def __init__(self, *, goal: float = 0.97, metric: str = "test/accuracy", fail_fast: bool = False):
        self.goal = goal
        self.metric = metric
        self.fail_fast = fail_fast

    def answer(self, jobs: list[RunRecord]) -> Answer | None:
        """How many examples the goal takes, as far as the jobs so far tell; None before any has finished."""
        from lightwell.sweeps.learning_curve import read_off  # SciPy: a command line that is only checked needs none

        return read_off(jobs, goal=self.goal, metric=self.metric)
