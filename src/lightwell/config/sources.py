"""Where a name is defined, read from source text: no module is imported and no code runs.

A module's top-level names are known from its syntax tree, and re-exports are followed: imports, star imports and
`Alias = Other`.
"""

import ast
from dataclasses import dataclass
from typing import Any

from lightwell.config.modules import Imported, Module, find_module


@dataclass(frozen=True)
class Definition:
    """What a name turned out to be: a class, a function, or the expression assigned to it."""

    module: Module
    node: ast.AST


class NotThere(Exception):
    """A module that was read to its end has no such name."""

    def __init__(self, problem: str, known: list[str]):
        super().__init__(problem)
        self.problem = problem
        self.known = known


def locate(path: str) -> Definition | None:
    """The definition that a dotted path leads to, as `import` would find it; None where source text cannot tell.

    Raises:
        NotThere: When there is no such module, or no such name in it.
    """
    module_name, _, name = path.rpartition(".")
    module = find_module(module_name)
    if module is None:
        raise NotThere(f"There is no module {module_name}.", [])
    definition = find(module, name)
    if definition is None and not _may_hold(module, name):
        raise NotThere(f"{module_name} has no {name}.", sorted(_public(module)))
    return definition


def home_of(path: str) -> str:
    """The module that a dotted path's name comes from in the end, though its source may not be at hand."""
    module_name, _, name = path.rpartition(".")
    for _ in range(16):  # no honest chain of imports is longer
        module = find_module(module_name)
        bound = module.names.get(name) if module else None
        if isinstance(bound, Imported) and bound.name:
            module_name, name = bound.module, bound.name
            continue
        stars = (
            [star for star in module.stars if (source := find_module(star)) and find(source, name)] if module else []
        )
        if bound is not None or not stars:
            break
        module_name = stars[0]
    return module_name


def literal(path: str) -> Any:
    """The plain value that a module's constant is assigned; None where it is not written out."""
    definition = locate(path)
    try:
        return ast.literal_eval(definition.node) if definition else None
    except ValueError:
        return None


def find(module: Module, name: str, seen: frozenset[tuple[str, str]] = frozenset()) -> Definition | None:
    """The definition of a name in a module, through re-exports and aliases."""
    if (module.name, name) in seen:
        return None
    seen |= {(module.name, name)}
    bound = module.names.get(name)
    if isinstance(bound, Imported):
        source = find_module(bound.module)
        return find(source, bound.name, seen) if source and bound.name else None
    if isinstance(bound, ast.Name | ast.Attribute):
        return follow(module, bound, seen) or Definition(module, bound)
    if bound is not None:
        return Definition(module, bound)
    for star in module.stars:
        source = find_module(star)
        definition = find(source, name, seen) if source and not name.startswith("_") else None
        if definition:
            return definition
    return None


def follow(module: Module, expression: ast.expr, seen: frozenset[tuple[str, str]] = frozenset()) -> Definition | None:
    """The definition that a name or a dotted expression such as `nn.Module` stands for in a module."""
    if isinstance(expression, ast.Name):
        return find(module, expression.id, seen)
    if not isinstance(expression, ast.Attribute):
        return None
    home = _module_named(module, expression.value)
    return find(home, expression.attr, seen) if home else None


def _module_named(module: Module, expression: ast.expr) -> Module | None:
    if isinstance(expression, ast.Name):
        bound = module.names.get(expression.id)
        if not isinstance(bound, Imported):
            return None
        return find_module(f"{bound.module}.{bound.name}" if bound.name else bound.module)
    if isinstance(expression, ast.Attribute):
        parent = _module_named(module, expression.value)
        return find_module(f"{parent.name}.{expression.attr}") if parent else None
    return None


def _may_hold(module: Module, name: str) -> bool:
    """Whether the module may have the name all the same: an extension's, say, or one made when first used."""
    if name in module.names or "__getattr__" in module.names or find_module(f"{module.name}.{name}"):
        return True
    sources = [find_module(star) for star in module.stars]
    return any(source is None or _may_hold(source, name) for source in sources)


def _public(module: Module, depth: int = 3) -> set[str]:
    names = {name for name in module.names if not name.startswith("_")}
    sources = [find_module(star) for star in module.stars] if depth else []
    return names.union(*(_public(source, depth - 1) for source in sources if source))
