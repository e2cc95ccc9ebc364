"""The name that was probably meant."""

import difflib
from collections.abc import Iterable

# What people write for what we, with the libraries we build on, call otherwise; no spelling is near enough.
OTHER_WORDS = {
    "learning_rate": "lr",
    "momentum_decay": "momentum",
    "l2": "weight_decay",
    "wd": "weight_decay",
    "bs": "batch_size",
    "size": "image_size",
    "resolution": "image_size",
    "img_size": "image_size",
    "max_epochs": "epochs",
    "num_epochs": "epochs",
    "random_state": "seed",
    "random_seed": "seed",
    "channels": "widths",
    "layers": "widths",
    "hidden_sizes": "widths",
    "nonlinearity": "activation",
    "act": "activation",
    "workers": "num_workers",
    "gpus": "devices",
    "clip": "gradient_clip_val",
    "grad_clip": "gradient_clip_val",
    "weights": "class_weights",
    "path": "root",
    "folder": "root",
    "metric": "monitor",
    "ce": "cross_entropy",
    "softmax": "cross_entropy",
    "bce": "logistic",
    "mse": "mean_squared_error",
    "l1": "mean_squared_error",
    "cnn": "convnet",
    "resnet": "backbone",
    "linear": "logistic",
    "onecycle": "one_cycle",
    "one_hot": "multiclass",
    "onehot": "multiclass",
    "categorical": "multiclass",
    "multi_hot": "multilabel",
    "multihot": "multilabel",
    "multi_label": "multilabel",
    "multi_class": "multiclass",
    "sigmoid": "binary",
    "acc": "accuracy",
    "auc": "auroc",
    "ece": "calibration_error",
    "map": "average_precision",
}


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The likeliest of these names, or None where none is near."""
    known = {_plain(name): name for name in names}
    plain = _plain(word)
    for guess in (plain, OTHER_WORDS.get(plain, "")):
        if guess in known:
            return known[guess]
    begun = [name for name in known if len(plain) > 2 and name.startswith(plain)]
    close = begun or difflib.get_close_matches(plain, known, n=1, cutoff=0.7)
    return known[close[0]] if close else None


def nearest_key(key: str, keys: Iterable[str]) -> str | None:
    """The likeliest of these dotted keys: one that ends alike, if any does, else the one spelt most alike."""
    keys = list(keys)
    parent, _, last = key.rpartition(".")
    siblings = {known.rpartition(".")[2]: known for known in keys if known.rpartition(".")[0] == parent}
    sibling = nearest(last, siblings)
    if parent and sibling:
        return siblings[sibling]
    for ending in (_plain(last), OTHER_WORDS.get(_plain(last))):
        alike = [known for known in keys if known.rpartition(".")[2] == ending]
        if alike:
            return max(alike, key=lambda known: difflib.SequenceMatcher(None, key, known).ratio())
    return (
        siblings[sibling] if sibling else nearest(key, [known for known in keys if known.count(".") == key.count(".")])
    )


def did_you_mean(guess: str | None) -> str:
    """The question that belongs to a guess."""
    return f"Did you mean {guess}?" if guess else ""


def _plain(word: str) -> str:
    return word.lower().replace("-", "_").replace(" ", "_")
