"""What verification and recognition came to, in the run folder and in TensorBoard."""

from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as lightning
import torch
from PIL import Image

from lightwell.callbacks.lookup import tensorboard_writers
from lightwell.data.people import People
from lightwell.identity.verification import Pairs, all_pairs, intervals
from lightwell.render.cards import captioned, contact_sheet
from lightwell.render.overlay import enlarged
from lightwell.runs.files import write_json
from lightwell.tasks.triplet_encoder import TripletEncoder

POINTS = 200  # of a curve
BINS = 40
HARDEST = 12
MOST_ON_THE_MAP = 2000
SPRITE = 48


class Verification(lightning.Callback):
    """`verification.json`, `embeddings.npz`, the hardest pairs as pictures, and TensorBoard's projector."""

    def on_test_end(self, trainer: lightning.Trainer, pl_module: TripletEncoder) -> None:  # type: ignore[override]
        """Write it all; every process has the same figures, and the first one writes."""
        if not trainer.is_global_zero:
            return
        data: People = trainer.datamodule  # type: ignore[attr-defined]
        folder, table = Path(trainer.default_root_dir), data.splits["test"].table
        positions, embeddings = pl_module.tested
        people = table.labels[positions]
        pairs = all_pairs(embeddings, people, pl_module.distance)
        known = len(data.galleries["test"])
        names = np.array([table.names[position] for position in positions])
        with (folder / "embeddings.npz").open("wb") as file:
            np.savez_compressed(
                file,
                names=names,
                people=np.array(data.classes)[people],
                embeddings=embeddings,
                in_gallery=np.arange(len(positions)) < known,
            )
        for kind, order in hardest(pairs).items():
            draw_pairs(pairs, order, positions, data).save(folder / f"{kind}.png")
        write_json(folder / "verification.json", self.story(pl_module, data, pairs, embeddings))
        for writer in tensorboard_writers(trainer):
            sprites = [Image.fromarray(data.original(int(position))).resize((SPRITE, SPRITE)) for position in positions]
            pixels = torch.from_numpy(np.stack([np.asarray(sprite) for sprite in sprites])).permute(0, 3, 1, 2) / 255
            writer.add_embedding(embeddings, [data.classes[person] for person in people], pixels, tag="test")

    def story(self, task: TripletEncoder, data: People, pairs: Pairs, embeddings: np.ndarray) -> dict[str, Any]:
        """All that the report, the verbs and anyone else need to know, as plain data."""
        assert task.judgement is not None and task.elbow is not None
        elbow = task.elbow
        curve = pairs.curve()
        some = np.unique(np.searchsorted(curve.false_accepts, np.geomspace(1e-4, 1, POINTS)).clip(0, len(curve[0]) - 1))
        edges = np.linspace(0, float(pairs.distances.max()) or 1.0, BINS + 1)
        same, different = (np.histogram(pairs.distances[kind], edges)[0] for kind in (pairs.same, ~pairs.same))
        return {
            "distance": task.distance,
            "judgement": task.judgement.as_dict(),
            "pairs": {"same": int(pairs.same.sum()), "different": int((~pairs.same).sum())},
            "people": len(data.classes),
            "intervals": {name: list(ends) for name, ends in intervals(pairs).items()},
            "curve": {"far": curve.false_accepts[some].tolist(), "tar": curve.true_accepts[some].tolist()},
            "histogram": {
                "edges": edges.tolist(),
                "same": (same / same.sum()).tolist(),
                "different": (different / different.sum()).tolist(),
            },
            "neighbours": {
                "tried": elbow.tried.tolist(),
                "errors": elbow.errors.tolist(),
                "sentence": elbow.sentence,
            },
            "map": embedding_map(embeddings, pairs.people, data.classes),
        }


def hardest(pairs: Pairs) -> dict[str, np.ndarray]:
    """The nearest pairs of different people, and the farthest of the same one."""
    order = np.argsort(pairs.distances, kind="stable")
    same = pairs.same[order]
    return {"false_accepts": order[~same][:HARDEST], "false_rejects": order[same][::-1][:HARDEST]}


def draw_pairs(pairs: Pairs, chosen: np.ndarray, positions: np.ndarray, data: People) -> Image.Image:
    """A sheet of pairs, each with its names and distance."""
    cards = []
    for pair in chosen:
        both = [int(positions[index]) for index in (pairs.first[pair], pairs.second[pair])]
        pictures = [enlarged(data.original(position)).resize((192, 192)) for position in both]
        names = [data.splits["test"].table.names[position] for position in both]
        cards.append(captioned(pictures, [*names, f"distance {pairs.distances[pair]:.3f}"]))
    return contact_sheet(cards, columns=3)


def embedding_map(embeddings: np.ndarray, people: np.ndarray, names: tuple[str, ...]) -> dict[str, Any]:
    """The embeddings in two dimensions, by t-SNE (van der Maaten and Hinton, 2008), by PCA where they are few."""
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    some = np.unique(np.linspace(0, len(embeddings) - 1, min(len(embeddings), MOST_ON_THE_MAP)).astype(int))
    few = len(some) < 30
    reduce = PCA(2) if few else TSNE(2, init="pca", perplexity=min(30, len(some) // 4), random_state=0)
    places = reduce.fit_transform(embeddings[some])
    return {
        "method": "PCA" if few else "t-SNE",
        "x": places[:, 0].tolist(),
        "y": places[:, 1].tolist(),
        "people": [names[person] for person in people[some]],
    }
