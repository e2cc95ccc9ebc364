"""What a feature sees of a picture, and how small a picture may be."""

import pytest
import torch
from torch import nn

from lightwell.models.feature_layers import CONTENT, STYLE, named_layers, reach, smallest_side

NAMES = ("vgg19", "vgg16", "alexnet", "squeezenet")


def layers_to(name: str, last: str) -> nn.Sequential:
    named = list(named_layers(name))
    return nn.Sequential(*(layer for _, layer in named[: [label for label, _ in named].index(last) + 1]))


@pytest.mark.parametrize("name", NAMES)
def test_the_usual_layers_are_layers_of_the_network(name: str) -> None:
    assert {CONTENT[name], *STYLE[name]} <= {label for label, _ in named_layers(name)}


def test_vgg_has_the_receptive_fields_of_the_textbook() -> None:
    """5 convolutions of 3 and 2 poolings see 24 pixels: 4 of their own and 10 on either side."""
    assert reach(layers_to("vgg19", "relu1_1")) == (1, 1)
    assert reach(layers_to("vgg19", "pool1")) == (2, 2)
    assert reach(layers_to("vgg19", "relu3_1")) == (4, 10)
    assert reach(layers_to("vgg19", "relu5_1"))[0] == 16


@pytest.mark.parametrize(("name", "last"), [("vgg16", "relu3_1"), ("alexnet", "relu2"), ("squeezenet", "fire5")])
def test_the_reach_is_no_larger_than_what_is_seen(name: str, last: str) -> None:
    """With weights that are all positive, on the side where more is seen, the last pixel counts."""
    with torch.device("meta"):
        layers = layers_to(name, last)
    layers = layers.to_empty(device="cpu")
    for layer in layers.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.constant_(layer.weight, 1 / layer.weight[0].numel())
            nn.init.zeros_(layer.bias)
    for place, layer in enumerate(layers):
        if isinstance(layer, nn.MaxPool2d):  # of which each feature sees a single pixel, but could see any
            layers[place] = nn.AvgPool2d(layer.kernel_size, layer.stride, ceil_mode=layer.ceil_mode)
    stride, radius = reach(layers)
    picture = torch.ones(1, 3, 160, 150, requires_grad=True)
    features = layers(picture)
    place = features.shape[2] // 2
    features[0, :, place, features.shape[3] // 2].sum().backward()
    assert picture.grad is not None
    seen = picture.grad.abs().sum((0, 1, 3)).nonzero().flatten()
    assert max(stride * place - int(seen[0]), int(seen[-1]) - (stride * place + stride - 1)) == radius


@pytest.mark.parametrize("name", NAMES)
def test_the_smallest_side_is_enough_and_one_pixel_less_is_not(name: str) -> None:
    for label, _ in named_layers(name):
        if label:
            layers = layers_to(name, label)
            with torch.device("meta"):
                side = smallest_side(layers)
                layers = layers.to("meta")
                assert min(layers(torch.empty(1, 3, side, side)).shape) > 0
                with pytest.raises(RuntimeError):
                    layers(torch.empty(1, 3, side - 1, side - 1))
