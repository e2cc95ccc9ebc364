import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwell.config.allowed import check_home, check_target
from lightwell.config.check import check
from lightwell.config.compose import compose


@pytest.mark.parametrize(
    "target",
    [
        "lightwell.models.ConvNet",
        "lightwell.schedules.Cosine",
        "torch.optim.AdamW",
        "torch.nn.BCEWithLogitsLoss",
        "torchvision.models.resnet18",
        "pytorch_lightning.Trainer",
        "pytorch_lightning.callbacks.EarlyStopping",
        "pytorch_lightning.loggers.TensorBoardLogger",
    ],
)
def test_the_parts_of_the_known_packages_may_be_named(target):
    assert check_target(target) is None


EVIL = [
    "os.system",
    "subprocess.Popen",
    "builtins.eval",
    "eval",
    "__import__",
    "torch.load",
    "torch.hub.load",
    "torch.utils.cpp_extension.load",
    "torch.nn.functional.os",
    "torch.nn.modules.module.warnings.sys.modules",
    "pickle.loads",
    "lightwell.build.importlib.import_module",
    "lightwell.build.locate",
    "lightwell.data.fetch.fetch_commit",
    "lightwell.data.fetch.subprocess.run",
    "lightwell.models.__builtins__.eval",
    "lightwell.models.ConvNet.__init__.__globals__",
    "lightwell._private.Thing",
    "torchvision.models._utils.load_state_dict_from_url",
    "pytorch_lightning.Trainer.fit",
    "pytorch_lightning.trainer.connectors.checkpoint_connector.torch.load",
    "lightwellmodels.ConvNet",
    "lightwell.models",
    "lightwell.models.",
    ".lightwell.models.ConvNet",
    "lightwell..models.ConvNet",
    "lightwell.models.ConvNet ",
    "lightwell.models.ConvNet\n",
    "lightwell.models.Conv-Net",
    "lightwell/models/ConvNet",
    "ｌightwell.models.ConvNet",
    "",
    ".",
    7,
    None,
    ["lightwell.models.ConvNet"],
]


@pytest.mark.parametrize("target", EVIL, ids=repr)
def test_nothing_that_runs_a_strangers_code_may_be_named(target):
    assert check_target(target)


@pytest.mark.parametrize(
    "target",
    [
        "torchvision.models.resnet.partial",  # what a module imported is not what it offers
        "torchvision.models.resnet.Any",
        "lightwell.data.photos.Path",
        "lightwell.data.scenes.Listing.Path",
        "pytorch_lightning.loggers.logger.ABC",
        "torch.nn.modules.container.OrderedDict",
        "lightwell.data.photos.ConfigMistakes",
    ],
)
def test_a_modules_own_imports_are_no_way_out(target):
    config = compose([])
    config.model = {"_target_": target}
    assert [mistake.key for mistake in check(config) if mistake.value == target] == ["model._target_"]


@given(st.lists(st.text(min_size=0, max_size=8), max_size=5).map(".".join))
def test_no_odd_path_is_taken_for_a_known_one(path):
    if check_target(path) is None:
        assert path.startswith(("torch.nn.", "torch.optim.", "torchvision.models.", "lightwell.", "pytorch_lightning."))
        assert all(word.isidentifier() and not word.startswith("_") for word in path.split("."))


def test_an_evil_target_is_refused_wherever_it_stands_and_is_not_imported(tmp_path, monkeypatch):
    (tmp_path / "stranger.py").write_text("raise SystemExit('the code of a stranger ran')")
    monkeypatch.syspath_prepend(tmp_path)
    config = compose(
        [
            "+data.augmentation.flip={_target_:stranger.Thing}",
            "+callbacks.extra={_target_:stranger.Thing,inner:[{_target_:stranger.Inner}]}",
        ]
    )
    refused = {mistake.key for mistake in check(config) if "outside the packages" in mistake.problem}
    assert {
        "data.augmentation.flip._target_",
        "callbacks.extra._target_",
        "callbacks.extra.inner.0._target_",
    } <= refused
    assert "stranger" not in sys.modules


def test_only_the_users_environment_adds_a_package(tmp_path, monkeypatch):
    package = tmp_path / "my_package"
    package.mkdir()
    (package / "__init__.py").write_text("from my_package._nets import Net\n")
    (package / "_nets.py").write_text(
        "raise SystemExit('imported')\n"
        "class Net:\n    inputs = 'images'\n    def __init__(self, *, input_shape, outputs, width: int): ...\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    config = compose([])
    config.model = {"_target_": "my_package.Net", "width": 3}
    assert [mistake.key for mistake in check(config)] == ["model._target_"]

    monkeypatch.setenv("LIGHTWELL_ALLOW", "another, my_package")
    assert check(config) == []
    config.model.width = "wide"
    assert [mistake.key for mistake in check(config)] == ["model.width"]
    assert check_target("my_package._nets.Net")
    assert check_home("my_package._nets", "Net") is None
    assert check_target("stranger.Net")
