"""Why two pictures are held to show the same person."""

from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as lightning
import torch
from PIL import Image
from torch import Tensor

from lightwell.callbacks.lookup import tensorboard_writers
from lightwell.callbacks.subjects import as_inputs
from lightwell.callbacks.verification import hardest
from lightwell.data.batches import Split
from lightwell.data.people import People
from lightwell.explain import occlusion, saliency
from lightwell.explain.score import Score
from lightwell.identity.verification import Pairs, all_pairs
from lightwell.losses.distances import DISTANCES
from lightwell.render.cards import captioned, contact_sheet
from lightwell.render.overlay import enlarged, overlay
from lightwell.runs.explanations import save_png
from lightwell.runs.files import write_json
from lightwell.tasks.triplet_encoder import TripletEncoder

SIDE = 176


class SamePerson(lightning.Callback):
    """Explains pairs of pictures, each by what speaks for and against its being the person on the other.

    The score of a picture is minus its distance to the other's embedding. `same_person.png` shows right and wrong
    answers, red where covering a place takes the two apart; `same_person.json` tells which parts of the face carry
    identity, where their masks are known.

    Args:
        pairs: How many pairs of each kind to show: surely the same, hardly the same, and mistaken for the same.
        measured: On how many pairs of one person to measure the parts of the face.
    """

    outputs = ("embedding",)

    def __init__(self, *, pairs: int = 4, measured: int = 64):
        self.pairs = pairs
        self.measured = measured

    def on_test_end(self, trainer: lightning.Trainer, pl_module: TripletEncoder) -> None:  # type: ignore[override]
        """Explain with the weights that were tested."""
        if not trainer.is_global_zero or not isinstance(pl_module, TripletEncoder):
            return
        data: People = trainer.datamodule  # type: ignore[attr-defined]
        positions, embeddings = pl_module.tested
        split = Split(data.splits["test"].table, positions)
        pairs = all_pairs(embeddings, split.labels, pl_module.distance)
        order = np.argsort(pairs.distances, kind="stable")
        chosen = {
            "surely the same": order[pairs.same[order]][: self.pairs],
            "hardly the same": hardest(pairs)["false_rejects"][: self.pairs],
            "mistaken for the same": hardest(pairs)["false_accepts"][: self.pairs],
        }
        cards = [
            self.card(pl_module, data, split, pairs, pair, why) for why, members in chosen.items() for pair in members
        ]
        sheet = contact_sheet(cards, columns=2)
        folder = Path(trainer.default_root_dir)
        save_png(sheet, folder / "same_person.png")
        if split.table.masks is not None:
            write_json(folder / "same_person.json", self.parts_of_the_face(pl_module, split, pairs))
        for writer in tensorboard_writers(trainer):
            writer.add_image("explanations/same_person", np.asarray(sheet), dataformats="HWC")

    def card(self, task: TripletEncoder, data: People, split: Split, pairs: Pairs, pair: int, why: str) -> Image.Image:
        """One pair: both pictures, each beside what speaks for the other's person in it."""
        both = (int(pairs.first[pair]), int(pairs.second[pair]))
        pictures = []
        for member, other in (both, both[::-1]):
            shown = data.original(int(split.positions[member]))
            heat = explained(task, split, member, other)["occlusion"].cpu().numpy()
            pictures += [enlarged(shown), overlay(shown, heat, signed=True)]
        assert task.judgement is not None
        distance = float(pairs.distances[pair])
        names = " and ".join(split.table.names[split.positions[member]] for member in both)
        verdict = "accepted" if distance <= task.judgement.threshold else "refused"
        lines = [f"{why}: {verdict}, distance {distance:.3f}, threshold {task.judgement.threshold:.3f}", names]
        return captioned([picture.resize((SIDE, SIDE)) for picture in pictures], lines)

    def parts_of_the_face(self, task: TripletEncoder, split: Split, pairs: Pairs) -> dict[str, Any]:
        """Which share of each explanation lies on which part, beside the part's share of the picture."""
        same = np.flatnonzero(pairs.same)
        members = same[np.linspace(0, len(same) - 1, min(len(same), self.measured)).astype(int)]
        layers = split.table.layers
        shares: dict[str, list[np.ndarray]] = {"area": [], "occlusion": [], "saliency": []}
        for pair in members:
            member, other = int(pairs.first[pair]), int(pairs.second[pair])
            mask = split.table.mask(int(split.positions[member]))
            assert mask is not None
            # What is painted over something else shows where both are marked.
            of = len(layers) - 1 - mask[:, :, ::-1].argmax(-1)
            maps = {"area": torch.ones(of.shape), **explained(task, split, member, other)}
            for name, heat in maps.items():
                positive = heat.clamp_min(0).cpu().numpy().astype(np.float64)
                mass = np.bincount(of.ravel(), positive.ravel(), len(layers))
                shares[name] += [mass / mass.sum()] if mass.any() else []  # nothing may speak for the same person
        means = {name: np.mean(rows, axis=0) for name, rows in shares.items() if rows}
        parts = {
            layer: {name: float(mean[place]) for name, mean in means.items()} for place, layer in enumerate(layers)
        }
        return {"pairs": len(members), "parts": parts}


def explained(task: TripletEncoder, split: Split, member: int, other: int) -> dict[str, Tensor]:
    """What in a picture speaks for its being the person on another: maps `(height, width)` by method."""
    images = as_inputs([split.batch(np.array([member])).images[0].numpy()], task)
    score = nearness_to(task, as_inputs([split.batch(np.array([other])).images[0].numpy()], task))
    patch = max(1, min(15, min(images.shape[2:]) // 4))
    return {
        "occlusion": occlusion(score, images, target=0, patch=patch, stride=(patch + 1) // 2)[0],
        "saliency": saliency(score, images, target=0)[0].abs().amax(0),
    }


def nearness_to(task: TripletEncoder, picture: Tensor) -> Score:
    """The score of pictures: minus the distance of each to this one, `(batch, 1)`."""
    with torch.inference_mode(False), torch.no_grad():
        reference = task(picture)

    def score(images: Tensor) -> Tensor:
        return -DISTANCES[task.distance](task(images), reference)

    return score
