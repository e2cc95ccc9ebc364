"""Time and memory of the triplet loss, forward and backward, beside pytorch-metric-learning.

128 dimensions, 8 pictures a person, one thread, one fresh process a cell: the median of CPU seconds over repeats, and
the peak of resident memory over what was held just before. `semi_hard` takes one negative for each anchor and positive
(FaceNet's rule); the peer has no such rule, so beside it stand all semi-hard triplets, as for `all_semi_hard`.

    python benchmarks/triplet_mining.py            # the whole table
    python benchmarks/triplet_mining.py --cell Lightwell hard 256
"""

import argparse
import json
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from cells import measured, measured_apart

PEER = "pytorch-metric-learning"
MININGS = ("all", "hard", "all_semi_hard", "semi_hard", "distance_weighted")
BATCHES = (64, 128, 256, 512, 1024)
AIMS = {"semi_hard": "10 from 256 on", "hard": "1.4"}
DIMENSIONS, EACH = 128, 8


def loss_of(implementation: str, mining: str) -> Callable[[Tensor, Tensor], Tensor]:
    """The loss to be timed; its library is imported here, before memory is measured."""
    if implementation == "Lightwell":
        from lightwell.losses import TripletLoss

        ours = TripletLoss(margin=0.2, distance="euclidean", mining=mining)
        return lambda embeddings, people: ours(embeddings, people).loss
    from pytorch_metric_learning import distances, losses, miners

    euclidean = distances.LpDistance(normalize_embeddings=False)
    miner = {
        "all": lambda: None,
        "hard": lambda: miners.BatchHardMiner(distance=euclidean),
        "distance_weighted": miners.DistanceWeightedMiner,
    }.get(mining, lambda: miners.TripletMarginMiner(margin=0.2, type_of_triplets="semihard", distance=euclidean))()
    theirs = losses.TripletMarginLoss(margin=0.2, distance=euclidean)
    return lambda embeddings, people: theirs(embeddings, people, miner(embeddings, people) if miner else None)


def measure(implementation: str, mining: str, batch: int) -> dict[str, float]:
    """One cell."""
    chance = torch.Generator().manual_seed(0)
    people = torch.arange(batch) // EACH
    centres = 0.9 * torch.randn(batch // EACH, DIMENSIONS, generator=chance)
    embeddings = F.normalize(centres[people] + torch.randn(batch, DIMENSIONS, generator=chance)).requires_grad_()
    loss = loss_of(implementation, mining)

    def step() -> None:
        embeddings.grad = None
        loss(embeddings, people).backward()

    return measured(step, repeats=21 if batch < 512 else 5, warm_up=True)


def main() -> None:
    """Measure one cell, or print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cell", nargs=3, metavar=("IMPLEMENTATION", "MINING", "BATCH"))
    options = parser.parse_args()
    if options.cell:
        implementation, mining, batch = options.cell
        print(json.dumps(measure(implementation, mining, int(batch))))
        return
    print(f"{'':18s} {'batch':>6s} {PEER:>28s} {'Lightwell':>22s}  times as fast")
    for mining in MININGS:
        for batch in BATCHES:
            peer, ours = (measured_apart(__file__, [name, mining, str(batch)]) for name in (PEER, "Lightwell"))
            cells = [f"{1e3 * cell['seconds']:9.2f} ms {cell['MiB']:6.1f} MiB" for cell in (peer, ours)]
            ratio = peer["seconds"] / ours["seconds"]
            print(f"{mining:18s} {batch:6d} {cells[0]:>28s} {cells[1]:>22s} {ratio:8.1f}  {AIMS.get(mining, '')}")


if __name__ == "__main__":
    main()
