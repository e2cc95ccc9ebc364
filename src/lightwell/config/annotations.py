"""Whether a plain value fits a type annotation, which is read and never evaluated.

An annotation becomes a list of the kinds of value that it allows. A name that source text does not explain allows
everything: what cannot be told now is told when the part is built.
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lightwell.config.modules import Module
from lightwell.config.signatures import Parameter
from lightwell.config.sources import Definition, follow


@dataclass(frozen=True)
class Kind:
    """One kind of value that an annotation allows.

    Attributes:
        one: What a value of this kind is called: "a number".
        many: What several are called: "numbers".
        accepts: Whether a value is of this kind.
        choices: The values themselves, where they are listed.
    """

    one: str
    many: str
    accepts: Callable[[Any], bool]
    choices: tuple[Any, ...] = ()


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_node(value: Any) -> bool:
    return isinstance(value, Mapping) and "_target_" in value


ANYTHING = Kind("anything", "anything", lambda value: True)
NULL = Kind("null", "nulls", lambda value: value is None)
WHOLE = Kind("a whole number", "whole numbers", lambda value: isinstance(value, int) and not isinstance(value, bool))
NUMBER = Kind("a number", "numbers", _is_number)
TRUTH = Kind("true or false", "true or false", lambda value: isinstance(value, bool))
TEXT = Kind("text", "texts", lambda value: isinstance(value, str))
PATH = Kind("a path", "paths", lambda value: isinstance(value, str))
LIST = Kind("a list", "lists", lambda value: isinstance(value, list))
MAPPING = Kind("a mapping", "mappings", lambda value: isinstance(value, Mapping))

PLAIN = {
    "Any": ANYTHING,
    "object": ANYTHING,
    "None": NULL,
    "int": WHOLE,
    "float": NUMBER,
    "bool": TRUTH,
    "str": TEXT,
    "Path": PATH,
    "PathLike": PATH,
    "PurePath": PATH,
    "_PATH": PATH,
    **dict.fromkeys(("list", "List", "tuple", "Tuple", "set", "Sequence", "Iterable", "Collection"), LIST),
    **dict.fromkeys(("dict", "Dict", "Mapping", "MutableMapping", "OrderedDict"), MAPPING),
}


def kinds_of(parameter: Parameter) -> list[Kind]:
    """The kinds of value that a parameter takes: by its annotation, or without one by its default."""
    default = parameter.default.value if isinstance(parameter.default, ast.Constant) else ...
    if parameter.annotation is None:
        kinds = kinds_by_default(default)
        return [NUMBER] if kinds == [WHOLE] else kinds  # a whole default says little of what else is taken
    kinds = expand(parameter.annotation, parameter.module)
    return [*kinds, NULL] if default is None else kinds


def kinds_by_default(default: Any) -> list[Kind]:
    """The kinds of value that may stand in place of a default."""
    by_type = {bool: TRUTH, int: WHOLE, float: NUMBER, str: TEXT}
    return [by_type.get(type(default), ANYTHING)]


def expand(annotation: ast.expr, module: Module, depth: int = 8) -> list[Kind]:
    """The kinds that an annotation allows, with unions and aliases resolved."""
    if depth == 0:
        return [ANYTHING]
    if isinstance(annotation, ast.Constant):
        if isinstance(annotation.value, str):  # written in quotes, to be read later
            return expand(ast.parse(annotation.value, mode="eval").body, module, depth - 1)
        return [NULL if annotation.value is None else ANYTHING]
    if isinstance(annotation, ast.BinOp):
        return expand(annotation.left, module, depth) + expand(annotation.right, module, depth)
    if isinstance(annotation, ast.Subscript):
        return _subscripted(annotation, module, depth)
    name = ast.unparse(annotation).rpartition(".")[2]
    if name in PLAIN:
        return [PLAIN[name]]
    definition = follow(module, annotation)
    return [ANYTHING] if definition is None else _defined(name, definition, depth)


def _defined(name: str, definition: Definition, depth: int) -> list[Kind]:
    """What a name outside the plain types stands for: an alias of an annotation, or a class."""
    node = definition.node
    if isinstance(node, ast.ClassDef):
        if any("Enum" in ast.unparse(base) for base in node.bases):
            return [ANYTHING]
        return [Kind(f"a _target_ for {name}", f"_target_s for {name}", _is_node)]
    if isinstance(node, ast.Subscript | ast.BinOp | ast.Constant):
        return expand(node, definition.module, depth - 1)
    if isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node).rpartition(".")[2] in PLAIN:
        return [PLAIN[ast.unparse(node).rpartition(".")[2]]]
    return [ANYTHING]


def _subscripted(annotation: ast.Subscript, module: Module, depth: int) -> list[Kind]:
    name = ast.unparse(annotation.value).rpartition(".")[2]
    inside = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
    if name == "Literal":
        return [_one_of(tuple(node.value for node in inside if isinstance(node, ast.Constant)))]
    if name == "Optional":
        return [*expand(inside[0], module, depth), NULL]
    if name == "Union":
        return [kind for member in inside for kind in expand(member, module, depth)]
    if name in ("Annotated", "Final", "Required"):
        return expand(inside[0], module, depth)
    if name == "Callable":
        return [Kind("a _target_", "_target_s", _is_node)]
    plain = PLAIN.get(name)
    if plain is LIST and name in ("tuple", "Tuple") and "..." not in map(ast.unparse, inside):
        return [_fixed_list([expand(member, module, depth) for member in inside])]
    if plain is LIST:
        return [_list_of(expand(inside[0], module, depth))]
    if plain is MAPPING and len(inside) == 2:
        return [_mapping_of(expand(inside[1], module, depth))]
    return [ANYTHING]


def _one_of(choices: tuple[Any, ...]) -> Kind:
    # 1 equals True, so the types have to be compared as well.
    same = lambda value: any(type(value) is type(choice) and value == choice for choice in choices)  # noqa: E731
    words = " or ".join(map(str, choices))
    return Kind(words, words, same, choices)


def _list_of(members: list[Kind]) -> Kind:
    def accepts(value: Any) -> bool:
        return isinstance(value, list) and all(fits(item, members) for item in value)

    many = " or ".join(dict.fromkeys(kind.many for kind in members))
    return Kind(f"a list of {many}", f"lists of {many}", accepts)


def _fixed_list(members: list[list[Kind]]) -> Kind:
    def accepts(value: Any) -> bool:
        return isinstance(value, list) and len(value) == len(members) and all(map(fits, value, members))

    words = ", ".join(describe(kinds) for kinds in members)
    return Kind(f"a list of {len(members)} values ({words})", f"lists of {len(members)} values", accepts)


def _mapping_of(members: list[Kind]) -> Kind:
    def accepts(value: Any) -> bool:
        return isinstance(value, Mapping) and all(fits(item, members) for item in value.values())

    many = " or ".join(dict.fromkeys(kind.many for kind in members))
    return Kind(f"a mapping to {many}", f"mappings to {many}", accepts)


def fits(value: Any, kinds: list[Kind]) -> bool:
    """Whether a value is of any of these kinds."""
    return any(kind.accepts(value) for kind in kinds)


def describe(kinds: list[Kind]) -> str:
    """The kinds in words: "a whole number or null"."""
    choices = [str(choice) for kind in kinds for choice in kind.choices]
    plain = [kind for kind in kinds if kind.accepts is not _is_node and not kind.choices]
    words = [kind.one for kind in plain if not (kind is WHOLE and NUMBER in plain)]
    if choices:
        words.insert(0, "one of " + ", ".join(dict.fromkeys(choices)) if len(choices) > 1 else choices[0])
    words = words if set(words) - {"null"} else [kind.one for kind in kinds]
    return "a value" if ANYTHING in kinds else " or ".join(dict.fromkeys(words))


def choices_of(kinds: list[Kind]) -> list[str]:
    """The values that are listed by name, for the nearest to a wrong one."""
    return [choice for kind in kinds for choice in kind.choices if isinstance(choice, str)]
