"""Which `_target_`s a config may name.

A run folder or a config from a stranger is data, never code: it may compose the parts of the packages listed here and
nothing else. Only the user's own environment can widen the list, and no config can:

    LIGHTWELL_ALLOW=my_package,another python train.py model=mine

A dotted path is never walked through a module's imports: `lightwell.build` imports everything before the last dot as
one module, takes the last word from it, and refuses what was defined elsewhere.
"""

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

# Parts of Lightwell and classes of the libraries; functions there, such as one that downloads, are no parts.
CLASSES_BELOW = (
    "lightning_fabric.plugins.",
    "lightwell.callbacks.",
    "lightwell.data.",
    "lightwell.losses.",
    "lightwell.models.",
    "lightwell.optimizers.",
    "lightwell.schedules.",
    "lightwell.sound.mixture.",
    "lightwell.sweeps.",
    "lightwell.tasks.",
    "pytorch_lightning.callbacks.",
    "pytorch_lightning.loggers.",
    "pytorch_lightning.plugins.",
    "pytorch_lightning.profilers.",
    "pytorch_lightning.strategies.",
    "torch.nn.",
    "torch.optim.",
)
# Where functions build networks as well.
ANYTHING_BELOW = ("torchvision.models.",)
SINGLE = ("pytorch_lightning.Trainer", "pytorch_lightning.trainer.trainer.Trainer")

# The names under which parts take a place to write to.
PLACES = ("dirpath", "filename", "save_dir", "default_root_dir", "root_dir", "log_dir", "output_folder")

WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def check_target(path: object) -> str | None:
    """Why a config may not name this target, in a sentence; None when it may."""
    if not isinstance(path, str):
        return "A _target_ is the dotted path of a class, written as text."
    words = path.split(".")
    if any(word.startswith("_") for word in words):
        return f"{path} names something private: no part of a _target_ starts with an underscore."
    if len(words) < 2 or not all(WORD.fullmatch(word) for word in words):
        return f"{path!r} is no dotted path of a class, as lightwell.models.ConvNet is."
    if path in SINGLE or path.startswith(ANYTHING_BELOW) or words[0] in users_packages():
        return None
    if path.startswith(CLASSES_BELOW):
        return None if words[-1][0].isupper() else f"{path} is no class, and a config may name only classes there."
    return f"{path} is outside the packages that a config may name."


def check_home(module: str, name: str) -> str | None:
    """Why an object defined in this module may not be used, though a config may name where it was found.

    A package may define in a private module what it offers in a public one.
    """
    path = f"{module}.{name}"
    if path in SINGLE or path.startswith((*CLASSES_BELOW, *ANYTHING_BELOW)) or path.split(".")[0] in users_packages():
        return None
    return f"It is {path}, which is outside the packages that a config may name."


def where_allowed() -> str:
    """What a config may name, in words, and how a user allows more."""
    own = "".join(f", {package}" for package in users_packages())
    return (
        f"It may name classes of lightwell, torch.nn, torch.optim, torchvision.models{own} and pytorch_lightning "
        "(Trainer, callbacks, loggers, plugins, profilers, strategies). For your own package, set "
        "LIGHTWELL_ALLOW=my_package."
    )


def users_packages() -> tuple[str, ...]:
    """The top-level packages that the user's environment adds."""
    names = os.environ.get("LIGHTWELL_ALLOW", "").split(",")
    return tuple(name.strip() for name in names if WORD.fullmatch(name.strip()))


def places_outside(settings: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """The keys of a run folder's config that would have something written at another place than the run's own."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from places_outside(value, f"{prefix}{name}.")
        elif name in PLACES and isinstance(value, str) and (value.startswith(("/", "~")) or ".." in value):
            yield f"{prefix}{name}"
