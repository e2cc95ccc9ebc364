"""Every promised sentence, on the project's own configs."""

import pytest

from lightwell.config.check import check, conf_folder, options
from lightwell.config.compose import compose

TRIPLET = ["+loss={_target_:torch.nn.TripletMarginLoss,class_weights:null}"]

MISTAKES = [
    # unknown keys
    (["+foo=1"], "foo", "There is no key foo. There are: epochs, monitor,"),
    (["+sed=1"], "sed", "Did you mean seed?"),
    (
        ["+optimizer.learning_rate=1"],
        "optimizer.learning_rate",
        "torch.optim.AdamW has no argument 'learning_rate'. Did you mean optimizer.lr? It takes: lr, betas,",
    ),
    (["+model.widht=3"], "model.widht", "lightwell.models.ConvNet has no argument 'widht'. Did you mean model.widths?"),
    (
        ["+data.augmentation.rotat=3"],
        "data.augmentation.rotat",
        "Did you mean data.augmentation.rotate? It takes: flip",
    ),
    (["+model._partial_=true"], "model._partial_", "_partial_ has no meaning here."),
    (["+model._args_=[1]"], "model._args_", "_args_ has no meaning here."),
    (["+hardware.gpus=2"], "hardware.gpus", "Did you mean hardware.devices?"),
    # what the run gives
    (["+hardware.max_epochs=3"], "hardware.max_epochs", "The run gives max_epochs itself. Give epochs=NUMBER."),
    (["+model.input_shape=[1]"], "model.input_shape", "The run gives input_shape itself. Leave it out."),
    # types
    (["seed=a"], "seed", "seed takes a whole number."),
    (["epochs=2.5"], "epochs", "epochs takes a whole number."),
    (["epochs=true"], "epochs", "epochs takes a whole number."),
    (["model.widths=32"], "model.widths", "widths takes a list of whole numbers."),
    (["model.widths=[32,x]"], "model.widths", "widths takes a list of whole numbers."),
    (["model.dropout=high"], "model.dropout", "dropout takes a number."),
    (["model.batch_norm=1"], "model.batch_norm", "batch_norm takes true or false."),
    (["optimizer.lr=null"], "optimizer.lr", "lr takes a number."),
    (["+optimizer.betas=[0.9]"], "optimizer.betas", "betas takes a list of 2 values"),
    (["model.activation=rellu"], "model.activation", "activation takes one of relu, leaky_relu, elu, gelu"),
    (["model.activation=rellu"], "model.activation", "Did you mean relu?"),
    (["data.colour=gray"], "data.colour", "Did you mean grey?"),
    (["+hardware.precision=bf16_mixed"], "hardware.precision", "Did you mean bf16-mixed?"),
    # ranges
    (["optimizer.lr=-1"], "optimizer.lr", "It is out of range: lr has to be above 0."),
    (["data.batch_size=0"], "data.batch_size", "It is out of range: batch_size has to be at least 1."),
    (["data.image_size=3000"], "data.image_size", "at least 4 and at most 2,048."),
    (["seed=-1"], "seed", "It is out of range: seed has to be at least 0"),
    (["model.widths=[32,0]"], "model.widths", "0 is out of range: each has to be at least 1."),
    (["data.augmentation.flip=7"], "data.augmentation.flip", "at most 1."),
    # targets
    (["model._target_=os.system"], "model._target_", "os.system is outside the packages that a config may name."),
    (["model._target_=lightwell.model.MLP"], "model._target_", "Did you mean lightwell.models.MLP?"),
    (["model._target_=lightwell.models.MPL"], "model._target_", "Did you mean lightwell.models.MLP?"),
    (["optimizer._target_=torch.optim.AdmW"], "optimizer._target_", "Did you mean torch.optim.AdamW?"),
    (["model._target_=lightwell.models.nowhere.Net"], "model._target_", "There is no module lightwell.models.nowhere."),
    (["model._target_=3"], "model._target_", "A _target_ is the dotted path of a class"),
    (["~model._target_"], "model", "model has no _target_, the class that it configures."),
    (["~model"], "model", "A run needs model=... Options: alexnet, backbone, convnet,"),
    # what is missing
    (["data=photos"], "data.root", "data.root is needed. Give data.root=FOLDER."),
    (["~model.widths"], "model.widths", "ConvNet needs widths. Give model.widths=VALUE: a list of whole numbers."),
    (["monitor=???"], "monitor", "monitor is needed."),
    (["data.seed=${sead}"], "data.seed", "It refers to sead, which does not exist. Did you mean seed?"),
    (["output_folder=${oc.env:NO_SUCH_VARIABLE}"], "output_folder", "It cannot be resolved:"),
    # parts that do not fit one another
    (["output=one_hot"], "output", "Did you mean multiclass?"),
    (["output=multi_hot"], "output", "Did you mean multilabel?"),
    (
        ["output=sigmoid"],
        "output",
        "output is one of binary, multiclass (one-hot), multilabel (multi-hot)",
    ),
    (["loss=cross_entropy"], "loss._target_", "is for output=multiclass, and output is binary."),
    (["loss=cross_entropy"], "loss._target_", "For output=binary there are: loss=logistic, loss=focal"),
    (["output=multiclass"], "loss._target_", "there are: loss=cross_entropy, loss=focal"),
    (["loss._target_=torch.nn.TripletMarginLoss"], "loss._target_", "does not say that it fits a task"),
    (["model._target_=torch.nn.GRU"], "model._target_", "torch.nn.GRU does not take input_shape and outputs"),
    (["data.labels=objects"], "data.labels", "for output=multilabel, and output is binary. Give output=multilabel"),
    (["data.labels=time_of_day"], "data.labels", "Give output=multiclass loss=cross_entropy."),
    (["data=digits"], "data._target_", "These labels are for output=multiclass, and output is binary."),
    (["data=digits"], "data._target_", "Give output=multiclass loss=cross_entropy."),
    (["+model.outputs=2"], "model.outputs", "The data have 2 classes (day, night): with output=binary the model has 1"),
    (["experiment=digits", "+model.outputs=9"], "model.outputs", "The data have 10 classes"),
    (["loss.class_weights=[1,2,3]"], "loss.class_weights", "2 classes (day, night), and these are 3 weights."),
    (["monitor=val/acuracy"], "monitor", "Did you mean val/accuracy?"),
    (["monitor=accuracy"], "monitor", "Did you mean val/accuracy?"),
    (["monitor=test/f1"], "monitor", "test/f1 is not measured while training. Did you mean val/f1?"),
    (["experiment=scene_objects", "monitor=val/balanced_accuracy"], "monitor", "There are: train/loss, val/loss"),
    (["optimizer=bounded_lbfgs"], "optimizer", "BoundedLBFGS is for output=picture, and output is binary."),
    (["callbacks=[checkpoint,frames]"], "callbacks.frames", "Leave frames out of callbacks=[...]."),
    (["callbacks=[sound_search]"], "callbacks.sound_search", "is for output=events, and output is binary."),
    (["experiment=style_transfer", "model=convnet"], "model._target_", "reads images, and lightwell.data.ContentAnd"),
    (["experiment=style_transfer", "data=scenes"], "data.labels", "Give output=binary loss=logistic."),
    (["experiment=style_transfer", "monitor=val/los"], "monitor", "Did you mean val/loss?"),
    (["experiment=style_transfer", "loss.style_weight=-1"], "loss.style_weight", "has to be at least 0."),
    (
        ["experiment=style_transfer", "task.keep_colours=luma"],
        "task.keep_colours",
        "takes one of luminance, histogram or null.",
    ),
    (["experiment=style_transfer", "task.tile=small"], "task.tile", "tile takes"),
    (["data=photos", "data.root=/no/such/folder"], "data.root", "There is no folder /no/such/folder."),
]


@pytest.mark.parametrize(("overrides", "key", "sentence"), MISTAKES, ids=[f"{' '.join(o)}" for o, _, _ in MISTAKES])
def test_a_mistake_is_told_with_its_key_and_what_is_right(overrides, key, sentence):
    told = {mistake.key: f"{mistake.problem} {mistake.advice}" for mistake in check(compose(overrides))}
    assert key in told, told
    assert sentence in told[key]


def test_all_mistakes_are_told_at_once():
    wrong = ["seed=-1", "model.activation=rellu", "optimizer.lr=0", "loss=cross_entropy", "+foo=1", "data.train=x"]
    assert {mistake.key for mistake in check(compose(wrong))} == {
        "seed",
        "model.activation",
        "optimizer.lr",
        "loss._target_",
        "foo",
        "data.train",
    }


def test_what_refers_to_a_mistake_is_not_another_one():
    assert [mistake.key for mistake in check(compose(["seed=-1"]))] == ["seed"]
    assert [mistake.key for mistake in check(compose(["output=onehot"]))] == ["output"]


def test_the_arguments_of_a_class_that_is_no_part_are_not_told_as_well():
    mistakes = check(compose(["loss._target_=torch.nn.TripletMarginLoss"]))
    assert [mistake.key for mistake in mistakes] == ["loss._target_"]


def test_values_that_are_right_are_left_alone():
    right = [
        "optimizer.lr=1",  # a whole number is a number
        "data.budget=null",
        "data.augmentation=null",
        "epochs=0",
        "hardware.devices=-1",
        "+hardware.precision=bf16-mixed",
        "+optimizer.betas=[0.9,0.99]",
        "loss.class_weights=balanced",
        "+model.outputs=1",
        "callbacks.saliency=null",
    ]
    assert check(compose(right)) == []


@pytest.mark.parametrize(
    ("files", "labels", "output", "told"),
    [
        (["cat/a.png", "dog/b.png"], "null", "binary", []),
        (["cat/a.png", "dog/b.png", "eel/c.png"], "null", "binary", ["data._target_"]),
        (["cat/a.png", "dog/b.png", "eel/c.png"], "null", "multiclass", []),
        (["cat/a.png", "dog/b.png"], "null", "multilabel", ["data._target_"]),
        (["labels.csv"], "labels.csv", "multilabel", []),
        (["labels.csv"], "labels.csv", "binary", ["data.labels"]),
        (["labels.csv"], "lables.csv", "multilabel", ["data.labels"]),
    ],
)
def test_photographs_are_counted_before_they_are_read(tmp_path, files, labels, output, told):
    for file in files:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text("path,apple,banana\n")
    loss = "cross_entropy" if output == "multiclass" else "logistic"
    overrides = ["data=photos", f"data.root={tmp_path}", f"data.labels={labels}", f"output={output}", f"loss={loss}"]
    assert [mistake.key for mistake in check(compose(overrides))] == told


PEOPLE = ("drawn_faces", "faces", "lfw", "olivetti", "triplet")
PEOPLE += ("face_baselines", "same_person")
SOUND = ("spoken_words", "recordings", "speech_commands", "trigger", "sound_search")
ART = ("style", "content_and_style", "vgg19", "vgg16", "alexnet", "squeezenet", "bounded_lbfgs")
ART += ("frames", "moved", "gram_matrices")


def composed_of(group):
    """What goes with an option, so that it fits."""
    for option in options(conf_folder(), group):
        overrides = [f"{group}={option}"]
        if group == "loss" and option == "cross_entropy":
            overrides += ["output=multiclass"]
        if option in PEOPLE:
            overrides += ["experiment=face_id", *(["data.root=."] if option == "faces" else [])]
        elif option in SOUND or (group == "model" and option.startswith("trigger")):
            overrides += ["experiment=trigger_word", *(["data.root=."] if option == "recordings" else [])]
        elif option in ART:
            overrides += ["experiment=style_transfer"]
        elif group == "data":
            overrides += [] if option in ("scenes", "photos", "day_night_photos") else ["experiment=digits"]
            overrides += ["data.root=."] if option == "photos" else []
        yield option, overrides


@pytest.mark.parametrize("group", sorted(folder.name for folder in conf_folder().iterdir() if folder.is_dir()))
def test_every_config_of_the_project_is_without_mistake(group):
    for option, overrides in composed_of(group):
        mistakes = [mistake for mistake in check(compose(overrides)) if "is not installed" not in mistake.problem]
        if option in ("photos", "faces", "face_id_photos", "trigger_word_recordings"):  # whose folder is the test's
            mistakes = [mistake for mistake in mistakes if not mistake.key.startswith("data")]
        assert mistakes == [], (option, mistakes)
