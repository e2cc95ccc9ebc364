"""A module's source file and the names that it binds, read without importing it.

There is no cache on disk. Parsing the forty-odd files that a configuration leads to takes some 50 ms, and a cache would
have to be keyed by the version of every package, be written safely by several processes, and could be stale.
"""

import ast
import functools
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Module:
    """A module's source file."""

    name: str
    path: Path

    @functools.cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.path.read_bytes())

    @functools.cached_property
    def names(self) -> dict[str, "ast.AST | Imported"]:
        """What each name at the top level was last bound to."""
        return dict(_bindings(self, self.tree.body))

    @functools.cached_property
    def stars(self) -> list[str]:
        """The modules that all names are imported from."""
        imports = [node for node in ast.walk(self.tree) if isinstance(node, ast.ImportFrom)]
        return [self.absolute(node) for node in imports if any(alias.name == "*" for alias in node.names)]

    def absolute(self, node: ast.ImportFrom) -> str:
        """The full name of the module that an import names, `from ..data import x` included."""
        if not node.level:
            return node.module or ""
        package = self.name.split(".")
        package = package[: len(package) - node.level + (self.path.name == "__init__.py")]
        return ".".join([*package, *([node.module] if node.module else [])])


@dataclass(frozen=True)
class Imported:
    """A name bound by an import: a name in a module, or the module itself."""

    module: str
    name: str | None


@functools.cache
def find_module(name: str) -> Module | None:
    """The source file of a module, which is not imported."""
    top, *rest = name.split(".")
    try:
        specification = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        specification = None
    if specification is None or not (specification.origin or specification.submodule_search_locations):
        return None
    folders = [Path(folder) for folder in specification.submodule_search_locations or []]
    file: Path | None = Path(specification.origin or "")
    for word in rest:
        homes = [home for folder in folders for home in (folder / word / "__init__.py", folder / f"{word}.py")]
        file = next((home for home in homes if home.is_file()), None)
        if file is None:
            return None
        folders = [file.parent] if file.name == "__init__.py" else []
    return Module(name, file) if file and file.suffix == ".py" else None


def _bindings(module: Module, body: list[ast.stmt]) -> Iterator[tuple[str, ast.AST | Imported]]:
    for statement in body:
        if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield statement.name, statement
        elif isinstance(statement, ast.ImportFrom):
            home = module.absolute(statement)
            yield from ((alias.asname or alias.name, Imported(home, alias.name)) for alias in statement.names)
        elif isinstance(statement, ast.Import):
            for alias in statement.names:
                top = alias.name.split(".")[0]
                yield alias.asname or top, Imported(alias.name if alias.asname else top, None)
        elif isinstance(statement, ast.Assign):
            yield from ((target.id, statement.value) for target in statement.targets if isinstance(target, ast.Name))
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value:
            yield statement.target.id, statement.value
        elif isinstance(statement, ast.If | ast.Try | ast.With):
            # What comes first is meant for this version; what else there is serves where the first has no such name.
            branches = [getattr(statement, "orelse", []), getattr(statement, "finalbody", [])]
            branches += [handler.body for handler in getattr(statement, "handlers", [])]
            for branch in [*branches, statement.body]:
                yield from _bindings(module, branch)
