"""Reading the manifests that explanations leave in a run folder."""

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lightwell.render.report_files import UNREADABLE, RunFiles


@dataclass(frozen=True)
class Shown:
    """One example that was explained, as its manifest tells it; paths are relative to the run folder."""

    key: tuple[str, str, str]
    """Why it was chosen, its index and its target: the same in the manifests of other methods and epochs."""
    name: str
    label: list[str]
    predicted: list[str]
    probability: float | None
    score: float | None
    picture: Path
    overlay: Path
    evidence_share: float | None
    contributions: list[tuple[str, float]]
    bias: float | None

    @property
    def chosen(self) -> str:
        """Why this example is shown: `fixed`, `most_wrong` or `most_right`."""
        return self.key[0]

    @property
    def target(self) -> str:
        """The class whose score is explained."""
        return self.key[2]

    @property
    def right(self) -> bool:
        """Whether the network called it by its label, or by all of its labels."""
        return set(self.label) == set(self.predicted)


@dataclass(frozen=True)
class Evidence:
    """How well a method's maps lie on the evidence, over many examples.

    Attributes:
        share: Of the maps' positive mass, how much lies on the evidence.
        random_weights_share: The same for a network with random weights.
        area: The share of the evidence in the maps' cells.
        pointing_game: How often the maps' largest value lies on the evidence.
        random_weights_pointing_game: The same for a network with random weights.
        intersection_over_union: Of what the maps cut out with the evidence.
        random_weights_intersection_over_union: The same for a network with random weights.
    """

    examples: int
    share: float
    random_weights_share: float | None
    area: float | None
    pointing_game: float | None
    random_weights_pointing_game: float | None
    intersection_over_union: float | None
    random_weights_intersection_over_union: float | None


@dataclass(frozen=True)
class Sheet:
    """One picture of many finds, such as what excites the feature maps of a layer; of sound, some of it to hear."""

    name: str
    caption: str
    picture: Path
    sounds: list[tuple[str, Path]]


@dataclass(frozen=True)
class Manifest:
    """What one method wrote after one epoch."""

    method: str
    epoch: int
    final: bool
    shown: list[Shown]
    evidence: Evidence | None
    sheets: list[Sheet]


def read_manifests(files: RunFiles, *, below: Path = Path()) -> list[Manifest]:
    """Every manifest of a run, or of the fold `below`; by method, the methods that most runs have first."""
    paths = (files.folder / below).glob("explanations/*/epoch_*/manifest.json")
    manifests = []
    for path in sorted(paths):
        relative = path.relative_to(files.folder)
        content = files.json(relative)
        if not content:
            continue
        try:
            manifests.append(_manifest(content, relative.parent))
        except UNREADABLE as error:
            files.note(f"{relative} is no manifest: {type(error).__name__}, {error}")
    usual = ["saliency", "occlusion", "class_activation_map", "class_image"]
    places = {method: place for place, method in enumerate(usual)}
    manifests.sort(key=lambda manifest: (places.get(manifest.method, len(usual)), manifest.method, manifest.epoch))
    return manifests


def last_of_each_method(manifests: list[Manifest]) -> list[Manifest]:
    """One manifest a method: the final one, or the latest of a run that did not finish."""
    latest: dict[str, Manifest] = {}
    for manifest in manifests:
        known = latest.get(manifest.method)
        if known is None or (manifest.final, manifest.epoch) >= (known.final, known.epoch):
            latest[manifest.method] = manifest
    return list(latest.values())


def _manifest(content: dict[str, Any], folder: Path) -> Manifest:
    evidence = content.get("evidence")
    number = re.search(r"\d+$", folder.name)
    return Manifest(
        method=str(content.get("method", folder.parent.name)),
        epoch=int(content.get("epoch", number.group() if number else 0)),
        final=content.get("final") is True,
        shown=[_shown(example, folder) for example in content["examples"]],
        evidence=_evidence(evidence) if evidence else None,
        sheets=[
            Sheet(
                str(layer["name"]), str(layer.get("caption", "")), folder / str(layer["sheet"]), _sounds(layer, folder)
            )
            for layer in content.get("layers") or []
        ],
    )


def _shown(example: dict[str, Any], folder: Path) -> Shown:
    return Shown(
        key=(str(example.get("chosen", "fixed")), str(example["index"]), str(example["target"])),
        name=str(example.get("name", example["index"])),
        label=_names(example.get("label")),
        predicted=_names(example.get("predicted")),
        probability=_number(example.get("probability")),
        score=_number(example.get("score")),
        picture=folder / str(example["picture"]),
        overlay=folder / str(example["overlay"]),
        evidence_share=_number((example.get("scores") or {}).get("mass_inside")),
        contributions=[
            (f"map {part['feature_map']}", _number(part["share"]) or 0.0) for part in example.get("contributions") or []
        ],
        bias=_number(example.get("bias")),
    )


def _evidence(evidence: dict[str, Any]) -> Evidence | None:
    trained, random = evidence.get("trained") or {}, evidence.get("random_weights") or {}
    share = _number(trained.get("mass_inside"))
    if share is None:
        return None
    return Evidence(
        examples=int(evidence.get("examples", 0)),
        share=share,
        random_weights_share=_number(random.get("mass_inside")),
        area=_number(evidence.get("area")),
        pointing_game=_number(trained.get("pointing_game")),
        random_weights_pointing_game=_number(random.get("pointing_game")),
        intersection_over_union=_number(trained.get("intersection_over_union")),
        random_weights_intersection_over_union=_number(random.get("intersection_over_union")),
    )


def _sounds(layer: dict[str, Any], folder: Path) -> list[tuple[str, Path]]:
    units = [unit for unit in layer.get("units") or [] if "sound" in unit]
    return [(f"map {unit['unit']}", folder / str(unit["sound"])) for unit in units]


def _names(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(name) for name in value] if isinstance(value, list) else [str(value)]


def _number(value: Any) -> float | None:
    return float(value) if value is not None and math.isfinite(float(value)) else None
