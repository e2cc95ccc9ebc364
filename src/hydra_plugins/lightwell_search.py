"""Hydra's sweeper for `sweep=optuna`: asks Optuna for settings, launches jobs with them, and tells what came out.

Hydra takes sweepers from the namespace package `hydra_plugins` only, and imports all of it at every start: Optuna and
torch are imported when a search begins, and not before.
"""

import itertools
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import IntervalSweep, Override, RangeSweep
from hydra.core.plugins import Plugins
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from lightwell.chance import torch_seed
from lightwell.config.resolvers import best_is
from lightwell.runs.files import write_json
from lightwell.runs.record import NoRun, RunRecord, is_running, read_record
from lightwell.sweeps.search import open_study

log = logging.getLogger(__name__)


class OptunaSweeper(Sweeper):
    """Runs a search in its sweep folder, and goes on with it when the same command is given again.

    A trial is a job: its number is the job's, and its folder the run's. What a killed process left running is run to
    its end first, in its folder and with its settings.

    Args:
        params: Search spaces that a config file gives, as words: `{"optimizer.lr": "interval(0.0001, 0.1)"}`.
        max_batch_size: Unused; Hydra's own sweepers take it.
    """

    def __init__(self, params: DictConfig | None = None, max_batch_size: int | None = None):
        self.params = dict(params or {})

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Take what Hydra hands to every sweeper."""
        self.monitor: str = config.monitor
        self.seed: int = config.seed
        self.search = config.sweep
        self.sweep_folder = Path(config.hydra.sweep.dir).absolute()
        self.loader = hydra_context.config_loader
        self.launcher: Launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> None:
        """Run trials until there are as many as were asked for."""
        words = [f"{key!s}={value}" for key, value in self.params.items()]
        words = [word for word in words if not any(given.lstrip("+").startswith(_key(word)) for given in arguments)]
        overrides = OverridesParser.create(config_loader=self.loader).parse_overrides([*words, *arguments])
        fixed = [str(override.input_line) for override in overrides if not override.is_sweep_override()]
        self.sweep_folder.mkdir(parents=True, exist_ok=True)
        study = open_study(self.sweep_folder, direction=f"{best_is(self.monitor)}imize", pruner=self.pruner())
        while trials := list(itertools.islice(self.next_trials(study, overrides), self.search.side_by_side)):
            for number, _ in trials:
                write_json(self.sweep_folder / str(number) / "trial.json", {"trial": number})
            jobs = [[*fixed, *(f"{key}={value}" for key, value in settings.items())] for _, settings in trials]
            self.launcher.launch(jobs, initial_job_idx=trials[0][0])
            broken = [number for number, _ in trials if not self.tell(study, number)]
            if broken and self.search.fail_fast:
                log.warning("Trial %s failed, and sweep.fail_fast is set.", broken[0])
                return

    def next_trials(self, study: Any, overrides: list[Override]) -> Iterator[tuple[int, dict[str, Any]]]:
        """The number and the settings of what is to be run next: what was left running, else new proposals."""
        import optuna

        left = [trial for trial in study.get_trials() if trial.state == optuna.trial.TrialState.RUNNING]
        for trial in left:
            if not is_running(self.sweep_folder / str(trial.number)):
                yield trial.number, _in_words(trial.params)
                return  # its number may not be followed by the next one's, as the launcher counts
        spaces = {
            override.get_key_element(): _space(override) for override in overrides if override.is_sweep_override()
        }
        while len(study.get_trials()) < self.search.trials:
            seed = torch_seed(self.seed, "search", len(study.get_trials())) % 2**32
            study.sampler = optuna.samplers.TPESampler(seed=seed)
            trial = study.ask(spaces)
            yield trial.number, _in_words(trial.params)

    def pruner(self) -> Any:
        """What decides whether a trial goes on."""
        import optuna

        return optuna.pruners.MedianPruner() if self.search.pruning else optuna.pruners.NopPruner()

    def tell(self, study: Any, number: int) -> bool:
        """Tell Optuna what came of a trial; returns whether it went well."""
        import optuna

        record = self.record(number)
        value = record.metrics.get(f"best/{self.monitor}") if record else None
        if record and record.status == "pruned":
            study.tell(number, state=optuna.trial.TrialState.PRUNED)
        elif record and record.status == "finished" and value is not None:
            study.tell(number, value)
        else:
            study.tell(number, state=optuna.trial.TrialState.FAIL)
            return False
        return True

    def record(self, number: int) -> RunRecord | None:
        """What a trial's folder says; None where there is nothing to read."""
        try:
            return read_record(self.sweep_folder / str(number))
        except NoRun:
            return None


def _key(word: str) -> str:
    return word.partition("=")[0] + "="


def _in_words(params: dict[str, Any]) -> dict[str, Any]:
    """Values as the command line has them; a float in full, so that it is read as the same number."""
    return {key: repr(value) if isinstance(value, float) else value for key, value in params.items()}


def _space(override: Override) -> Any:
    """Optuna's distribution for what Hydra calls a sweep."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    sweep: Any = override.value()
    if isinstance(sweep, IntervalSweep):
        log_scale = "log" in sweep.tags
        if isinstance(sweep.start, int) and isinstance(sweep.end, int):
            return IntDistribution(sweep.start, sweep.end, log=log_scale)
        return FloatDistribution(float(sweep.start or 0), float(sweep.end or 0), log=log_scale)
    if isinstance(sweep, RangeSweep) and all(isinstance(end, int) for end in (sweep.start, sweep.stop, sweep.step)):
        start, stop, step = int(sweep.start or 0), int(sweep.stop or 0), int(sweep.step)
        return IntDistribution(start, stop - 1, step=step)
    return CategoricalDistribution(list(override.sweep_string_iterator()))
