"""Dividing examples into those to train on, to validate on and to test on; always the same division."""

import numpy as np
from sklearn.model_selection import GroupKFold, GroupShuffleSplit

from lightwell.chance import generator

NAMES = ("train", "val", "test")


def by_ratio(labels: np.ndarray, ratio: list[float]) -> dict[str, np.ndarray]:
    """Each class divided in this ratio; multi-hot examples are divided together.

    Args:
        labels: `(examples,)` class numbers or `(examples, K)` multi-hot.
        ratio: The shares of train, val and test, which need not add up to 1.
    """
    order = generator("split").permutation(len(labels))
    strata = labels if labels.ndim == 1 else np.zeros(len(labels), dtype=np.int64)
    parts: dict[str, list[np.ndarray]] = {name: [] for name in NAMES}
    for stratum in np.unique(strata):
        members = order[strata[order] == stratum]
        for name, part in cut(members, ratio).items():
            parts[name].append(part)
    return {name: np.sort(np.concatenate(members)) for name, members in parts.items()}


def cut(members: np.ndarray, ratio: list[float]) -> dict[str, np.ndarray]:
    """Members in their order, cut into train, val and test."""
    ends = np.rint(np.cumsum(ratio) / np.sum(ratio) * len(members)).astype(int)[:-1]
    return dict(zip(NAMES, np.split(members, ends), strict=True))


def by_group(groups: np.ndarray, ratio: list[float]) -> dict[str, np.ndarray]:
    """Whole groups divided, so that no group stands in two splits."""
    total = sum(ratio)
    rest, test = _cut_groups(groups, np.arange(len(groups)), ratio[2] / total)
    train, val = _cut_groups(groups, rest, ratio[1] / (total - ratio[2]))
    return {"train": train, "val": val, "test": test}


def _cut_groups(groups: np.ndarray, members: np.ndarray, share: float) -> tuple[np.ndarray, np.ndarray]:
    cut = GroupShuffleSplit(n_splits=1, test_size=share, random_state=0)
    kept, taken = next(cut.split(members, groups=groups[members]))
    return members[kept], members[taken]


def by_fold(labels: np.ndarray, groups: np.ndarray, *, folds: int, fold: int, val: float) -> dict[str, np.ndarray]:
    """One round of a cross-validation over groups: over all rounds, every group is tested once.

    The share `val` of the other groups' examples is validated on: no example of a tested group has a word in
    choosing the weights, and no group is lost to training.
    """
    rounds = list(GroupKFold(n_splits=folds).split(groups, groups=groups))
    rest, test = rounds[fold]
    division = by_ratio(labels[rest], [1 - val, val, 0])
    return {"train": rest[division["train"]], "val": rest[division["val"]], "test": test}
