"""Published experiments: what each claims, and whether it holds here."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from lightwell.config.check import conf_folder
from lightwell.runs.files import read_json
from lightwell.runs.record import NoRun


@dataclass(frozen=True)
class Claim:
    """A figure that an experiment is known for.

    Attributes:
        run: Which of the experiment's runs.
        metric: The figure: one of `metrics.json`, of an explanation's evidence, such as
            `explanations/occlusion/pointing_game`, or of a sweep's `sweep.json`.
        value: What it is, in the mean over the seeds.
        tolerance: How far off it may be.
    """

    run: str
    metric: str
    value: float
    tolerance: float


@dataclass(frozen=True)
class Published:
    """An experiment of the folder `experiments`.

    Attributes:
        name: The folder's name.
        runs: The words of `train.py` for each run; a sweep's begin with `-m`.
        seeds: With which each run is made; a sweep has its own.
        minutes: How long all of it takes, on two cores.
        claims: What must come out.
    """

    name: str
    runs: dict[str, list[str]]
    seeds: list[int]
    minutes: float
    claims: list[Claim]


@dataclass(frozen=True)
class Verdict:
    """A claim, and the figures that came out, one a seed."""

    claim: Claim
    measured: list[float]

    @property
    def holds(self) -> bool:
        """Whether the mean is within the tolerance."""
        return abs(float(np.mean(self.measured)) - self.claim.value) <= self.claim.tolerance + 1e-12


def experiments_folder() -> Path:
    """The folder of published experiments beside `conf`."""
    return conf_folder().parent / "experiments"


def published(name: str) -> Published:
    """Read what an experiment claims.

    Raises:
        NoRun: When there is no such experiment.
    """
    file = experiments_folder() / name / "claims.yaml"
    if not file.is_file() or file.parent.parent != experiments_folder():
        known = sorted(claims.parent.name for claims in experiments_folder().glob("*/claims.yaml"))
        raise NoRun(f"{name} is neither a run folder nor a published experiment; these are: {', '.join(known)}.")
    content: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    claims = [Claim(**claim) for claim in content["claims"]]
    return Published(name, content["runs"], content["seeds"], content["minutes"], claims)


def make_runs(experiment: Published, folder: Path) -> Iterator[tuple[str, Path]]:
    """Make an experiment's runs, one after another; yields each run's name and folder.

    Raises:
        NoRun: When one of them does not finish.
    """
    train = conf_folder().parent / "train.py"
    for name, words in experiment.runs.items():
        sweep = "-m" in words
        for seed in [None] if sweep else experiment.seeds:
            path = folder / (name if seed is None else f"{name}_seed_{seed}")
            place = f"hydra.{'sweep' if sweep else 'run'}.dir={path}"
            command = [sys.executable, str(train), *words, *([] if sweep else [f"seed={seed}"]), place]
            if subprocess.run(command, env=os.environ).returncode:
                raise NoRun(f"{' '.join(words)} did not finish; its messages stand above, and its records in {path}.")
            yield name, path


def judge(experiment: Published, runs: list[tuple[str, Path]]) -> list[Verdict]:
    """Hold every claim against the runs that were made.

    Raises:
        NoRun: When a run has no such figure.
    """
    figures = [(name, path, figures_of(path)) for name, path in runs]
    verdicts = []
    for claim in experiment.claims:
        for name, path, known in figures:
            if name == claim.run and claim.metric not in known:
                raise NoRun(f"{path} has no figure {claim.metric}. It has: {', '.join(known)}.")
        verdicts.append(Verdict(claim, [known[claim.metric] for name, _, known in figures if name == claim.run]))
    return verdicts


def figures_of(path: Path) -> dict[str, float]:
    """A run's final figures and its explanations' evidence, or a sweep's figures."""
    if (path / "sweep.json").is_file():
        return dict(read_json(path / "sweep.json"))
    figures = dict(read_json(path / "metrics.json"))
    for file in sorted(path.glob("explanations/*/*/manifest.json")):
        manifest = read_json(file)
        evidence = (manifest.get("evidence") if manifest.get("final") else None) or {}
        for weights, row in (("", "trained"), ("random_weights/", "random_weights")):
            for measure, value in evidence.get(row, {}).items():
                figures[f"explanations/{manifest['method']}/{weights}{measure}"] = value
    return figures


def table(experiment: Published, verdicts: list[Verdict], seconds: float, machine: str) -> str:
    """The outcome as Markdown, for the terminal and for a README."""
    lines = ["| run | figure | claimed | measured | |", "|---|---|---|---|---|"]
    for verdict in verdicts:
        claim = verdict.claim
        spread = f" (seeds: {', '.join(f'{value:.4g}' for value in verdict.measured)})"
        measured = f"{np.mean(verdict.measured):.4g}{spread if len(verdict.measured) > 1 else ''}"
        held = "holds" if verdict.holds else "**does not hold**"
        lines.append(f"| {claim.run} | {claim.metric} | {claim.value:g} ± {claim.tolerance:g} | {measured} | {held} |")
    holding = sum(verdict.holds for verdict in verdicts)
    circumstances = f"{datetime.now():%Y-%m-%d}, {seconds / 60:.1f} min, {machine}"
    return "\n".join([*lines, "", f"{holding} of {len(verdicts)} claims hold: {circumstances}."])
