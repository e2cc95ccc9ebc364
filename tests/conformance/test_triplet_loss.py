"""Triplet losses and their gradients equal pytorch-metric-learning's where the rules are the same."""

import pytest
import torch
from torch.nn import functional as F

from lightwell.losses import TripletLoss

peers = pytest.importorskip("pytorch_metric_learning", reason="a peer: pip install pytorch-metric-learning")
from pytorch_metric_learning import distances, losses, miners  # noqa: E402

MINED = {"all": None, "hard": miners.BatchHardMiner, "all_semi_hard": miners.TripletMarginMiner}


def batch(people: int = 12, each: int = 5) -> tuple[torch.Tensor, torch.Tensor]:
    chance = torch.Generator().manual_seed(0)
    labels = torch.arange(people).repeat_interleave(each)
    centres = torch.randn(people, 32, generator=chance)
    return F.normalize(0.9 * centres[labels] + torch.randn(len(labels), 32, generator=chance)).double(), labels


@pytest.mark.parametrize("mining", MINED)
@pytest.mark.parametrize("distance", ["euclidean", "squared_euclidean", "cosine"])
def test_the_same_triplets_give_the_same_loss_and_gradient(mining: str, distance: str) -> None:
    embeddings, labels = batch()
    theirs = {
        "euclidean": distances.LpDistance(normalize_embeddings=False),
        "squared_euclidean": distances.LpDistance(normalize_embeddings=False, power=2),
        "cosine": distances.CosineSimilarity(),
    }[distance]
    options = {"margin": 0.2, "type_of_triplets": "semihard"} if mining == "all_semi_hard" else {}
    miner = MINED[mining](distance=theirs, **options) if MINED[mining] else None
    mine, yours = embeddings.clone().requires_grad_(), embeddings.clone().requires_grad_()
    loss = TripletLoss(margin=0.2, distance=distance, mining=mining)(mine, labels).loss
    peer = losses.TripletMarginLoss(margin=0.2, distance=theirs)(yours, labels, miner(yours, labels) if miner else None)
    assert loss.item() == pytest.approx(peer.item(), abs=1e-6) and loss.item() > 0
    loss.backward()
    peer.backward()
    assert mine.grad is not None and yours.grad is not None
    torch.testing.assert_close(mine.grad, yours.grad, atol=1e-6, rtol=0)


@pytest.mark.parametrize("mining", ["all", "hard"])
def test_so_does_the_soft_margin(mining: str) -> None:
    embeddings, labels = batch()
    theirs = distances.LpDistance(normalize_embeddings=False)
    miner = miners.BatchHardMiner(distance=theirs) if mining == "hard" else None
    peer = losses.TripletMarginLoss(margin=0, smooth_loss=True, distance=theirs)
    expected = peer(embeddings, labels, miner(embeddings, labels) if miner else None)
    loss = TripletLoss(margin="soft", distance="euclidean", mining=mining)(embeddings, labels).loss
    assert loss.item() == pytest.approx(expected.item(), abs=1e-6)
