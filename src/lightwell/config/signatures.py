"""The arguments that a class or a function takes, read from its source text."""

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lightwell.config.modules import Module, find_module
from lightwell.config.sources import Definition, follow, locate

# Bases that add no constructor.
PLAIN_BASES = {"object", "ABC", "Generic", "Protocol"}


@dataclass(frozen=True)
class Parameter:
    """One argument of a constructor or function.

    Attributes:
        annotation: The type's syntax tree, to be read in `module`.
        default: The default's syntax tree; None where the argument is required.
    """

    name: str
    annotation: ast.expr | None
    default: ast.expr | None
    module: Module

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.default is None


@dataclass(frozen=True)
class Signature:
    """What a target takes.

    Attributes:
        parameters: By name, in order.
        takes_any: Whether it also passes on arguments whose names its source does not tell.
    """

    parameters: dict[str, Parameter]
    takes_any: bool


@functools.cache
def signature(path: str) -> Signature | None:
    """The signature of a dotted path's class or function; None where its source cannot tell.

    Raises:
        NotThere: When there is no such class or function.
    """
    definition = locate(path)
    if definition is None:
        return None
    if isinstance(definition.node, ast.ClassDef):
        return _of_class(definition)
    if isinstance(definition.node, ast.FunctionDef):
        arguments = definition.node.args
        return Signature(_parameters(arguments, definition.module), arguments.kwarg is not None)
    return None


def attribute(path: str, name: str) -> Any:
    """The literal that a class, or a base of it, assigns to a class attribute; None where there is none."""
    definition = locate(path)
    if definition is None or not isinstance(definition.node, ast.ClassDef):
        return None
    for ancestor in ancestry(definition):
        for statement in ancestor.node.body if ancestor else []:  # type: ignore[attr-defined]
            targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                try:
                    return ast.literal_eval(statement.value)
                except (ValueError, AttributeError, TypeError):
                    return None
    return None


def is_a(path: str, base: str) -> bool:
    """Whether a class is another, or inherits from it."""
    definition, wanted = locate(path), locate(base)
    if definition is None or wanted is None or not isinstance(definition.node, ast.ClassDef):
        return False
    return any(ancestor and ancestor.node is wanted.node for ancestor in ancestry(definition))


def ancestry(definition: Definition) -> Iterator[Definition | None]:
    """A class and its bases, nearest first; None for a base that source text does not tell."""
    yield definition
    for base in definition.node.bases:  # type: ignore[attr-defined]
        expression = base.value if isinstance(base, ast.Subscript) else base
        if ast.unparse(expression).rpartition(".")[2] in PLAIN_BASES:
            continue
        found = follow(definition.module, expression)
        if found and isinstance(found.node, ast.ClassDef):
            yield from ancestry(found)
        else:
            yield None


def _of_class(definition: Definition) -> Signature:
    """The constructor's own parameters, and those of its base's that it passes on by `**`."""
    parameters: dict[str, Parameter] = {}
    passed: set[str] = set()  # by name, and by position
    placed = 0
    for ancestor in ancestry(definition):
        if ancestor is None:
            return Signature(parameters, takes_any=True)
        if _is_dataclass(ancestor):
            return Signature({**parameters, **_fields(ancestor)}, takes_any=False)
        constructor = _constructor(ancestor)
        if constructor is None:
            continue
        own = _parameters(constructor.args, ancestor.module, method=True)
        passed |= {*[*own][:placed]}
        parameters |= {name: value for name, value in own.items() if name not in parameters and name not in passed}
        if constructor.args.kwarg is None:
            return Signature(parameters, takes_any=False)
        call = _call_passing_on(constructor, constructor.args.kwarg.arg)
        if call is None:
            return Signature(parameters, takes_any=True)
        passed |= {keyword.arg for keyword in call.keywords if keyword.arg}
        placed = sum(not isinstance(argument, ast.Starred) for argument in call.args)
    return Signature(parameters, takes_any=False)


def _parameters(arguments: ast.arguments, module: Module, *, method: bool = False) -> dict[str, Parameter]:
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults)) + [*arguments.defaults]
    both = [*zip(positional, defaults, strict=True)][int(method) :]
    both = [pair for pair in both if pair[0] not in arguments.posonlyargs]
    both += zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return {argument.arg: Parameter(argument.arg, argument.annotation, default, module) for argument, default in both}


def _constructor(definition: Definition) -> ast.FunctionDef | None:
    methods = [node for node in definition.node.body if isinstance(node, ast.FunctionDef)]  # type: ignore[attr-defined]
    return next((method for method in reversed(methods) if method.name == "__init__"), None)


def _call_passing_on(constructor: ast.FunctionDef, keywords: str) -> ast.Call | None:
    """The call `super().__init__(..., **keywords)`, if the constructor makes it."""
    for node in ast.walk(constructor):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "super().__init__":
            starred = [keyword.value for keyword in node.keywords if keyword.arg is None]
            if any(isinstance(value, ast.Name) and value.id == keywords for value in starred):
                return node
    return None


def _is_dataclass(definition: Definition) -> bool:
    decorators = definition.node.decorator_list  # type: ignore[attr-defined]
    return any(ast.unparse(decorator).partition("(")[0].endswith("dataclass") for decorator in decorators)


def _fields(definition: Definition) -> dict[str, Parameter]:
    """A dataclass's fields, its bases' first."""
    fields: dict[str, Parameter] = {}
    for ancestor in reversed([*ancestry(definition)]):
        for node in ancestor.node.body if ancestor else []:  # type: ignore[attr-defined]
            if isinstance(node, ast.AnnAssign) and "ClassVar" not in ast.unparse(node.annotation):
                name = ast.unparse(node.target)
                fields[name] = Parameter(name, node.annotation, node.value, ancestor.module)  # type: ignore[union-attr]
    return fields


def classes_in(module_name: str) -> list[str]:
    """The dotted paths of the classes that a module offers, by the `__all__` it states."""
    module = find_module(module_name)
    listed = module.names.get("__all__") if module else None
    return [f"{module_name}.{name}" for name in ast.literal_eval(listed)] if isinstance(listed, ast.List) else []
