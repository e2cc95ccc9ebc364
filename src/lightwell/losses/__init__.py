"""Losses: scores and labels in, one number out.

Each says by its class attribute `outputs` which kinds of output it fits. The shapes tell them apart:

| output     | logits     | labels                  |
|------------|------------|-------------------------|
| binary     | (batch, 1) | (batch,) of 0 and 1     |
| multiclass | (batch, K) | (batch,) of 0 to K - 1  |
| multilabel | (batch, K) | (batch, K) of 0 and 1   |
| embedding  | (batch, d) | (batch,) people's numbers |

The loss of a `picture` takes what it is made of, the terms of `lightwell.losses.style`.
"""

from lightwell.losses.classification import CrossEntropy, Focal, Hinge, Logistic, MeanSquaredError
from lightwell.losses.style import StyleLoss
from lightwell.losses.triplet import TripletLoss

__all__ = ["CrossEntropy", "Focal", "Hinge", "Logistic", "MeanSquaredError", "StyleLoss", "TripletLoss"]
