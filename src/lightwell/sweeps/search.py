"""A search for good settings, by Optuna."""

from pathlib import Path
from typing import Any

from lightwell.runs.record import RunRecord
from lightwell.sweeps.answer import Answer


class Search:
    """Trials whose settings Optuna proposes, each from what the ones before it came to.

    The settings are sampled by a tree-structured Parzen estimator (Bergstra et al., 2011). What counts is the best
    value of the monitored metric on the validation split; the test split has no part in the search.

    Args:
        trials: How many, those of earlier calls of the same command included.
        side_by_side: How many are proposed at a time, for a launcher that runs several.
        pruning: Whether a trial ends early whose validation curve lies below the median of those before it.
        fail_fast: Whether the trials after one that failed are left out.
    """

    def __init__(self, *, trials: int = 20, side_by_side: int = 1, pruning: bool = True, fail_fast: bool = False):
        self.trials = trials
        self.side_by_side = side_by_side
        self.pruning = pruning
        self.fail_fast = fail_fast

    def answer(self, jobs: list[RunRecord]) -> Answer | None:
        """The best trial so far, and which settings matter; None before any has finished."""
        if not any(job.status == "finished" for job in jobs):
            return None
        from lightwell.sweeps.search_answer import best_so_far  # Optuna and SciPy, which no other sweep needs

        return best_so_far(jobs, trials=self.trials)


def study_file(sweep: Path) -> Path:
    """Where a search keeps what it knows."""
    return sweep / "study.db"


def open_study(sweep: Path, **options: Any) -> Any:
    """The study of a sweep folder, made if there is none.

    Raises:
        ModuleNotFoundError: When Optuna is not installed.
    """
    try:
        import optuna
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError('sweep=optuna needs Optuna: pip install "lightwell[optuna]"') from error
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    storage = f"sqlite:///{study_file(sweep).absolute()}"
    return optuna.create_study(study_name="search", storage=storage, load_if_exists=True, **options)
