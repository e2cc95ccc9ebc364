"""From the words of a command line to the configs that they compose."""

import pytest

from lightwell.config.check import conf_folder
from lightwell.config.command_line import preflight
from lightwell.config.compose import Composer
from lightwell.config.jobs import read
from lightwell.config.mistakes import ConfigMistakes


def told(*arguments):
    with pytest.raises(ConfigMistakes) as caught:
        preflight([*arguments], config_dir=conf_folder())
    return {mistake.key: f"{mistake.problem} {mistake.advice}".strip() for mistake in caught.value.mistakes}


def test_words_that_are_right_reach_hydra_as_they_are():
    words = ["experiment=digits", "model=mlp", "model.widths=[8]", "seed=3", "~callbacks.saliency"]
    assert preflight(words, config_dir=conf_folder()).arguments == words


def test_an_argument_that_no_file_mentions_needs_no_plus():
    given = preflight(
        ["hardware.gradient_clip_val=1", "+optimizer.lr=0.1", "+optimizer.eps=1e-7"], config_dir=conf_folder()
    ).arguments
    assert given == ["++hardware.gradient_clip_val=1", "++optimizer.lr=0.1", "+optimizer.eps=1e-7"]


def test_an_argument_below_a_part_that_is_not_there_tells_what_the_part_has_to_be():
    mistakes = told("data.augmentation=null", "data.augmentation.flip=0.5")
    assert mistakes == {"data.augmentation": "augmentation takes a _target_ for Augmentation or null."}


WORDS = [
    ("experiment=dya_night", "experiment", "no option dya_night of experiment. Did you mean experiment=day_night?"),
    ("model=3", "model", "Options: alexnet, backbone, convnet, convnet_4_blocks, convnet_flatten,"),
    ("model=[mlp,convnet]", "model", "A run has one model."),
    ("experiment=null", "experiment", "To compose none, give ~experiment."),
    ("callbacks=[checkpoint,salency]", "callbacks", "Did you mean callbacks=saliency?"),
    ("modle=mlp", "modle", "There is no key modle. Did you mean model?"),
    ("modle/x=mlp", "modle/x", "There is no group modle/x."),
    ("optimiser.lr=1", "optimiser.lr", "Did you mean optimizer.lr?"),
    ("lr=1", "lr", "Did you mean optimizer.lr?"),
    ("optimizer.learning_rate=1", "optimizer.learning_rate", "Did you mean optimizer.lr? It takes: lr,"),
    ("data.img_size=16", "data.img_size", "Did you mean data.image_size?"),
    ("+foo=1", "foo", "There is no key foo."),
    ("++foo.bar=1", "foo.bar", "There is no key foo.bar."),
    ("~model.nothing", "model.nothing", "There is no key model.nothing. There are: _target_, widths,"),
    (
        "callbacks.early_stopping.patience=3",
        "callbacks.early_stopping.patience",
        "Add it: callbacks=[...,early_stopping].",
    ),
    ("+callbacks.mine=3", "callbacks.mine", "callbacks.mine has no _target_"),
    ("epochs", "epochs", "This gives no value. Write epochs=VALUE."),
    ("data.root=[[", "data.root=[[", "This cannot be read as key=value"),
    ("seed=1,2", "seed", "Add -m for one run with each, or write a list: seed=[1,2]."),
    ("hydra.job.chdir=maybe", "hydra.job.chdir", "'maybe' is not a valid bool"),
    ("hydra.rum.dir=x", "hydra.rum.dir", "There is no key hydra.rum.dir."),
    ("hydra.searchpath=3", "hydra.searchpath", "must be a list of strings"),
    ("~experiment", "hydra.run.dir", "The folder of the run cannot be named"),
    ("--config-dir=/no/such/folder", "--config-dir", "There is no folder /no/such/folder."),
    ("--config-name=nothing", "nothing", "Cannot find primary config 'nothing'."),
]


@pytest.mark.parametrize(("word", "key", "sentence"), WORDS, ids=[word for word, _, _ in WORDS])
def test_a_word_that_cannot_be_used_is_told_with_what_was_meant(word, key, sentence):
    assert sentence in told(word)[key]


def test_all_words_are_told_at_once_with_the_mistakes_of_what_the_others_compose():
    assert set(told("modle=mlp", "experiment=x", "epochs", "seed=-1", "loss=hinge", "model.activation=rellu")) == {
        "modle",
        "experiment",
        "epochs",
        "seed",
        "model.activation",
    }


def test_showing_a_config_tells_words_that_cannot_be_used_and_shows_all_else():
    assert (
        preflight(["--cfg", "job", "seed=-1", "loss=cross_entropy"], config_dir=conf_folder()).arguments[2] == "seed=-1"
    )
    assert "model" in told("--cfg", "job", "model=x")
    assert "model" in told("--help", "model=x")


def test_every_value_of_a_sweep_is_checked_before_the_first_job():
    mistakes = told("-m", "model=mlp,convnt", "seed=0,-1", "optimizer.lr=0.1,0,1", "loss=logistic,cross_entropy")
    assert set(mistakes) == {"model", "seed", "optimizer.lr", "loss._target_"}
    assert "callbacks.saliency.examples" in told("-m", "callbacks.saliency.examples=range(-1,3)")
    assert "model.dropout" in told("-m", "model.dropout=interval(0,1)")


def test_a_sweep_over_nothing_is_told():
    assert told("-m", "seed=range(5,5)") == {"seed=range(5,5)": "This sweep is over no value. Give it at least one."}


def test_a_value_that_only_some_jobs_of_a_sweep_take_is_told():
    assert (
        "has no argument 'kernel_size'" in told("-m", "model=convnet,mlp", "model.kernel_size=3")["model.kernel_size"]
    )


def test_an_argument_that_no_file_mentions_can_be_swept():
    given = preflight(["-m", "hardware.gradient_clip_val=0.5,1"], config_dir=conf_folder()).arguments
    assert given == ["-m", "++hardware.gradient_clip_val=0.5,1"]


def test_a_sweep_tries_each_value_once():
    line = read(["model=mlp,logistic", "seed=0,1,2"], Composer(), multirun=True)
    assert line.mistakes == []
    tried = [(config.model._target_.rpartition(".")[2], config.seed) for config in line.configs]
    assert tried == [("MLP", 0), ("Logistic", 0), ("MLP", 1), ("MLP", 2)]


@pytest.fixture
def own_options(tmp_path):
    """A folder of a user's own options, for `--config-dir`."""

    def write(path, text):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return f"--config-dir={tmp_path}"

    return write


def test_a_sweep_that_a_file_describes_is_checked_too(own_options):
    text = (
        "# @package _global_\nsweep:\n  _target_: lightwell.sweeps.Grid\n"
        "hydra:\n  mode: MULTIRUN\n  sweeper:\n    params:\n      seed: 0,-1\n      model: mlp,x\n"
    )
    mistakes = told(own_options("sweep/mine.yaml", text), "sweep=mine")
    assert set(mistakes) == {"seed", "model"}


def test_a_mistake_in_a_file_is_told_like_one_on_the_command_line(own_options):
    text = "# @package _global_\nepoch: 3\nmodel:\n  widht: [3]\n"
    mistakes = told(own_options("experiment/mine.yaml", text), "experiment=mine")
    assert set(mistakes) == {"epoch", "model.widht"}
    assert "Did you mean epochs?" in mistakes["epoch"]


@pytest.mark.parametrize("text", ["a: [", "defaults:\n  - override /model: nothing\n", "- 1\n"])
def test_a_file_that_hydra_cannot_compose_is_told_in_sentences(own_options, text):
    mistakes = told(own_options("experiment/mine.yaml", f"# @package _global_\n{text}"), "experiment=mine", "seed=-1")
    assert mistakes["experiment=mine"]
    assert "seed" in mistakes


def test_own_options_and_folders_of_options_are_found(own_options):
    own = own_options("experiment/course/night.yaml", "# @package _global_\nepochs: 3\n")
    assert preflight([own, "experiment=course/night"], config_dir=conf_folder()).arguments == [
        own,
        "experiment=course/night",
    ]


def test_a_process_that_lightning_started_is_not_checked_again(monkeypatch):
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert "seed" in told("seed=-1")
    words = ["seed=-1", "hydra.run.dir=outputs/x"]
    assert preflight(words, config_dir=conf_folder()).arguments == words
