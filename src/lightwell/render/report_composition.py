"""What a run was composed of, as rows for a reader."""

from dataclasses import dataclass
from typing import Any

from lightwell.render.report_files import RunFiles
from lightwell.render.report_wording import setting, words

GROUPS = ["task", "model", "loss", "optimizer", "scheduler", "data", "hardware", "callbacks", "logger"]
PLAIN = ["seed", "epochs", "monitor", "output"]
SHORT = {"lr": "learning rate"}

Settings = list[tuple[str, str]]


@dataclass(frozen=True)
class Row:
    """One group: which option was chosen, the class behind it, and its settings, nested ones under their name."""

    group: str
    choice: str
    target: str
    settings: dict[str, Settings]


def composition(config: dict[str, Any], choices: dict[str, Any]) -> list[Row]:
    """The groups of a config in the order in which they are composed, then the plain keys."""
    rows = []
    for group in GROUPS:
        node, choice = config.get(group), choices.get(group)
        if not node and not choice:
            continue
        node = node if isinstance(node, dict) else {}
        target = str(node.get("_target_", ""))
        parts = [name for name, part in node.items() if isinstance(part, dict) and "_target_" in part]
        chosen = setting(choice) if choice else target.rpartition(".")[2] or ", ".join(parts)
        rows.append(Row(group, chosen, target, _by_part(node)))
    plain = {name: config[name] for name in PLAIN if name in config}
    return [*rows, Row("run", "", "", _by_part(plain))] if plain else rows


def facts(mapping: Any) -> Settings:
    """Names and values of a mapping whose keys are not known beforehand."""
    if not isinstance(mapping, dict):
        return []
    parts = _by_part(mapping)
    return [(f"{words(part)} {name}".strip(), value) for part, settings in parts.items() for name, value in settings]


def overrides(files: RunFiles) -> list[str]:
    """What the command line changed."""
    lines = files.text("overrides.yaml").splitlines()
    return [line[2:].strip().strip("'\"") for line in lines if line.startswith("- ")]


def _by_part(node: dict[str, Any], part: str = "") -> dict[str, Settings]:
    """The settings of a node under `part`, then those of every node in it."""
    plain = {name: value for name, value in node.items() if name != "_target_" and not isinstance(value, dict)}
    parts = {part: [(SHORT.get(name, words(name)), setting(value)) for name, value in plain.items()]}
    for name, value in node.items():
        if isinstance(value, dict):
            parts |= _by_part(value, f"{part} {name}".strip())
    return {name: settings for name, settings in parts.items() if settings}
