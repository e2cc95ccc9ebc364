"""pytorch-metric-learning's loss and miner in the place of ours: `LIGHTWELL_ALLOW=peer_loss`, on Python's path."""

from pytorch_metric_learning import distances, losses, miners
from torch import Tensor, nn

from lightwell.losses.triplet import Mined


class PeerTriplet(nn.Module):
    """All semi-hard triplets, found and judged by the peer.

    Args:
        margin: How much nearer a positive is to be.
        distance: As the task measures; the peer is told squared Euclidean distances.
    """

    outputs = ("embedding",)

    def __init__(self, *, margin: float = 0.2, distance: str = "squared_euclidean"):
        super().__init__()
        self.collapsed = margin
        measure = distances.LpDistance(normalize_embeddings=False, power=2 if distance == "squared_euclidean" else 1)
        self.miner = miners.TripletMarginMiner(margin=margin, type_of_triplets="semihard", distance=measure)
        self.loss = losses.TripletMarginLoss(margin=margin, distance=measure)

    def forward(self, embeddings: Tensor, labels: Tensor, *, step: int = 0) -> Mined:
        """The loss of a batch; the peer does not say how many triplets there were to choose from."""
        loss = self.loss(embeddings, labels, self.miner(embeddings, labels))
        return Mined(loss, (loss > 0).float())
