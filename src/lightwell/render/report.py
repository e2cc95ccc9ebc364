"""The report of a run: one self-contained HTML page that tells its story."""

import base64
import hashlib
import shlex
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from markupsafe import Markup

from lightwell.render import report_wording as wording
from lightwell.render.charts import reliability_chart
from lightwell.render.people_charts import people_story
from lightwell.render.report_artworks import artwork_story
from lightwell.render.report_composition import composition, facts, overrides
from lightwell.render.report_curves import best_epoch, curves
from lightwell.render.report_detections import detection_story
from lightwell.render.report_figures import final_figures, share_scale
from lightwell.render.report_files import RunFiles
from lightwell.render.report_folds import read_folds
from lightwell.render.report_gallery import gallery
from lightwell.render.report_pictures import Album
from lightwell.render.report_predictions import (
    class_rows,
    confidences,
    confusion,
    mix_ups,
    read_predictions,
    wrong_answers,
)
from lightwell.render.report_sounds import Playlist
from lightwell.render.report_story import ending, headline, how_to_read_evidence, question, verdict
from lightwell.runs.files import write_text
from lightwell.runs.predictions import Predictions

TEMPLATES = Path(__file__).parent / "templates"


def write_report(run_folder: Path) -> Path:
    """Write `report.html` into a run folder and return its path.

    The page is made from the folder alone, whatever is in it: a run that failed or was interrupted gets one too.
    It fetches nothing, and nothing that a file of the folder says can run in it.

    Raises:
        NotADirectoryError: When there is no such folder.
    """
    if not run_folder.is_dir():
        raise NotADirectoryError(f"{run_folder} is no run folder. Give one, as outputs/<experiment>/<run>.")
    page = environment().get_template("report.html").render(_story(RunFiles(run_folder)))
    report = run_folder / "report.html"
    # A file name that is no UTF-8 comes in as lone surrogates, which no page can hold.
    write_text(report, page.encode("utf-8", "replace").decode("utf-8"))
    return report


def _story(files: RunFiles) -> dict[str, Any]:
    """All that the templates show, in the order of the page."""
    config, provenance, metrics = files.yaml("config.yaml"), files.json("provenance.json"), files.metrics()
    choices = _mapping(provenance.get("choices"))
    monitor = str(config.get("monitor", "val/accuracy"))
    judged = monitor.rpartition("/")[2]
    album, playlist = Album(files), Playlist(files)
    detections = detection_story(files, album, playlist, metrics)
    artworks = artwork_story(files, album, config, metrics)
    looked_at, people = gallery(files, album, playlist), people_story(files, album)
    # What is heard in a stream is judged by events: answers word by word would be another figure of the same name.
    table, predictions = files.epochs(), None if detections or artworks else read_predictions(files)
    known = people or detections
    figures = final_figures(metrics, predictions, judged, known.intervals if known else {})
    experiment = str(provenance.get("experiment") or files.folder.parent.name)
    epochs_done = len(table.get("epoch", ()))
    opening = artworks.verdict if artworks else [detections.verdict] if detections else []
    return {
        "question": question(config, experiment, str(choices.get("model", "")), predictions),
        "experiment": experiment,
        "run": files.folder.name,
        "ending": ending(files.json("status.json"), epochs_done),
        "headline": headline(figures, judged),
        "verdict": [*opening, *verdict(headline(figures, judged), predictions)],
        "gallery": looked_at,
        "people": people,
        "detections": detections,
        "artworks": artworks,
        "paints": config.get("output") == "picture",
        "composition": composition(config, choices),
        "config_text": files.text("config.yaml"),
        "overrides": overrides(files),
        "charts": curves(table, monitor, best_epoch(table, metrics, monitor)),
        "epochs_done": epochs_done,
        "figures": figures,
        "scale": share_scale(figures),
        "predictions": predictions,
        **(_answers(predictions) if predictions else {}),
        "folds": read_folds(files, [known.name for known in figures], monitor),
        "provenance": provenance,
        "git": _mapping(provenance.get("git")),
        "tables": {name: facts(provenance.get(name)) for name in ("data", "hardware", "packages")},
        "command": _command(provenance.get("command")),
        "notes": files.notes,
    }


def _answers(predictions: Predictions) -> dict[str, Any]:
    """What the section on right and wrong answers shows."""
    counts = np.empty((0, 0), dtype=np.int64) if predictions.multilabel else confusion(predictions)
    return {
        "examples": len(predictions.names),
        "confusion": counts.tolist(),
        "mix_ups": mix_ups(counts, predictions.classes),
        "class_rows": class_rows(predictions) if predictions.multilabel else [],
        "reliability": reliability_chart(*confidences(predictions)),
        "wrong_answers": wrong_answers(predictions),
    }


def _command(arguments: Any) -> str:
    """The command that repeats the run, quoted for a shell."""
    if not isinstance(arguments, list) or not arguments:
        return ""
    words = [str(argument) for argument in arguments]
    return shlex.join(["python", *words] if words[0].endswith(".py") else words)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def environment() -> jinja2.Environment:
    """Templates that escape all they are given; the page's own style and script are the one exception.

    The policy in the page's head lets only that script run, told by its hash, and lets nothing be fetched.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    script = (TEMPLATES / "report.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    environment.globals |= {
        "style": Markup((TEMPLATES / "report.css").read_text(encoding="utf-8")),
        "script": Markup(script),
        "script_hash": f"sha256-{digest}",
        "metric_name": wording.metric_name,
        "metric_hint": wording.metric_hint,
        "methods": wording.METHODS,
        "is_share": wording.is_share,
        "how_to_read_evidence": how_to_read_evidence,
    }
    environment.filters |= {
        "words": wording.words,
        "figure": wording.figure,
        "percent": wording.percent,
        "amount": wording.amount,
        "duration": wording.duration,
        "moment": wording.moment,
    }
    return environment
