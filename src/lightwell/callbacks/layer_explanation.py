"""What the explanations by one layer's feature maps share."""

from typing import Any

import pytorch_lightning as lightning
import torch

from lightwell.callbacks.explanation import Explanation
from lightwell.config.mistakes import ConfigMistakes, Mistake
from lightwell.explain import grad_cam


class LayerExplanation(Explanation):
    """An explanation by the feature maps of one layer.

    Args:
        layer: The layer's name in the task, such as `model.features.3`; null takes the last with spatial extent.
        options: The arguments of `Explanation`.
    """

    def __init__(self, *, layer: str | None = None, **options: Any):
        super().__init__(**options)
        self.layer = layer

    def setup(self, trainer: lightning.Trainer, pl_module: Any, stage: str) -> None:
        """Tell now, before any training, of a layer that is not there or has no places."""
        super().setup(trainer, pl_module, stage)
        blank = torch.zeros(1, *trainer.datamodule.input_shape, device=pl_module.device)  # type: ignore[attr-defined]
        try:
            grad_cam(pl_module.scores, blank, target=0, layer=self.layer)  # which is cheap, and asks the same of it
        except ValueError as error:
            raise ConfigMistakes([Mistake(f"callbacks.{self.method}.layer", self.layer, str(error))]) from error
