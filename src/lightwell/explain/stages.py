"""The stages of a network: what it makes of its input at one resolution after the other."""

from collections import Counter
from itertools import groupby
from typing import NamedTuple

import torch
from torch import Tensor

from lightwell.explain.receptive_field import watching
from lightwell.explain.score import Score, network_of, undisturbed


def stages(score: Score, inputs: Tensor) -> list[str]:
    """The last layer before each change of resolution, by name.

    What has no extent, and what only pools, is no stage of its own. Of modules that give the same tensor the
    innermost is named, and none that runs several times, such as a ReLU that blocks share.

    Args:
        score: A function of inputs with one module behind it.
        inputs: `(batch, channels, ...)`: any example.

    Raises:
        ValueError: When no layer's output has the input's dimensions and an extent.
    """
    network = network_of(score)
    modules = dict(network.named_modules())
    layers: list[_Output] = []

    def note(layer: str, output: Tensor) -> None:
        if layer and output.ndim == inputs.ndim and output[0, 0].numel() > 1:
            layers.append(_Output(layer, output, output._version))

    with undisturbed(score), torch.no_grad(), watching(network, list(modules), note):
        score(inputs.clone())
    runs = Counter(output.layer for output in layers)
    once = [output for output in layers if runs[output.layer] == 1]
    found = []
    for _, group in groupby(once, key=lambda output: output.maps.shape[2:]):
        stage = list(group)
        if any(list(modules[output.layer].parameters(recurse=False)) for output in stage):
            last = stage.pop()
            while stage and stage[-1].is_inside(last):
                last = stage.pop()
            found.append(last.layer)
    if not found:
        raise ValueError(f"{type(network).__name__} has no layer with feature maps. Take a convolutional network.")
    return found


class _Output(NamedTuple):
    """What a layer gave, and how often that had been written to."""

    layer: str
    maps: Tensor
    version: int

    def is_inside(self, other: "_Output") -> bool:
        """Whether the other layer contains this one and passed on its output as it was."""
        same = self.maps.data_ptr() == other.maps.data_ptr() and self.version == other.version
        return same and self.layer.startswith(f"{other.layer}.")
