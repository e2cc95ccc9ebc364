import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from lightwell.losses import CrossEntropy, Focal, Hinge, Logistic, MeanSquaredError

LOGITS = torch.tensor([[2.0], [-1.0], [0.5]])
BINARY = torch.tensor([1, 0, 0])
SCORES = torch.tensor([[2.0, -1.0, 0.5], [0.1, 0.2, 0.3]])
ONE_HOT = torch.tensor([0, 2])
MULTI_HOT = torch.tensor([[1.0, 0.0, 1.0], [0.0, 0.0, 0.0]])


def test_logistic_is_the_binary_cross_entropy_of_a_sigmoid() -> None:
    expected = F.binary_cross_entropy_with_logits(LOGITS[:, 0], BINARY.float())
    torch.testing.assert_close(Logistic()(LOGITS, BINARY), expected)
    expected = F.binary_cross_entropy_with_logits(SCORES, MULTI_HOT)
    torch.testing.assert_close(Logistic()(SCORES, MULTI_HOT), expected)


def test_weighted_cross_entropy_is_torchs() -> None:
    weights = [1.0, 2.0, 5.0]
    expected = F.cross_entropy(SCORES, ONE_HOT, weight=torch.tensor(weights))
    torch.testing.assert_close(CrossEntropy(class_weights=weights)(SCORES, ONE_HOT), expected)


def test_hinge_is_torchs_multi_margin_up_to_its_maximum_over_rivals() -> None:
    assert Hinge()(LOGITS, BINARY) == pytest.approx((0.0 + 0.0 + 1.5) / 3)
    # Crammer and Singer: 1 + the best rival - the true score.
    assert Hinge()(SCORES, ONE_HOT) == pytest.approx((0.0 + (1 + 0.2 - 0.3)) / 2)


def test_mean_squared_error_of_certainty_is_zero_or_one() -> None:
    sure = torch.tensor([[100.0], [-100.0]])
    assert MeanSquaredError()(sure, torch.tensor([1, 0])) == 0
    assert MeanSquaredError()(sure, torch.tensor([0, 1])) == 1


def test_focal_with_gamma_zero_is_the_likelihood_loss() -> None:
    torch.testing.assert_close(Focal(gamma=0.0)(SCORES, ONE_HOT), CrossEntropy()(SCORES, ONE_HOT))
    torch.testing.assert_close(Focal(gamma=0.0)(SCORES, MULTI_HOT), Logistic()(SCORES, MULTI_HOT))


def test_focal_is_torchvisions() -> None:
    from torchvision.ops import sigmoid_focal_loss

    expected = sigmoid_focal_loss(SCORES, MULTI_HOT, alpha=-1, gamma=2.0, reduction="mean")
    torch.testing.assert_close(Focal(gamma=2.0)(SCORES, MULTI_HOT), expected)


def test_balanced_weights_make_a_rare_class_count_as_much_as_a_common_one() -> None:
    loss = Logistic(class_weights="balanced", class_counts=([90, 10], 100))
    logits, labels = torch.zeros(100, 1), torch.tensor([0] * 90 + [1] * 10)
    logits.requires_grad_()
    loss(logits, labels).backward()
    assert logits.grad is not None
    torch.testing.assert_close(logits.grad[:90].sum(), -logits.grad[90:].sum())


@given(st.integers(1, 6), st.integers(2, 5), st.floats(-50, 50))
def test_losses_are_finite_and_not_negative(batch: int, classes: int, scale: float) -> None:
    logits = torch.linspace(-1, 1, batch * classes).view(batch, classes) * scale
    one_hot = torch.arange(batch) % classes
    for loss in (CrossEntropy(), MeanSquaredError(), Hinge(), Focal()):
        value = loss(logits, one_hot)
        assert torch.isfinite(value) and value >= 0
    multi_hot = (torch.arange(batch * classes) % 2).view(batch, classes).float()
    for loss in (Logistic(), MeanSquaredError(), Hinge(), Focal()):
        value = loss(logits, multi_hot)
        assert torch.isfinite(value) and value >= 0
