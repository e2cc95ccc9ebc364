"""Sweep folders as jobs leave them, written by hand."""

import json
from pathlib import Path
from typing import Any

import yaml


def write_job(
    sweep: Path, number: int, words: list[str], *, loss: float | None, status: str = "finished", **about: Any
) -> Path:
    """One job, whose best validation loss is given, and whose accuracy is what is left of 1."""
    job = sweep / str(number)
    job.mkdir(parents=True)
    config = {"monitor": "val/loss", "seed": 0, "epochs": 3, "sweep": {"_target_": "lightwell.sweeps.Grid"}}
    (job / "config.yaml").write_text(yaml.safe_dump({**config, **about.get("config", {})}))
    (job / "overrides.yaml").write_text(yaml.safe_dump(words))
    (job / "status.json").write_text(json.dumps({"status": status, "reason": about.get("reason"), "epochs": 3}))
    (job / "provenance.json").write_text(
        json.dumps({"experiment": "digits", "started": f"2026-01-01T00:00:{number:02d}"})
    )
    if loss is not None:
        (job / "metrics.json").write_text(json.dumps({"test/accuracy": 1 - loss, "best/val/loss": loss}))
        rows = [f"{epoch},{loss + 1 / (epoch + 1)}" for epoch in range(3)]
        (job / "metrics.csv").write_text("\n".join(["epoch,val/loss", *rows]) + "\n")
    return job
