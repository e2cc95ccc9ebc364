"""Any of torchvision's classification networks, with its head replaced."""

import torch
from torch import Tensor, nn
from torchvision import models


class Backbone(nn.Module):
    """A torchvision classifier, such as resnet18 or mobilenet_v2, that scores our classes.

    Args:
        input_shape: `(channels, height, width)`; a grey picture is repeated to the three channels expected.
        outputs: How many scores an example gets.
        name: The name that torchvision gives the network.
        weights: Where it starts: `null` from scratch, `download` from torchvision's default weights (cached and
            checked by torchvision), or the path of a state dict, which is loaded as weights only.

    Raises:
        ValueError: When torchvision has no such network, or it ends in no linear layer that could be replaced.
    """

    inputs = "images"

    def __init__(
        self, *, input_shape: tuple[int, ...], outputs: int, name: str = "resnet18", weights: str | None = None
    ):
        super().__init__()
        known = models.list_models(module=models)
        if name not in known:
            raise ValueError(f"torchvision has no classification network {name!r}. It has: {', '.join(known)}.")
        # A second head that only helps training would have to be scored on its own.
        extra = {"aux_logits": False, "init_weights": False} if name in {"googlenet", "inception_v3"} else {}
        if weights == "download":
            self.network = models.get_model(name, weights="DEFAULT")
            if extra:
                self.network.aux_logits = False
        else:
            self.network = models.get_model(name, weights=None, **extra)
        if weights not in (None, "download"):
            self.network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
        self.channels = input_shape[0]
        replace_head(self.network, outputs)

    def forward(self, inputs: Tensor) -> Tensor:
        """Scores `(batch, outputs)` of pictures `(batch, channels, height, width)`."""
        if self.channels == 1:
            inputs = inputs.expand(-1, 3, -1, -1)
        return self.network(inputs)


def replace_head(network: nn.Module, outputs: int) -> None:
    """Put a new linear layer, or 1x1 convolution, of `outputs` scores where the last one stands.

    Raises:
        ValueError: When the network has neither.
    """
    layers = list(network.named_modules())
    heads = [(name, layer) for kind in (nn.Conv2d, nn.Linear) for name, layer in layers if isinstance(layer, kind)]
    if not heads:
        raise ValueError("The network has no linear layer that could become its head.")
    name, last = heads[-1]  # the last linear layer, or without any the last convolution
    new: nn.Module
    if isinstance(last, nn.Linear):
        new = nn.Linear(last.in_features, outputs)
    else:
        new = nn.Conv2d(last.in_channels, outputs, kernel_size=1)
    parent, _, attribute = name.rpartition(".")
    setattr(network.get_submodule(parent), attribute, new)
