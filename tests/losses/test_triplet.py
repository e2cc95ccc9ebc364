"""Known answers of the triplet loss, worked out by hand or by looking at every triplet."""

import itertools
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lightwell.losses import TripletLoss
from lightwell.losses.distances import DISTANCES

# On a line: two pictures of each of two people.
LINE, PEOPLE = torch.tensor([[0.0], [1.0], [1.1], [3.0]]), torch.tensor([0, 0, 1, 1])


def every_triplet(embeddings: torch.Tensor, people: torch.Tensor, distance: str) -> list[tuple[float, float, int, int]]:
    """d(a, p), d(a, n), a and p of every valid triplet."""
    between = DISTANCES[distance](embeddings, embeddings).tolist()
    return [
        (between[a][p], between[a][n], a, p)
        for a, p, n in itertools.product(range(len(people)), repeat=3)
        if a != p and people[a] == people[p] != people[n]
    ]


def test_hard_takes_the_farthest_positive_and_the_nearest_negative() -> None:
    mined = TripletLoss(margin=0.5, distance="euclidean", mining="hard")(LINE, PEOPLE)
    # Anchors 0, 1, 2, 3: positives at 1, 1, 1.9, 1.9; nearest negatives at 1.1, 0.1, 0.1, 2.0.
    assert mined.loss.item() == pytest.approx((0.4 + 1.4 + 2.3 + 0.4) / 4, abs=1e-5)
    assert mined.teaching.item() == 1


def test_semi_hard_takes_the_nearest_negative_beyond_the_positive() -> None:
    mined = TripletLoss(margin=0.5, distance="euclidean", mining="semi_hard")(LINE, PEOPLE)
    # 0 and 1: a negative at 1.1. 1 and 0: at 2.0, too far to teach. 2 and 3: none beyond 1.9. 3 and 2: at 2.0.
    assert mined.loss.item() == pytest.approx((0.4 + 0.4) / 2, abs=1e-5)
    assert mined.teaching.item() == pytest.approx(2 / 3)


@given(seed=st.integers(0, 10_000), people=st.integers(2, 6), each=st.integers(2, 5))
def test_all_is_the_mean_over_every_triplet_that_teaches(seed: int, people: int, each: int) -> None:
    embeddings = torch.randn(people * each, 4, generator=torch.Generator().manual_seed(seed)).double()
    labels = torch.arange(people).repeat_interleave(each)
    terms = [max(0.0, ap - an + 0.3) for ap, an, _, _ in every_triplet(embeddings, labels, "squared_euclidean")]
    mined = TripletLoss(margin=0.3, mining="all")(embeddings, labels)
    teaching = [term for term in terms if term > 0]
    assert mined.loss.item() == pytest.approx(sum(teaching) / max(len(teaching), 1))
    assert mined.teaching.item() == pytest.approx(len(teaching) / len(terms))


@given(seed=st.integers(0, 10_000), mining=st.sampled_from(["all", "hard", "semi_hard", "all_semi_hard"]))
def test_the_gradient_is_that_of_the_value(seed: int, mining: str) -> None:
    chance = torch.Generator().manual_seed(seed)
    embeddings = torch.randn(8, 3, generator=chance).double().requires_grad_()
    direction = torch.randn(8, 3, generator=chance).double()
    loss, labels = TripletLoss(margin=0.7, mining=mining), torch.arange(4).repeat_interleave(2)
    loss(embeddings, labels).loss.backward()
    assert embeddings.grad is not None
    step = 1e-6
    with torch.no_grad():
        after, before = (loss(embeddings + sign * step * direction, labels).loss for sign in (1, -1))
    slope = float((after - before) / (2 * step))
    expected = float((embeddings.grad * direction).sum())
    # Where a triplet begins or ends to teach within the step, the mean's denominator jumps.
    assert slope == pytest.approx(expected, abs=1e-4) or abs(after - before) > 1e-4


def test_a_distance_weighted_negative_is_one_of_another_person_and_the_same_for_the_same_step() -> None:
    embeddings = torch.nn.functional.normalize(torch.randn(24, 16, generator=torch.Generator().manual_seed(1)))
    labels = torch.arange(6).repeat_interleave(4)
    loss = TripletLoss(margin=2.0, mining="distance_weighted")
    first, again, other = (loss(embeddings, labels, step=step).loss.item() for step in (3, 3, 4))
    assert first == again != other


@pytest.mark.parametrize("margin", [0.2, "soft"])
def test_a_network_that_says_the_same_of_all_has_the_loss_of_a_collapse(margin: float | str) -> None:
    for mining in ("all", "hard"):
        loss = TripletLoss(margin=margin, mining=mining)
        mined = loss(torch.ones(8, 4) / 2, torch.arange(4).repeat_interleave(2))
        assert (
            mined.loss.item() == pytest.approx(loss.collapsed) == pytest.approx(0.2 if margin == 0.2 else math.log(2))
        )


def test_a_batch_without_a_pair_has_no_loss_and_a_gradient_of_zero() -> None:
    embeddings = torch.randn(4, 3, requires_grad=True)
    mined = TripletLoss()(embeddings, torch.arange(4))
    mined.loss.backward()
    assert mined.loss.item() == 0 and embeddings.grad is not None and not embeddings.grad.any()


def test_semi_hard_of_every_kind_needs_a_margin() -> None:
    with pytest.raises(ValueError, match="a soft margin has no end"):
        TripletLoss(margin="soft", mining="all_semi_hard")
