import pickle

from lightwell.config.mistakes import ConfigMistakes, Mistake, once
from lightwell.config.nearest import nearest, nearest_key


def test_all_mistakes_are_told_with_key_value_problem_and_advice():
    told = str(
        ConfigMistakes(
            [
                Mistake("optimizer.learning_rate", 0.01, "AdamW has no such argument.", "Did you mean optimizer.lr?"),
                Mistake("data.root", None, "data.root is needed.", "Give data.root=FOLDER."),
            ]
        )
    )
    assert told == (
        "2 mistakes in this configuration; nothing was trained.\n\n"
        "  optimizer.learning_rate = 0.01\n"
        "    AdamW has no such argument. Did you mean optimizer.lr?\n\n"
        "  data.root\n"
        "    data.root is needed. Give data.root=FOLDER."
    )


def test_values_are_shown_as_on_the_command_line():
    assert str(Mistake("a", True, "No.")).startswith("  a = true\n")
    assert str(Mistake("a", [1, None, "x"], "No.")).startswith("  a = [1, null, x]\n")
    assert str(Mistake("a", {"b": 1.5}, "No.")).startswith("  a = {b: 1.5}\n")
    assert str(Mistake("a", "", "No.")).startswith("  a = ''\n")
    assert len(str(Mistake("a", "word " * 100, "No.")).splitlines()[0]) < 100


def test_the_lines_of_a_list_stay_lines():
    told = str(Mistake("data", None, "2 pictures cannot be read:\n    a.jpg\n    b.jpg", "Remove them."))
    assert "\n        a.jpg\n        b.jpg Remove them." in told


def test_a_mistake_found_twice_is_told_once():
    assert once([Mistake("a", [1], "No."), Mistake("a", [1], "No."), Mistake("a", [2], "No.")]) == [
        Mistake("a", [1], "No."),
        Mistake("a", [2], "No."),
    ]


def test_mistakes_cross_from_a_worker_process():
    mistakes = ConfigMistakes([Mistake("a", 1, "No.")])
    assert pickle.loads(pickle.dumps(mistakes)).mistakes == mistakes.mistakes


def test_the_nearest_name_is_found():
    names = ["lr", "weight_decay", "betas", "colour", "image_size", "batch_size"]
    assert nearest("learning_rate", names) == "lr"
    assert nearest("wieght_decay", names) == "weight_decay"
    assert nearest("color", names) == "colour"
    assert nearest("batch", names) == "batch_size"
    assert nearest("Batch-Size", names) == "batch_size"
    assert nearest("zebra", names) is None


def test_the_nearest_key_prefers_its_neighbours_and_then_the_same_ending():
    keys = ["optimizer.lr", "optimizer.betas", "data.batch_size", "model.widths", "model"]
    assert nearest_key("optimizer.learning_rate", keys) == "optimizer.lr"
    assert nearest_key("lr", keys) == "optimizer.lr"
    assert nearest_key("train.batch_size", keys) == "data.batch_size"
    assert nearest_key("optimiser.betas", keys) == "optimizer.betas"
    assert nearest_key("modle", keys) == "model"
    assert nearest_key("model.zebra", keys) is None
