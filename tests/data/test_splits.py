import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwell.data.pictures import balanced_order
from lightwell.data.splits import by_fold, by_group, by_ratio

LABELS = st.lists(st.integers(0, 3), min_size=12, max_size=80).map(np.array)


@given(LABELS)
def test_a_ratio_divides_every_example_once_and_class_by_class(labels: np.ndarray) -> None:
    division = by_ratio(labels, [0.5, 0.25, 0.25])
    assert sorted(np.concatenate(list(division.values()))) == list(range(len(labels)))
    for label in np.unique(labels):
        share = (labels[division["train"]] == label).sum()
        assert abs(share - (labels == label).sum() / 2) <= 1


@given(st.lists(st.integers(0, 9), min_size=30, max_size=90).filter(lambda groups: len(set(groups)) >= 5))
def test_no_group_stands_on_two_sides(groups: list[int]) -> None:
    of = np.array(groups)
    division = by_group(of, [0.6, 0.2, 0.2])
    sides = [set(of[members]) for members in division.values()]
    assert not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])
    assert set().union(*sides) == set(groups)


def test_over_all_folds_every_example_is_tested_once_and_its_group_never_seen() -> None:
    groups = np.repeat(np.arange(6), 7)
    labels = np.arange(42) % 2
    tested = []
    for fold in range(6):
        division = by_fold(labels, groups, folds=6, fold=fold, val=0.2)
        unseen = set(groups[division["test"]])
        assert not unseen & set(groups[division["train"]]) and not unseen & set(groups[division["val"]])
        tested += list(division["test"])
    assert sorted(tested) == list(range(42))


@pytest.mark.parametrize("budget", [1, 4, 10, 25])
def test_a_smaller_budget_is_part_of_a_larger_one_and_balanced(budget: int) -> None:
    labels = np.repeat([0, 1, 2, 3], [40, 10, 30, 20])
    order = balanced_order(labels)
    counts = np.bincount(labels[order[:budget]], minlength=4)
    assert counts.max() - counts.min() <= 1
    assert sorted(order) == list(range(100))
