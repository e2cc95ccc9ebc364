"""What is read from source text against what Python itself says after an import."""

import importlib
import inspect

import pytest

from lightwell.config import sources
from lightwell.config.allowed import check_target
from lightwell.config.signatures import attribute, classes_in, is_a, signature

MODULES = [
    "lightwell.callbacks",
    "lightwell.data",
    "lightwell.losses",
    "lightwell.models",
    "lightwell.schedules",
    "lightwell.tasks",
    "pytorch_lightning",
    "pytorch_lightning.callbacks",
    "pytorch_lightning.loggers",
    "pytorch_lightning.plugins",
    "pytorch_lightning.profilers",
    "pytorch_lightning.strategies",
    "torch.nn",
    "torch.optim",
    "torch.optim.lr_scheduler",
    "torchvision.models",
]
# Their constructor is a metaclass's, or stands in C.
NOT_IN_SOURCE = ("Weights", "WeightsEnum", "Outputs", "Parameter", "Buffer")


@pytest.mark.parametrize("module_name", MODULES)
def test_source_text_tells_the_arguments_that_python_knows(module_name):
    module = importlib.import_module(module_name)
    compared = 0
    for name in getattr(module, "__all__", dir(module)):
        path, target = f"{module_name}.{name}", getattr(module, name)
        if check_target(path) or not (inspect.isclass(target) or inspect.isfunction(target)):
            continue
        if name.endswith(NOT_IN_SOURCE):
            continue
        read = signature(path)
        assert read is not None, path
        kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
        known = inspect.signature(target).parameters.values()
        expected = {each.name: each.default is inspect.Parameter.empty for each in known if each.kind in kinds}
        if any(each.kind is inspect.Parameter.VAR_KEYWORD for each in known):
            assert expected.items() <= {name: each.required for name, each in read.parameters.items()}.items(), path
        else:
            assert {name: each.required for name, each in read.parameters.items()} == expected, path
            assert not read.takes_any, path
        compared += 1
    assert compared >= 1


def test_arguments_that_a_constructor_passes_on_are_its_bases():
    read = signature("lightwell.data.DayNightPhotos")
    assert {"root", "split", "folds", "image_size", "batch_size", "seed"} <= set(read.parameters)
    assert not read.parameters["root"].required  # its own, not the base's
    assert not read.takes_any


def test_a_recurrent_networks_mode_is_given_by_position_and_not_by_the_user():
    assert "mode" not in signature("torch.nn.GRU").parameters
    assert signature("torch.nn.GRU").parameters["input_size"].required


def test_class_attributes_are_read_through_bases():
    assert attribute("lightwell.losses.CrossEntropy", "outputs") == ("multiclass",)
    assert attribute("lightwell.data.DayNightPhotos", "gives") == "images"
    assert attribute("lightwell.models.ConvNet", "nothing_of_the_kind") is None
    assert is_a("lightwell.data.DayNightPhotos", "lightwell.data.Photos")
    assert not is_a("lightwell.data.Scenes", "lightwell.data.Photos")
    assert "lightwell.models.MLP" in classes_in("lightwell.models")


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Writes a package's files; its name is new for each test, since sources are read once a process."""
    name = f"package_{tmp_path.name.replace('-', '_')}"
    (tmp_path / name).mkdir()
    monkeypatch.syspath_prepend(tmp_path)

    def write(**files):
        for stem, text in files.items():
            (tmp_path / name / f"{stem}.py").write_text(text)
        return name

    return write


def test_re_exports_aliases_and_star_imports_are_followed(written):
    package = written(
        __init__="from .inner import *\nfrom .inner import Net as Renamed\nfrom . import inner\nAlias = inner.Net\n",
        inner="class Net:\n    def __init__(self, width=3): ...\nraise SystemExit('imported')\n",
    )
    for name in ("Net", "Renamed", "Alias", "inner.Net"):
        assert list(signature(f"{package}.{name}").parameters) == ["width"], name


def test_names_that_refer_to_one_another_end(written):
    package = written(__init__="from .a import Net\n", a="from .b import Net\n", b="from .a import Net\n")
    assert signature(f"{package}.Net") is None


def test_a_dataclass_takes_its_fields(written):
    package = written(
        __init__="from dataclasses import dataclass\n"
        "@dataclass\nclass Base:\n    a: int\n"
        "@dataclass(frozen=True)\nclass Net(Base):\n    b: str = 'x'\n"
    )
    read = signature(f"{package}.Net")
    assert {name: each.required for name, each in read.parameters.items()} == {"a": True, "b": False}


def test_what_cannot_be_told_is_not_guessed(written):
    package = written(
        __init__="import unknown_thing\n"
        "class Net(unknown_thing.Base): ...\n"
        "class Open:\n    def __init__(self, a, **rest): self.rest = rest\n"
        "Made = make()\n"
    )
    assert signature(f"{package}.Net").takes_any
    assert signature(f"{package}.Open").takes_any
    assert signature(f"{package}.Made") is None


def test_what_does_not_exist_is_said_to(written):
    package = written(__init__="class Net: ...\n", lazy="def __getattr__(name): ...\n")
    with pytest.raises(sources.NotThere) as absent:
        signature(f"{package}.Nett")
    assert absent.value.known == ["Net"]
    with pytest.raises(sources.NotThere):
        signature(f"{package}.nowhere.Net")
    assert signature(f"{package}.lazy.Anything") is None  # made when first asked for, perhaps


def test_the_metrics_that_may_be_monitored_are_those_that_are_measured():
    from lightwell.config.fit import LOSSES, METRICS, NOT_MULTILABEL
    from lightwell.tasks.classification_metrics import classification_metrics

    for output in LOSSES:
        known = set(METRICS) - {"loss"} - (set(NOT_MULTILABEL) if output == "multilabel" else set())
        assert set(classification_metrics(output, 3)) == known
