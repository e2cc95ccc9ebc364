"""Verification and recognition held against scikit-learn, known answers and the metrics' own definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score, roc_curve

from lightwell.identity.judgement import judge
from lightwell.identity.recognition import choose_k, own_and_others, recognition_figures, unknown_threshold
from lightwell.identity.verification import (
    all_pairs,
    equal_error,
    folds_of_people,
    intervals,
    ten_fold_accuracy,
    verification_figures,
)


def people(count: int = 12, each: int = 6, spread: float = 0.6, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    labels = np.repeat(np.arange(count), each)
    embeddings = chance.normal(size=(count, 8))[labels] + spread * chance.normal(size=(len(labels), 8))
    return (embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)).astype(np.float32), labels


@given(seed=st.integers(0, 1000), rounded=st.booleans())
def test_the_area_and_the_rates_are_scikit_learns(seed: int, rounded: bool) -> None:
    pairs = all_pairs(*people(6, 4, seed=seed), "euclidean")
    if rounded:  # equal distances are one step of the curve
        pairs.distances[:] = np.round(pairs.distances, 1)
    figures = verification_figures(pairs.curve())
    assert figures["auroc"] == pytest.approx(roc_auc_score(pairs.same, -pairs.distances))
    far, tar, _ = roc_curve(pairs.same, -pairs.distances, drop_intermediate=False)
    assert figures["tar_at_far_0.1"] == pytest.approx(tar[far <= 0.1].max())


def test_the_equal_error_rate_refuses_as_many_as_it_accepts() -> None:
    pairs = all_pairs(*people(), "euclidean")
    error, threshold = equal_error(pairs.curve())
    refused = (pairs.distances[pairs.same] > threshold).mean()
    accepted = (pairs.distances[~pairs.same] <= threshold).mean()
    assert 0 < error < 0.5
    assert error == pytest.approx(refused, abs=0.01) and error == pytest.approx(accepted, abs=0.01)


def test_people_who_lie_apart_are_told_apart_without_error() -> None:
    embeddings, labels = people(spread=0.01)
    figures = verification_figures(all_pairs(embeddings, labels, "squared_euclidean").curve())
    assert figures["auroc"] == 1 and figures["equal_error_rate"] == 0 and figures["tar_at_far_0.001"] == 1


def test_intervals_are_over_people_and_hold_the_figure() -> None:
    pairs = all_pairs(*people(20, 6), "euclidean")
    figures, ends = verification_figures(pairs.curve()), intervals(pairs)
    for name, (low, high) in ends.items():
        assert low <= figures[name] <= high, name
    assert ends["auroc"][1] - ends["auroc"][0] > 0.005


def test_ten_folds_have_people_of_their_own_and_as_many_pairs_of_both_kinds() -> None:
    pairs = all_pairs(*people(40, 5, spread=0.3), "euclidean")
    folds = folds_of_people(pairs)
    for fold in range(10):
        members = folds == fold
        assert pairs.same[members].sum() == (~pairs.same[members]).sum() > 0
    mine = {fold: set(pairs.people[pairs.first[folds == fold]]) for fold in range(10)}
    assert all(not mine[one] & mine[other] for one in range(10) for other in range(one))
    accuracy, error = ten_fold_accuracy(pairs, folds)
    assert 0.9 < accuracy <= 1 and 0 <= error < 0.05


def test_one_neighbour_is_best_where_people_are_known_by_few_good_pictures() -> None:
    embeddings, labels = people(10, 8, spread=0.3)
    known = np.arange(len(labels)) % 8 < 3
    elbow = choose_k((embeddings[known], labels[known]), (embeddings[~known], labels[~known]), "euclidean")
    assert elbow.k == 1 and not elbow.found and "no elbow" in elbow.sentence


def test_more_neighbours_outvote_pictures_that_were_named_wrongly() -> None:
    embeddings, labels = people(4, 60, spread=0.4)
    known = np.arange(len(labels)) % 60 < 40
    wrong = np.random.default_rng(0).random(len(labels)) < 0.25
    named = np.where(wrong & known, (labels + 1) % 4, labels)
    elbow = choose_k((embeddings[known], named[known]), (embeddings[~known], labels[~known]), "euclidean")
    assert elbow.found and 1 < elbow.k < 15
    assert elbow.errors[list(elbow.tried).index(elbow.k)] < elbow.errors[0] - 0.1


def test_recognition_counts_ranks_and_refuses_the_unknown() -> None:
    known = np.array([[0.0], [10.0], [20.0]], dtype=np.float32), np.array([0, 1, 2])
    asked = np.array([[1.0], [12.0], [14.0]], dtype=np.float32), np.array([0, 1, 2])
    own, others = own_and_others(known, asked, "euclidean")
    assert own.tolist() == [1, 2, 6] and others.tolist() == [9, 8, 4]
    figures = recognition_figures(known, asked, "euclidean", k=1, unknown=5.0)
    assert figures["rank_1"] == pytest.approx(2 / 3) and figures["rank_5"] == 1
    assert figures["known_recognised"] == pytest.approx(2 / 3) and figures["unknown_refused"] == pytest.approx(2 / 3)
    assert 2 <= unknown_threshold((known[0][:2], known[1][:2]), (asked[0][:2], asked[1][:2]), "euclidean") < 8


def test_what_is_settled_can_be_kept_as_plain_data() -> None:
    embeddings, labels = people()
    known = np.arange(len(labels)) % 6 < 3
    settled, _ = judge(embeddings, labels, known, "squared_euclidean")
    assert type(settled).from_dict(settled.as_dict()) == settled
    assert settled.sure(0.0) > 0.9 > 0.1 > settled.sure(3.9)
    assert settled.sure(settled.threshold) == pytest.approx(0.5, abs=0.2)
