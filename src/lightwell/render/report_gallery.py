"""Where the network looks: the examples of every method side by side, with their pictures."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lightwell.render.report_contributions import Walk, contribution_walk
from lightwell.render.report_files import RunFiles
from lightwell.render.report_manifests import Evidence, Manifest, Sheet, Shown, last_of_each_method, read_manifests
from lightwell.render.report_pictures import Album, Picture
from lightwell.render.report_sounds import Playlist

GROUPS = {
    "fixed": ("Examples", "Chosen before training started, so that runs and epochs can be compared."),
    "most_wrong": ("Most wrong", "The test examples whose answers lie furthest from their labels."),
    "most_uncertain": ("Most uncertain", "The test examples that the network was least decided about."),
    "given": ("Pictures given", "Pictures that were asked about by name."),
    "class": (
        "What each class looks like",
        "Made by the network's own gradient, to raise one class's score.",
    ),
    "most_right": ("Most right", "The test examples of whose labels the network is surest."),
}
MOST_IN_A_GROUP = 6
SHEET_SIDE = 1100
MOST_STRIPS, MOST_EPOCHS = 2, 6
MOST_HEARD = 2  # sounds a layer


@dataclass(frozen=True)
class Example:
    """One example with what each method made of it."""

    shown: Shown
    picture: Picture | None
    overlays: list[tuple[str, Picture | None, float | None]]
    """Method, overlay, and the share of the map that lies on the evidence."""
    walk: Walk | None

    @property
    def stacked(self) -> bool:
        """Whether its pictures are so wide, as those of sound are, that they stand below each other."""
        return self.picture is not None and self.picture.width > 2 * self.picture.height


@dataclass(frozen=True)
class Group:
    """Examples chosen for one reason."""

    title: str
    sentence: str
    examples: list[Example]
    left_out: int
    walks_shown: bool
    """Whether the page shows at once what adds up to each score."""


@dataclass(frozen=True)
class Strip:
    """One example's overlays over the epochs; each is of the class that the network then found likeliest."""

    method: str
    name: str
    picture: Picture | None
    moments: list[tuple[int, Shown, Picture | None]]


@dataclass(frozen=True)
class Gallery:
    """Everything that the page shows of the explanations."""

    groups: list[Group]
    strips: list[Strip]
    evidence: list[tuple[str, Evidence]]
    sheets: list[tuple[Sheet, Picture | None, list[tuple[str, str]]]]
    """What excites the feature maps of each layer, to look at and, of sound, to listen to."""
    methods: list[str]
    latest_epoch: int
    final: bool


def gallery(files: RunFiles, album: Album, playlist: Playlist) -> Gallery | None:
    """The gallery of a run, or of its folds where a cross-validated run has none of its own; None without any."""
    scopes = [read_manifests(files)]
    if not scopes[0]:
        folds = sorted((path for path in files.folder.glob("folds/*") if path.is_dir()), key=lambda path: path.name)
        scopes = [read_manifests(files, below=Path("folds") / fold.name) for fold in folds]
    scopes = [manifests for manifests in scopes if manifests]
    if not scopes:
        return None
    last = [last_of_each_method(manifests) for manifests in scopes]
    everything = [manifest for manifests in last for manifest in manifests]
    methods = dict.fromkeys(manifest.method for manifest in everything)
    return Gallery(
        groups=[group for chosen in _reasons(everything) if (group := _group(chosen, last, album))],
        strips=_strips(scopes[0], album),
        evidence=[(method, evidence) for method in methods if (evidence := _evidence(everything, method))],
        sheets=[
            (
                sheet,
                album.embed(sheet.picture, longest_side=SHEET_SIDE),
                [(name, sound) for name, path in sheet.sounds[:MOST_HEARD] if (sound := playlist.embed(path))],
            )
            for manifest in last[0]
            for sheet in manifest.sheets
        ],
        methods=[method for method in methods if method != "dataset_search"],
        latest_epoch=max(manifest.epoch for manifest in everything),
        final=all(manifest.final for manifest in everything),
    )


def _reasons(manifests: list[Manifest]) -> list[str]:
    found = dict.fromkeys(shown.chosen for manifest in manifests for shown in manifest.shown)
    return [reason for reason in GROUPS if reason in found] + [reason for reason in found if reason not in GROUPS]


def _group(chosen: str, scopes: list[list[Manifest]], album: Album) -> Group | None:
    """The first example of every fold, then the second of every fold, and so on."""
    placed: list[tuple[int, list[tuple[str, Shown]]]] = []
    for manifests in scopes:
        together: dict[tuple[str, str, str], list[tuple[str, Shown]]] = {}
        for manifest in manifests:
            for shown in manifest.shown:
                if shown.chosen == chosen:
                    together.setdefault(shown.key, []).append((manifest.method, shown))
        placed += enumerate(together.values())
    looks = [look for _, look in sorted(placed, key=lambda place_and_look: place_and_look[0])]
    title, sentence = GROUPS.get(chosen, (chosen.replace("_", " ").capitalize(), ""))
    examples = [_example(look, album) for look in looks[:MOST_IN_A_GROUP]]
    walks_shown = chosen == "fixed" and any(example.walk for example in examples)
    return Group(title, sentence, examples, len(looks) - len(examples), walks_shown) if examples else None


def _example(looks: list[tuple[str, Shown]], album: Album) -> Example:
    shown = looks[0][1]
    overlaid = [(method, look) for method, look in looks if look.overlay != look.picture]
    overlays = [(method, album.embed(look.overlay), look.evidence_share) for method, look in overlaid]
    walk = next((walk for _, look in looks if (walk := contribution_walk(look))), None)
    return Example(shown, album.embed(shown.picture), overlays, walk)


def _evidence(manifests: list[Manifest], method: str) -> Evidence | None:
    """One method's evidence over all folds, a fold counting by its examples."""
    parts = [manifest.evidence for manifest in manifests if manifest.method == method and manifest.evidence]
    examples = sum(part.examples for part in parts)
    if len(parts) < 2 or not examples:
        return parts[0] if parts else None
    weights = [part.examples for part in parts]
    pooled: dict[str, Any] = {}
    for field in dataclasses.fields(Evidence):
        mean = np.average(np.array([getattr(part, field.name) for part in parts], dtype=float), weights=weights)
        pooled[field.name] = None if np.isnan(mean) else float(mean)
    return Evidence(**{**pooled, "examples": examples})


def _strips(manifests: list[Manifest], album: Album) -> list[Strip]:
    """The first examples that were explained in several epochs, each with every method."""
    seen: dict[tuple[str, str], dict[str, dict[int, Shown]]] = {}
    for manifest in manifests:
        for shown in manifest.shown:
            seen.setdefault(shown.key[:2], {}).setdefault(manifest.method, {})[manifest.epoch] = shown
    followed = [methods for methods in seen.values() if any(len(epochs) > 1 for epochs in methods.values())]
    return [
        _strip(method, epochs, album)
        for methods in followed[:MOST_STRIPS]
        for method, epochs in methods.items()
        if len(epochs) > 1
    ]


def _strip(method: str, by_epoch: dict[int, Shown], album: Album) -> Strip:
    """At most `MOST_EPOCHS` epochs, the first and the last among them."""
    epochs = sorted(by_epoch)
    places = np.unique(np.linspace(0, len(epochs) - 1, min(len(epochs), MOST_EPOCHS)).round().astype(int))
    looks = {epochs[place]: by_epoch[epochs[place]] for place in places}
    last = looks[epochs[-1]]
    moments = [(epoch, look, album.embed(look.overlay)) for epoch, look in looks.items()]
    return Strip(method, last.name, album.embed(last.picture), moments)
