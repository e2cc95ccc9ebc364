"""What verification comes to without a trained network: the height of the bar."""

import numpy as np
import pytorch_lightning as lightning

from lightwell.callbacks.evidence import random_weights
from lightwell.data.batches import Split
from lightwell.data.people import People
from lightwell.identity.verification import all_pairs, verification_figures
from lightwell.losses.distances import Distance
from lightwell.tasks.triplet_encoder import TripletEncoder

COMPONENTS = 100
LEVELS = 4  # of each colour in a histogram
FIGURES = ("auroc", "equal_error_rate", "tar_at_far_0.01")


class FaceBaselines(lightning.Callback):
    """Verifies the test people by much simpler means, after testing the network.

    `pixels` is the distance of the pictures themselves, `eigenfaces` that of their first hundred principal components
    (Turk and Pentland, 1991), `colour_histogram` that of how often each colour occurs, and `untrained` the same network
    with random weights: a network's shape alone says a good deal about pictures.
    """

    outputs = ("embedding",)

    def __init__(self) -> None:
        self.figures: dict[str, float] = {}

    def on_test_end(self, trainer: lightning.Trainer, pl_module: TripletEncoder) -> None:  # type: ignore[override]
        """Embed the same pictures in each way, and measure the same pairs."""
        if not trainer.is_global_zero or not isinstance(pl_module, TripletEncoder):
            return
        data: People = trainer.datamodule  # type: ignore[attr-defined]
        split = Split(data.splits["test"].table, pl_module.tested[0])
        self.measure("pixels", flat(split), split.labels, "euclidean")
        self.measure("eigenfaces", eigenfaces(data.splits["train"], split), split.labels, "euclidean")
        self.measure("colour_histogram", colour_histograms(split), split.labels, "euclidean")
        with random_weights(pl_module, 0):
            self.measure("untrained", pl_module.embed(split), split.labels, pl_module.distance)

    def measure(self, name: str, embeddings: np.ndarray, people: np.ndarray, distance: Distance) -> None:
        """Note a baseline's figures."""
        figures = verification_figures(all_pairs(embeddings, people, distance).curve())
        self.figures |= {f"baseline/{name}/{figure}": figures[figure] for figure in FIGURES}


def flat(split: Split) -> np.ndarray:
    """Each picture as one row of numbers in [0, 1]."""
    return split.table.images[split.positions].reshape(len(split), -1).astype(np.float32) / 255


def eigenfaces(train: Split, test: Split) -> np.ndarray:
    """The test pictures in the training pictures' principal components."""
    from sklearn.decomposition import PCA

    rows = flat(train)
    fitted = PCA(min(COMPONENTS, *rows.shape), random_state=0).fit(rows)
    return np.asarray(fitted.transform(flat(test)), dtype=np.float32)


def colour_histograms(split: Split) -> np.ndarray:
    """How often each of a few colours occurs in each picture; the roots, whose distance is Hellinger's."""
    rows = []
    for position in split.positions:
        levels = split.table.images[position].astype(int) * LEVELS // 256
        colours = sum(channel * LEVELS**place for place, channel in enumerate(levels))
        rows.append(np.bincount(colours.ravel(), minlength=LEVELS ** len(levels)) / colours.size)
    return np.sqrt(np.array(rows, dtype=np.float32))
