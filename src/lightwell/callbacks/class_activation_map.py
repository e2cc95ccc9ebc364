"""Class activation maps while training and at the end."""

import logging
from typing import Any

import pytorch_lightning as lightning
import torch
from torch import Tensor

from lightwell.callbacks.explanation import Explained, Explanation
from lightwell.explain import class_activation_map
from lightwell.explain.score import Score

log = logging.getLogger(__name__)
NAMED_FEATURE_MAPS = 5


class ClassActivationMap(Explanation):
    """Which places, and which feature maps, a score is the sum of."""

    method = "class_activation_map"
    signed = True

    def setup(self, trainer: lightning.Trainer, pl_module: Any, stage: str) -> None:
        """Look once whether the network has class activation maps at all; if not, say so and stay quiet."""
        super().setup(trainer, pl_module, stage)
        blank = torch.zeros(1, *trainer.datamodule.input_shape, device=pl_module.device)  # type: ignore[attr-defined]
        try:
            class_activation_map(pl_module.scores, blank, target=0)
        except ValueError as refusal:
            if self.applies:
                log.warning("%s", refusal)
            self.applies = False

    def explain(self, score: Score, images: Tensor, target: Tensor) -> Explained:
        """The maps at the feature maps' resolution, and each feature map's share of the score."""
        maps, contributions, bias = class_activation_map(score, images, target=target)
        largest = contributions.abs().argsort(1, descending=True)[:, :NAMED_FEATURE_MAPS]
        notes = [
            {
                "contributions": [{"feature_map": int(number), "share": float(row[number])} for number in order],
                "bias": float(offset),
            }
            for row, order, offset in zip(contributions, largest, bias, strict=True)
        ]
        return Explained(raw=maps, heat=maps, notes=notes)
