"""Imports run one way, so that a part can be read, tested and replaced on its own."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "src" / "lightwell"

FORBIDDEN = {
    "explain": ("pytorch_lightning", "hydra", "omegaconf", "lightwell.models", "lightwell.losses",
                "lightwell.callbacks", "lightwell.tasks", "lightwell.data", "lightwell.runs", "lightwell.render"),
    "models": ("pytorch_lightning", "hydra", "omegaconf", "lightwell.explain", "lightwell.losses", "lightwell.config"),
    "losses": ("pytorch_lightning", "hydra", "omegaconf", "lightwell.explain", "lightwell.models", "lightwell.config"),
    "config": ("torch", "pytorch_lightning", "torchvision", "sklearn", "lightwell.tasks", "lightwell.callbacks"),
    "render": ("torch", "pytorch_lightning", "lightwell.callbacks", "lightwell.tasks", "lightwell.data"),
    "tasks": ("lightwell.callbacks", "lightwell.runs", "lightwell.render", "hydra"),
    "data": ("lightwell.callbacks", "lightwell.tasks", "lightwell.runs", "lightwell.render", "hydra"),
    "sound": ("torch", "pytorch_lightning", "hydra", "lightwell.callbacks", "lightwell.tasks", "lightwell.render"),
    "identity": ("pytorch_lightning", "hydra", "lightwell.callbacks", "lightwell.render"),
    "style": ("pytorch_lightning", "hydra", "omegaconf", "lightwell.callbacks", "lightwell.tasks", "lightwell.render"),
    "cli_art.py": ("torch", "pytorch_lightning", "hydra"),
    "cli_people.py": ("torch", "pytorch_lightning", "hydra"),
    "cli_sound.py": ("torch", "pytorch_lightning", "hydra"),
    "cli.py": ("torch", "pytorch_lightning", "hydra"),
}  # fmt: skip


def imports(file: Path) -> set[str]:
    """What a file imports when it is imported itself."""
    found: set[str] = set()
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("part", sorted(FORBIDDEN))
def test_imports_run_one_way(part: str) -> None:
    files = list((PACKAGE / part).rglob("*.py")) if (PACKAGE / part).is_dir() else [PACKAGE / part]
    assert files
    for file in files:
        for name in imports(file):
            wrong = [word for word in FORBIDDEN[part] if name == word or name.startswith(f"{word}.")]
            assert not wrong, f"{file.relative_to(PACKAGE)} imports {name}"
