"""One layer of a network, by name: the last with feature maps, and what a layer gives."""

from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

import torch
from torch import Tensor, nn

from lightwell.explain.score import Score
from lightwell.explain.stages import stages


def last_layer(score: Score, inputs: Tensor) -> str:
    """The last layer with feature maps of more than one place, by name.

    What only pools is passed over, since what it pools is finer; `stages` has the whole rule. It takes a forward of
    one example: to explain many batches, ask once and name the layer.

    Args:
        score: A function of inputs with one module behind it.
        inputs: `(batch, channels, ...)`: the first example is run.

    Raises:
        ValueError: When no layer's output has the input's dimensions and an extent.
    """
    return stages(score, inputs[:1].detach())[-1]


def module_named(network: nn.Module, layer: str) -> nn.Module:
    """A network's module.

    Raises:
        ValueError: When there is none of that name; the nearest names are told.
    """
    modules = dict(network.named_modules())
    if layer not in modules:
        names = [name for name in modules if name]
        nearest = get_close_matches(layer, names, cutoff=0.4) or names[-3:]
        raise ValueError(f"{type(network).__name__} has no layer {layer!r}. The nearest: {', '.join(nearest)}.")
    return modules[layer]


class FeatureMaps:
    """What a layer gave when it last ran, and gradients with respect to it."""

    def __init__(self, layer: str) -> None:
        self.layer = layer
        self._leaf: Tensor | None = None

    @property
    def maps(self) -> Tensor:
        """`(batch, channels, *spatial)`."""
        return self._found().detach()

    def gradient(self, values: Tensor) -> Tensor:
        """Of the sum of values computed from the feature maps, in their shape; may be asked for several times.

        Raises:
            ValueError: When the values do not depend on the feature maps.
        """
        leaf, total = self._found(), values.sum()
        gradient = None
        if total.requires_grad:
            (gradient,) = torch.autograd.grad(total, leaf, retain_graph=True, allow_unused=True)
        if gradient is None:
            raise ValueError(f"The scores do not depend on the layer {self.layer!r}. Take another.")
        return gradient

    def catch(self, module: nn.Module, arguments: Any, output: Any) -> Tensor:
        """Take a layer's output, and give what follows a copy that it may overwrite."""
        if not has_places(output):
            given = f"of shape {tuple(output.shape)}" if isinstance(output, Tensor) else f"a {type(output).__name__}"
            raise ValueError(f"The layer {self.layer!r} has no places: its output is {given}. Take an earlier one.")
        # A score function may run the network twice on the same inputs: both count, as one.
        if self._leaf is None or not torch.equal(self._leaf, output):
            self._leaf = output.detach().requires_grad_()
        return self._leaf.clone()

    def _found(self) -> Tensor:
        if self._leaf is None:
            raise ValueError(f"The layer {self.layer!r} never runs. Take another.")
        return self._leaf


def has_places(output: Any) -> bool:
    """Whether an output is `(batch, channels, *spatial)`, with more than one place."""
    return isinstance(output, Tensor) and output.ndim > 2 and output.shape[2:].numel() > 1


@contextmanager
def feature_maps(network: nn.Module, layer: str) -> Iterator[FeatureMaps]:
    """While the network runs, catch what a layer gives; the graph of gradients begins there.

    Raises:
        ValueError: When there is no such layer, or its output is no feature maps.
    """
    caught = FeatureMaps(layer)
    handle = module_named(network, layer).register_forward_hook(caught.catch)
    try:
        with frozen(network):
            yield caught
    finally:
        handle.remove()


@contextmanager
def frozen(network: nn.Module) -> Iterator[None]:
    """Let no weight ask for a gradient, so that no graph is kept of what comes before a leaf."""
    learning = [parameter for parameter in network.parameters() if parameter.requires_grad]
    try:
        for parameter in learning:
            parameter.requires_grad_(False)
        yield
    finally:
        for parameter in learning:
            parameter.requires_grad_(True)
