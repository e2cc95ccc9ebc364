"""Recognition: who is it, of those whose pictures are known, or nobody of them?"""

from typing import NamedTuple

import numpy as np
import torch
from sklearn.neighbors import KNeighborsClassifier

from lightwell.losses.distances import DISTANCES, Distance

MOST_NEIGHBOURS = 15
# Embeddings, and whom each shows.
Known = tuple[np.ndarray, np.ndarray]


class Elbow(NamedTuple):
    """The choice of k.

    Attributes:
        k: How many neighbours are asked.
        tried: `(n,)`: the odd numbers tried; even ones only make for ties.
        errors: `(n,)`: which share of the probes each gets wrong.
        found: Whether there is an elbow; else one neighbour is as good as any.
    """

    k: int
    tried: np.ndarray
    errors: np.ndarray
    found: bool

    @property
    def sentence(self) -> str:
        """What the curve says."""
        if self.found:
            return f"The elbow is at k = {self.k}: more neighbours hardly lower the validation error."
        return "There is no elbow: with so few pictures of each person, the nearest one alone (k = 1) is best."


def neighbours(known: Known, k: int, distance: Distance) -> KNeighborsClassifier:
    """Scikit-learn's classifier by the k nearest pictures."""
    metric = "cosine" if distance == "cosine" else "euclidean"  # squaring changes no order
    return KNeighborsClassifier(n_neighbors=k, metric=metric, algorithm="brute").fit(*known)


def choose_k(known: Known, asked: Known, distance: Distance) -> Elbow:
    """The elbow of the error over k: the point farthest below the line from k = 1 to the smallest error.

    A smallest error that is less than a standard error below that of k = 1 is no reason to ask more neighbours.
    """
    tried = np.arange(1, min(MOST_NEIGHBOURS, len(known[0])) + 1, 2)
    errors = np.array(
        [float((neighbours(known, int(k), distance).predict(asked[0]) != asked[1]).mean()) for k in tried]
    )
    best = int(np.argmin(errors))
    standard_error = np.sqrt(errors[0] * (1 - errors[0]) / len(asked[0]))
    if errors[0] - errors[best] <= standard_error:
        return Elbow(1, tried, errors, found=False)
    line = np.interp(tried[: best + 1], [1, tried[best]], [errors[0], errors[best]])
    elbow = int(np.argmax(line - errors[: best + 1])) or best
    return Elbow(int(tried[elbow]), tried, errors, found=True)


def nearest(known: Known, asked: np.ndarray, distance: Distance) -> tuple[np.ndarray, np.ndarray]:
    """`(probes, people)`: how far each probe is from each person's nearest picture; and `(people,)`, who they are."""
    rows, columns = (torch.from_numpy(np.asarray(part, dtype=np.float32)) for part in (asked, known[0]))
    between = DISTANCES[distance](rows, columns).numpy()
    people = np.unique(known[1])
    return np.stack([between[:, known[1] == person].min(1) for person in people], axis=1), people


def unknown_threshold(known: Known, asked: Known, distance: Distance) -> float:
    """The distance that best tells known people from unknown ones.

    Everybody is asked about twice: as they are, and as if they themselves were not in the gallery.
    """
    own, others = own_and_others(known, asked, distance)
    thresholds = np.unique(np.concatenate([own, others]))
    recognised = [float(((own <= limit) & (own < others)).mean() + (others > limit).mean()) for limit in thresholds]
    return float(thresholds[int(np.argmax(recognised))])


def own_and_others(known: Known, asked: Known, distance: Distance) -> tuple[np.ndarray, np.ndarray]:
    """`(probes,)`: how far each is from the nearest picture of the person that it shows, and of anybody else."""
    between, people = nearest(known, asked[0], distance)
    mine = asked[1][:, None] == people
    return np.where(mine, between, np.inf).min(1), np.where(mine, np.inf, between).min(1)


def recognition_figures(known: Known, asked: Known, distance: Distance, *, k: int, unknown: float) -> dict[str, float]:
    """How often the right person is the nearest, or among the five nearest; and what becomes of people not known."""
    between, people = nearest(known, asked[0], distance)
    mine = (asked[1][:, None] == people).argmax(1)
    ranks = (between < between[np.arange(len(mine)), mine][:, None]).sum(1)
    own, others = own_and_others(known, asked, distance)
    return {
        "rank_1": float((ranks < 1).mean()),
        "rank_5": float((ranks < 5).mean()),
        "recognition_accuracy": float((neighbours(known, k, distance).predict(asked[0]) == asked[1]).mean()),
        "known_recognised": float(((own <= unknown) & (own < others)).mean()),
        "unknown_refused": float((others > unknown).mean()),
    }
