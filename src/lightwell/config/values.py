"""A composed config as plain data, with what could not be resolved told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import InterpolationKeyError, InterpolationToMissingValueError, OmegaConfBaseException

from lightwell.config.mistakes import Mistake
from lightwell.config.nearest import did_you_mean, nearest_key


class Unknown:
    """Stands for a value that only the run will know, or that is itself a mistake already told."""


UNKNOWN: Final = Unknown()


@dataclass
class PlainConfig:
    """A config as dicts, lists and plain values, without Hydra's own part.

    Attributes:
        values: The values, with UNKNOWN for what could not be resolved.
        references: For each key whose value is `${other.key}` and nothing else, that other key.
        mistakes: What is missing and what refers to nothing.
    """

    values: dict[str, Any] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)


def plain(config: DictConfig) -> PlainConfig:
    """Resolve a composed config, which stays as it is."""
    found = PlainConfig()
    found.values = {str(name): _value(config, name, str(name), found) for name in config if name != "hydra"}
    return found


def keys_of(values: Mapping[Any, Any], prefix: str = "") -> Iterator[str]:
    """The dotted key of every value."""
    for name, value in values.items():
        yield f"{prefix}{name!s}"
        if isinstance(value, Mapping):
            yield from keys_of(value, f"{prefix}{name}.")


def _value(parent: DictConfig | ListConfig, name: Any, key: str, found: PlainConfig) -> Any:
    if OmegaConf.is_missing(parent, name):
        found.mistakes.append(Mistake(key, None, f"{key} is needed.", f"Give {key}={_placeholder(key)}."))
        return UNKNOWN
    written = parent._get_node(name)._value()  # type: ignore[union-attr]
    if isinstance(written, str) and written.startswith("${") and written.find("}") == len(written) - 1:
        found.references[key] = written[2:-1]
    try:
        value = parent[name]
    except InterpolationToMissingValueError:
        return UNKNOWN  # what is missing is told where it is missing
    except OmegaConfBaseException as error:
        if "${hydra" not in str(written):  # what Hydra knows is known once it has started
            found.mistakes.append(Mistake(key, written, *_unresolved(error, parent)))
        return UNKNOWN
    if isinstance(value, DictConfig):
        return {str(inner): _value(value, inner, f"{key}.{inner!s}", found) for inner in value}
    if isinstance(value, ListConfig):
        return [_value(value, position, f"{key}.{position}", found) for position in range(len(value))]
    return value


def _unresolved(error: OmegaConfBaseException, parent: DictConfig | ListConfig) -> tuple[str, str]:
    reason = str(error).splitlines()[0].rstrip(".")
    if not isinstance(error, InterpolationKeyError):
        return f"It cannot be resolved: {reason}.", ""
    wanted = reason.split("'")[1] if "'" in reason else reason
    root: Any = OmegaConf.to_container(parent._get_root(), resolve=False)
    return f"It refers to {wanted}, which does not exist.", did_you_mean(nearest_key(wanted, keys_of(root)))


def _placeholder(key: str) -> str:
    return "FOLDER" if key.endswith(("root", "folder")) else "VALUE"
