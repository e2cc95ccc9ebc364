"""A run's folder: all that the run is, is in it."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from hydra.core.hydra_config import HydraConfig
from omegaconf import OmegaConf

from lightwell.render.report import write_report
from lightwell.runs.files import write_json, write_text
from lightwell.runs.interrupted import Interrupted
from lightwell.runs.provenance import command, git_state, hardware, package_versions

log = logging.getLogger(__name__)


class RunFolder:
    """Writes a run's records; under several processes only the first one's are written.

    Args:
        path: The folder, made already.
        writes: Whether this process is the one that writes.
    """

    def __init__(self, path: Path, *, writes: bool):
        self.path = path
        self.writes = writes
        self.started = time.monotonic()
        self.provenance: dict[str, Any] = {}

    @property
    def shown(self) -> str:
        """The path as people read and type it: from where they stand, if it is below."""
        here = Path.cwd()
        return str(self.path.relative_to(here) if self.path.is_relative_to(here) else self.path)

    def remove_if_empty(self) -> None:
        """Leave no folder of a run that never began."""
        here = Path.cwd()
        for folder in (self.path, self.path.parent, self.path.parent.parent) if self.writes else ():
            if folder == here or any(folder.iterdir()):
                break
            folder.rmdir()

    @contextmanager
    def recording(self, settings: dict[str, Any]) -> Iterator[None]:
        """Record what runs, its log, and how it ends if it does not end well.

        Args:
            settings: The composed config, resolved and plain.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        self._begin(settings)
        with self._logging():
            try:
                yield
            except BaseException as error:
                self.record_provenance()
                interrupted = isinstance(error, Interrupted)
                reason = str(error) if interrupted else f"{type(error).__name__}: {error}"
                self.record_status("interrupted" if interrupted else "failed", reason)
                if self.writes:
                    with suppress(Exception):  # the error that ended the run is the one to be told
                        write_report(self.path)
                raise

    def record_unbegun(self, settings: dict[str, Any], error: Exception) -> None:
        """Record a job that failed before it began, for its sweep's table; one that began has recorded itself."""
        if self.writes and not (self.path / "status.json").exists():
            with suppress(type(error)), self.recording(settings):
                raise error

    def _begin(self, settings: dict[str, Any]) -> None:
        if not self.writes:
            return
        hydra = HydraConfig.get()
        choices = {name: choice for name, choice in hydra.runtime.choices.items() if not name.startswith("hydra/")}
        write_text(self.path / "config.yaml", yaml.safe_dump(settings, sort_keys=False, allow_unicode=True))
        write_text(self.path / "overrides.yaml", yaml.safe_dump(list(hydra.overrides.task), allow_unicode=True))
        git, diff = git_state(Path(__file__).parent)
        if diff:
            write_text(self.path / "git.diff", diff + "\n")
        self.provenance = {
            "command": command(),
            "experiment": choices.get("experiment"),
            "choices": OmegaConf.to_container(OmegaConf.create(choices)),
            "seed": settings["seed"],
            "started": datetime.now().astimezone().isoformat(timespec="seconds"),
            "seconds": None,
            "git": git,
            "packages": package_versions(),
            "hardware": hardware(),
            "data": None,
        }
        self.record_status("running")
        self.record_provenance()

    def record_provenance(self, **news: Any) -> None:
        """Write `provenance.json` with what has become known."""
        if self.writes:
            self.provenance |= news | {"seconds": round(time.monotonic() - self.started, 1)}
            write_json(self.path / "provenance.json", self.provenance)

    def record_status(self, status: str, reason: str | None = None) -> None:
        """Write `status.json`: running, finished, failed or interrupted, and after how many epochs."""
        if self.writes:
            table = self.path / "metrics.csv"
            epochs = len(table.read_text().splitlines()) - 1 if table.exists() else 0
            write_json(self.path / "status.json", {"status": status, "reason": reason, "epochs": epochs})

    def record_metrics(self, metrics: dict[str, float]) -> None:
        """Write `metrics.json`: the final figures, and nothing that differs when the run is repeated."""
        if self.writes:
            write_json(self.path / "metrics.json", metrics)

    @contextmanager
    def _logging(self) -> Iterator[None]:
        """Send messages to the terminal and, with their times, to `run.log`."""
        root = logging.getLogger()
        handlers: list[logging.Handler] = []
        if self.writes:
            handlers.append(logging.StreamHandler())
            file = logging.FileHandler(self.path / "run.log", encoding="utf-8")
            file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
            handlers.append(file)
        before, root.handlers = root.handlers, handlers or [logging.NullHandler()]
        level = root.level
        root.setLevel(logging.INFO)
        try:
            yield
        finally:
            root.handlers = before
            root.setLevel(level)
            for handler in handlers:
                handler.close()
