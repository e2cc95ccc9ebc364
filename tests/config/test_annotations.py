import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwell.config.annotations import choices_of, describe, expand, fits, kinds_of
from lightwell.config.modules import find_module
from lightwell.config.signatures import Parameter, signature

MODULE = find_module("lightwell.losses.classification")

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def kinds(annotation):
    return expand(ast.parse(annotation, mode="eval").body, MODULE)


def is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value):
    return is_whole(value) or isinstance(value, float)


PREDICATES = {
    "int": is_whole,
    "float": is_number,
    "bool": lambda value: isinstance(value, bool),
    "str": lambda value: isinstance(value, str),
    "None": lambda value: value is None,
    "Path": lambda value: isinstance(value, str),
    "Any": lambda value: True,
    "NoSuchName": lambda value: True,
    "int | None": lambda value: value is None or is_whole(value),
    "Optional[float]": lambda value: value is None or is_number(value),
    "Union[int, str]": lambda value: is_whole(value) or isinstance(value, str),
    "'int | None'": lambda value: value is None or is_whole(value),
    "list[int]": lambda value: isinstance(value, list) and all(map(is_whole, value)),
    "Sequence[float]": lambda value: isinstance(value, list) and all(map(is_number, value)),
    "tuple[int, ...]": lambda value: isinstance(value, list) and all(map(is_whole, value)),
    "tuple[float, float]": lambda value: isinstance(value, list) and len(value) == 2 and all(map(is_number, value)),
    "dict[str, float]": lambda value: isinstance(value, dict) and all(map(is_number, value.values())),
    "dict": lambda value: isinstance(value, dict),
    "Literal['a', 'b']": lambda value: isinstance(value, str) and value in ("a", "b"),
    "Literal[1, 2]": lambda value: is_whole(value) and value in (1, 2),
    "Tensor": lambda value: isinstance(value, dict) and "_target_" in value,
    "Callable[[int], int]": lambda value: isinstance(value, dict) and "_target_" in value,
    "list[list[int]] | None": lambda value: (
        value is None
        or (isinstance(value, list) and all(isinstance(item, list) and all(map(is_whole, item)) for item in value))
    ),
}


@pytest.mark.parametrize("annotation", PREDICATES)
@given(value=anything)
def test_a_value_fits_an_annotation_exactly_when_python_would_say_so(annotation, value):
    assert fits(value, kinds(annotation)) == PREDICATES[annotation](value)


@pytest.mark.parametrize("choice", ["a", "b"])
def test_the_choices_of_a_literal_fit(choice):
    assert fits(choice, kinds("Literal['a', 'b']"))


def test_a_node_fits_where_an_object_is_wanted():
    assert fits({"_target_": "torch.nn.ReLU"}, kinds("nn.Module | None"))
    assert not fits("relu", kinds("nn.Module | None"))


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        ("int", "a whole number"),
        ("int | float | None", "a number or null"),
        ("list[float]", "a list of numbers"),
        ("Literal['a', 'b'] | None", "one of a, b or null"),
        ("Literal['a']", "a"),
        ("tuple[float, float]", "a list of 2 values (a number, a number)"),
        ("float | Tensor", "a number"),
        ("Tensor", "a _target_ for Tensor"),
        ("dict[str, float]", "a mapping to numbers"),
        ("ClassWeights", "balanced or a list of numbers or null"),
    ],
)
def test_an_annotation_is_told_in_words(annotation, words):
    assert describe(kinds(annotation)) == words


def test_an_alias_is_resolved_where_it_was_defined():
    activation = signature("lightwell.models.MLP").parameters["activation"]
    assert "gelu" in choices_of(kinds_of(activation))
    precision = signature("pytorch_lightning.Trainer").parameters["precision"]
    assert {"bf16-mixed", "16-true"} <= set(choices_of(kinds_of(precision)))


def test_without_an_annotation_the_default_says_what_is_taken():
    def of(default):
        return kinds_of(Parameter("x", None, ast.Constant(default), MODULE))

    assert fits(0.5, of(1))  # a whole default says little
    assert fits(2, of(0.5))
    assert not fits(True, of(0.5))
    assert not fits("yes", of(True))
    assert fits("anything", of(None))


def test_a_default_of_null_may_be_given():
    parameter = Parameter("x", ast.parse("int", mode="eval").body, ast.Constant(None), MODULE)
    assert fits(None, kinds_of(parameter))
