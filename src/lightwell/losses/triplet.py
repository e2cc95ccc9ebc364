"""The triplet loss: the same person's pictures nearer than another's."""

import math
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lightwell.chance import torch_seed
from lightwell.losses.distances import DISTANCES, Distance, euclidean
from lightwell.losses.mining import Tally, mine_all, mine_distance_weighted, mine_hard, mine_semi_hard

Mining = Literal["all", "hard", "semi_hard", "all_semi_hard", "distance_weighted"]


class Mined(NamedTuple):
    """What a batch comes to.

    Attributes:
        loss: The mean over the triplets that teach; 0 where none does.
        teaching: The share of the triplets looked at that teach: those of a loss above 0.
    """

    loss: Tensor
    teaching: Tensor


class TripletLoss(nn.Module):
    """Nearer by a margin (Schroff, Kalenichenko and Philbin, 2015), over triplets found in the batch itself.

    The loss of an anchor a, a positive p of the same person and a negative n of another is
    max(0, d(a, p) - d(a, n) + margin), or log(1 + exp(d(a, p) - d(a, n))) with a soft margin (Hermans, Beyer and
    Leibe, 2017).

    Args:
        margin: How much nearer; or `soft`.
        distance: `squared_euclidean`, `euclidean`, or `cosine` (one minus the cosine).
        mining: Which triplets. `all`: every valid one. `hard`: for each anchor its farthest positive and nearest
            negative. `semi_hard`: for each anchor and positive the nearest negative that is farther than the positive
            (FaceNet's rule). `all_semi_hard`: every negative farther than the positive by less than the margin.
            `distance_weighted`: for each anchor and positive a negative drawn so that near and far ones are about as
            frequent (Wu et al., 2017).

    Raises:
        ValueError: When `all_semi_hard` is asked for with a soft margin, inside of which all lies.
    """

    outputs = ("embedding",)

    def __init__(
        self,
        *,
        margin: float | Literal["soft"] = 0.2,
        distance: Distance = "squared_euclidean",
        mining: Mining = "semi_hard",
    ):
        super().__init__()
        if margin == "soft" and mining == "all_semi_hard":
            raise ValueError("mining=all_semi_hard takes what lies inside the margin; a soft margin has no end.")
        self.margin = margin
        self.distance = distance
        self.mining = mining

    def forward(self, embeddings: Tensor, labels: Tensor, *, step: int = 0) -> Mined:
        """The loss of embeddings `(batch, dimensions)` of the people `labels` `(batch,)`.

        Args:
            embeddings: Of unit length or not.
            labels: The people's numbers.
            step: What `distance_weighted` draws its negatives by.
        """
        distances = DISTANCES[self.distance](embeddings, embeddings)
        with torch.no_grad():
            found = self._mine(distances, labels[:, None] == labels, embeddings, step)
        count = found.teaching.clamp_min(1)
        pulled = (found.slopes * distances).sum()
        # The value is known already; the difference is 0, and brings the gradient.
        loss = (found.total + pulled - pulled.detach()) / count
        return Mined(loss, found.teaching / found.triplets.clamp_min(1))

    def _mine(self, distances: Tensor, same: Tensor, embeddings: Tensor, step: int) -> Tally:
        if self.mining == "hard":
            return mine_hard(distances, same, self.terms)
        if self.mining == "semi_hard":
            return mine_semi_hard(distances, same, self.terms)
        if self.mining == "distance_weighted":
            lengths = euclidean(F.normalize(embeddings), F.normalize(embeddings))
            chance = torch.Generator().manual_seed(torch_seed("negatives", step))
            return mine_distance_weighted(
                distances, same, self.terms, lengths=lengths, dimensions=embeddings.shape[1], chance=chance
            )
        return mine_all(distances, same, self.terms, semi_hard=self.mining == "all_semi_hard")

    def terms(self, nearer: Tensor) -> tuple[Tensor, Tensor]:
        """Losses and their slopes, of d(a, p) - d(a, n)."""
        if self.margin == "soft":
            return F.softplus(nearer), nearer.sigmoid()
        losses = (nearer + self.margin).clamp_min_(0)
        return losses, losses.sign()

    @property
    def collapsed(self) -> float:
        """The loss of a network for which all pictures are the same."""
        return math.log(2) if self.margin == "soft" else float(self.margin)
