"""The keys of a composed config: those that stand in it, and those that its classes would take."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf._utils import split_key

from lightwell.config.signatures import Signature, signature
from lightwell.config.sources import NotThere
from lightwell.config.values import keys_of


def stands(config: DictConfig, key: str) -> bool:
    """Whether there is such a key, whatever its value."""
    return _node(config, split_key(key)) is not None


@dataclass(frozen=True)
class Argument:
    """A key below a `_target_`.

    Attributes:
        key: Where the `_target_` stands.
        target: The class.
        signature: What it takes; None where that cannot be told.
        name: The argument of the class that the key names, or leads into.
    """

    key: str
    target: str
    signature: Signature | None
    name: str

    @property
    def is_taken(self) -> bool:
        """Whether the class takes it."""
        return self.signature is None or self.signature.takes_any or self.name in self.signature.parameters


def argument(config: DictConfig, key: str) -> Argument | None:
    """What a key is to the class that the nearest `_target_` above it names; None where there is none above."""
    words = split_key(key)
    for depth in range(len(words) - 1, 0, -1):
        node = _node(config, words[:depth])
        if isinstance(node, DictConfig) and "_target_" in node:
            target = node._get_node("_target_")._value()  # type: ignore[union-attr]
            return Argument(".".join(words[:depth]), target, _signature(target), words[depth])
    return None


def known_keys(config: DictConfig) -> Iterator[str]:
    """Every key that stands in the config, and every argument that one of its classes takes."""
    values: Any = OmegaConf.to_container(config)
    values.pop("hydra", None)
    for key in keys_of(values):
        parent, _, name = key.rpartition(".")
        taken = _signature(OmegaConf.select(config, key)) if name == "_target_" else None
        if name != "_target_":
            yield key
        elif taken:
            yield from (f"{parent}.{argument}" for argument in taken.parameters)


def siblings(config: DictConfig, key: str) -> list[str]:
    """What stands beside the first word of a key that does not stand."""
    words = split_key(key)
    depth = next(depth for depth in range(1, len(words) + 1) if _node(config, words[:depth]) is None)
    parent = _node(config, words[: depth - 1])
    return [str(name) for name in parent if name != "hydra"] if isinstance(parent, DictConfig) else []


def _node(config: DictConfig, words: list[str]) -> Any:
    node: Any = config
    for word in words:
        if isinstance(node, DictConfig) and word in map(str, node):
            node = node._get_node(word)
        elif isinstance(node, ListConfig) and word.isdecimal() and int(word) < len(node):
            node = node._get_node(int(word))
        else:
            return None
    return node


def _signature(target: Any) -> Signature | None:
    try:
        return signature(target) if isinstance(target, str) and "." in target else None
    except NotThere:
        return None
