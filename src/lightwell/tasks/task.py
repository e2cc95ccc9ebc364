"""A network that is asked something of normalised inputs."""

from typing import Any

import torch
from torch import Tensor, nn

from lightwell.tasks.scheduled import Scheduled


class Task(Scheduled):
    """A network that is asked something of pictures, or of sounds as pictures of their bands over time.

    Args:
        model: From normalised inputs to what it says of them.
        loss: What is minimised.
        classes: The names of what is scored.
        mean: Each channel's mean over the training inputs.
        std: Each channel's standard deviation over the training inputs.
        schedule_options: The arguments of `Scheduled`.
    """

    inputs = "images"

    def __init__(
        self,
        *,
        model: nn.Module,
        loss: nn.Module,
        classes: tuple[str, ...],
        mean: list[float],
        std: list[float],
        **schedule_options: Any,
    ):
        super().__init__(**schedule_options)
        self.model = model
        self.loss = loss
        self.classes = classes
        self.mean: Tensor
        self.std: Tensor
        self.register_buffer("mean", torch.tensor(mean)[:, None, None])
        self.register_buffer("std", torch.tensor(std)[:, None, None])

    def forward(self, inputs: Tensor) -> Tensor:
        """What the network says of inputs `(batch, channels, height, width)` in [0, 1]."""
        return self.model((inputs - self.mean) / self.std)

    def weights_changed(self) -> None:
        """Told when the network was exchanged, for what was worked out with the one before."""
