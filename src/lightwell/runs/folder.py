"""A run's folder: all that the run is, is in it."""

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from filelock import FileLock, Timeout

from lightwell.config.mistakes import ConfigMistakes, Mistake
from lightwell.render.report import write_report
from lightwell.runs.attempts import keep_attempt
from lightwell.runs.files import write_json, write_text
from lightwell.runs.interrupted import Interrupted, Pruned
from lightwell.runs.origin import Origin
from lightwell.runs.provenance import command, git_state, hardware, package_versions
from lightwell.runs.record import RunRecord, extends, flat, read_record

log = logging.getLogger(__name__)


class Claimed(Exception):
    """A folder in which another process is running."""


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

    def tell_finished(self) -> None:
        """Say that there is nothing to do, outside any run's log."""
        if self.writes:
            print(f"{self.shown} has finished already.", file=sys.stderr)

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Keep other processes' runs out of the folder; a process that is killed loses its claim with its life.

        Raises:
            Claimed: When another process runs in it.
        """
        if not self.writes:
            yield
            return
        self.path.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.path / ".lock", timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise Claimed(f"{self.shown} is being run by another process. Wait for it, or stop it.") from None
        try:
            yield
        finally:
            (self.path / ".lock").unlink(missing_ok=True)
            lock.release()

    def earlier(self, settings: dict[str, Any]) -> RunRecord | None:
        """What an earlier attempt at this run recorded; None where there was none.

        Raises:
            ConfigMistakes: When the folder holds another run than the one that these settings describe.
        """
        if not (self.path / "config.yaml").is_file():
            return None
        record = read_record(self.path)
        before, now = flat(record.config), flat(settings)
        changed = [key for key in {**before, **now} if before.get(key) != now.get(key) and not extends(key)]
        if changed:
            advice = "Leave it as it was, or start a new run."
            raise ConfigMistakes(
                [
                    Mistake(key, now.get(key), f"The run in {self.shown} was begun with {before.get(key)}.", advice)
                    for key in changed
                ]
            )
        return record

    def remove_if_empty(self) -> None:
        """Leave no folder of a run that never began."""
        here = Path.cwd()
        for folder in (self.path, self.path.parent, self.path.parent.parent) if self.writes else ():
            if folder == here or any(folder.iterdir()):
                break
            folder.rmdir()

    @contextmanager
    def recording(self, settings: dict[str, Any], origin: Origin) -> Iterator[None]:
        """Record what runs, its log, and how it ends if it does not end well.

        Args:
            settings: The composed config, resolved and plain.
            origin: What it was composed of.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        self._begin(settings, origin)
        with self._logging():
            try:
                yield
            except BaseException as error:
                ending = {Interrupted: "interrupted", Pruned: "pruned"}.get(type(error), "failed")
                reason = f"{type(error).__name__}: {error}" if ending == "failed" else str(error)
                with suppress(Exception):  # the error that ended the run is the one to be told, not a full disk now
                    self.record_provenance()
                    self.record_status(ending, reason)
                    if self.writes:
                        write_report(self.path)
                raise

    def record_unbegun(self, settings: dict[str, Any], origin: Origin, error: Exception) -> None:
        """Record a job that failed before it began, for its sweep's table; one that began has recorded itself."""
        if self.writes and not (self.path / "status.json").exists():
            with suppress(type(error)), self.recording(settings, origin):
                raise error

    def _begin(self, settings: dict[str, Any], origin: Origin) -> None:
        if not self.writes:
            return
        attempts = keep_attempt(self.path)
        write_text(self.path / "overrides.yaml", yaml.safe_dump(origin.overrides, allow_unicode=True))
        git, diff = git_state(Path(__file__).parent)
        if diff:
            write_text(self.path / "git.diff", diff + "\n")
        self.provenance = {
            "command": command(),
            "experiment": origin.choices.get("experiment"),
            "choices": origin.choices,
            "seed": settings["seed"],
            "started": datetime.now().astimezone().isoformat(timespec="seconds"),
            "seconds": None,
            "git": git,
            "packages": package_versions(),
            "hardware": hardware(),
            "data": None,
            "earlier_attempts": attempts,
            **origin.about,
        }
        self.record_status("running")
        self.record_provenance()
        # Last, since this is what makes it a run folder: where it stands, the other records do.
        write_text(self.path / "config.yaml", yaml.safe_dump(settings, sort_keys=False, allow_unicode=True))

    def record_provenance(self, **news: Any) -> None:
        """Write `provenance.json` with what has become known."""
        if self.writes:
            self.provenance |= news | {"seconds": round(time.monotonic() - self.started, 1)}
            write_json(self.path / "provenance.json", self.provenance)

    def record_data(self, fingerprint: dict[str, Any], earlier: RunRecord | None) -> None:
        """Record what the data are.

        Raises:
            ConfigMistakes: When an earlier attempt at the run had other data.
        """
        before = (earlier.provenance.get("data") if earlier else None) or fingerprint
        if before != fingerprint:
            problem = "The data are not those that the run was begun with."
            raise ConfigMistakes([Mistake("data", None, problem, "Restore them, or start a new run.")])
        self.record_provenance(data=fingerprint)

    def record_status(self, status: str, reason: str | None = None) -> None:
        """Write `status.json`: running, finished, failed, interrupted or pruned, and after how many epochs."""
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
