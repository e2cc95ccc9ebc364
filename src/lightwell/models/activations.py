"""Activation functions by name."""

from torch import nn

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
}


def activation_named(name: str) -> nn.Module:
    """A new activation module.

    Raises:
        ValueError: When no activation has that name.
    """
    if name not in ACTIVATIONS:
        raise ValueError(f"There is no activation {name!r}. Take one of: {', '.join(ACTIVATIONS)}.")
    return ACTIVATIONS[name]()
