"""`train.py` as a user starts it: nothing heavy is imported and nothing is made where there is a mistake."""

import subprocess
import sys

import pytest

HEAVY = {
    "torch",
    "pytorch_lightning",
    "lightning_fabric",
    "torchvision",
    "torchmetrics",
    "sklearn",
    "scipy",
    "matplotlib",
}


def modules_after(code):
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\nprint(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return {name.split(".")[0] for name in done.stdout.splitlines()[-1].split()}


def test_a_mistake_ends_with_status_2_and_leaves_nothing(train, tmp_path):
    done = train("seed=-1", "model.widht=3", check=False)
    assert done.returncode == 2
    assert "2 mistakes in this configuration; nothing was trained." in done.stderr
    assert "Did you mean model.widths?" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_debug_shows_the_traceback(train, tmp_path):
    done = train("--debug", "seed=-1", check=False)
    assert done.returncode == 2
    assert "Traceback" in done.stderr
    assert "seed has to be at least 0" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_shown_config_holds_an_argument_that_no_file_mentions(train, tmp_path):
    shown = train("--cfg", "job", "--package", "hardware", "hardware.gradient_clip_val=1").stdout
    assert "gradient_clip_val: 1" in shown
    assert list(tmp_path.iterdir()) == []


def test_help_lists_what_can_be_composed(train):
    assert "convnet_flatten" in train("--help").stdout


@pytest.mark.parametrize(
    "code",
    [
        "import lightwell.config.command_line",
        "import lightwell.cli",
        "from lightwell.config.compose import compose\n"
        "from lightwell.config.check import check\n"
        "assert len(check(compose(['data.labels=objects', 'hardware=ddp_cpu', 'logger=tensorboard', 'seed=x']))) == 2",
        "from lightwell.config.command_line import preflight\n"
        "from lightwell.config.check import conf_folder\n"
        "preflight(['experiment=digits'], config_dir=conf_folder())",
    ],
)
def test_nothing_heavy_is_imported_to_compose_and_check(code):
    assert modules_after(code) & HEAVY == set()


START = """
import sys
sys.argv = ["train.py", {word!r}]
from lightwell.config import command_line
command_line.preflight = lambda arguments, config_dir: command_line.Checked(arguments)
def main():
    {body}
command_line.launch(main)
"""


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("pass", 0),
        ("raise ValueError('ours')", 1),
        ("raise SystemExit(143)", 143),
        ("raise command_line.ConfigMistakes([])", 2),
    ],
)
def test_the_exit_status_says_how_it_ended(tmp_path, body, status):
    script = tmp_path / "start.py"
    script.write_text(START.format(word="seed=1", body=body))
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True)
    assert done.returncode == status, done.stderr
    assert ("Traceback" in done.stderr) == (status == 1 and "ValueError" in body)
