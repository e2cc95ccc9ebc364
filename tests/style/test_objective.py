"""The loss of an artwork: what it is, that tiles change nothing, and that every mask counts."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from lightwell.losses.style import gram_matrix, total_variation
from lightwell.style.artwork import Style
from lightwell.style.moved import moved
from lightwell.style.objective import Objective
from tests.style.network import SmallNetwork, picture, small_loss


def objective(content: Tensor, *styles: Style, tile: int | None = None, **weights: float) -> Objective:
    return Objective(SmallNetwork(), small_loss(**weights), content, list(styles), tile=tile)


def test_a_gram_matrix_counts_what_is_strong_at_the_same_place() -> None:
    features = torch.tensor([[[1.0, 2.0], [0.0, 0.0]], [[3.0, 0.0], [0.0, 1.0]]])[None]
    assert torch.allclose(gram_matrix(features), torch.tensor([[5.0, 3.0], [3.0, 10.0]]) / 8)


def test_a_gram_matrix_does_not_care_where_things_are() -> None:
    features = torch.randn(1, 5, 6, 7)
    shuffled = features.flatten(2)[..., torch.randperm(42)].view(1, 5, 6, 7)
    assert torch.allclose(gram_matrix(features), gram_matrix(shuffled), atol=1e-6)


def test_smoothness_is_the_mean_square_of_neighbours_differences() -> None:
    assert total_variation(torch.tensor([[[0.0, 1.0], [0.0, 1.0]]])) == 1.0
    assert total_variation(torch.full((3, 5, 5), 0.7)) == 0.0


def test_a_photograph_has_its_own_content_and_a_painting_its_own_style() -> None:
    content, style = picture(20, 24, 1), picture(24, 18, 2)
    asked = objective(content, Style("painting", style))
    assert float(asked.loss.content(asked.terms(content))) == 0.0
    of_itself = objective(style, Style("painting", style))
    assert float(of_itself.loss.style(of_itself.terms(style))) == 0.0
    assert float(asked.loss.style(asked.terms(content))) > 0


class Noting(nn.Module):
    """A layer of the official tutorial's construction: it lets features through and notes their loss."""

    def __init__(self, target: Tensor, *, style: bool):
        super().__init__()
        self.style = style
        self.target = self.seen(target).detach()

    def seen(self, features: Tensor) -> Tensor:
        if not self.style:
            return features
        flat = features.view(features.shape[1], -1)
        return flat @ flat.T / features.numel()

    def forward(self, features: Tensor) -> Tensor:
        self.loss = nn.functional.mse_loss(self.seen(features), self.target)
        return features


def tutorial(network: SmallNetwork, content: Tensor, style: Tensor) -> tuple[nn.Sequential, list[tuple[float, Noting]]]:
    model, losses = nn.Sequential(), []
    for number, convolution in enumerate(network.convolutions):
        if number:
            model.append(nn.MaxPool2d(2))
        model.extend([convolution, nn.ReLU()])
        is_style = number != 1
        model.append(Noting(model((style if is_style else content)[None]), style=is_style))
        losses.append(([1e3, 1.0, 500.0][number], model[-1]))
    return model, losses


def test_loss_and_gradient_are_those_of_the_tutorial() -> None:
    content, style, x = picture(30, 26, 1), picture(30, 26, 2), picture(30, 26, 3)  # the tutorial needs equal sizes
    ours = objective(content, Style("painting", style), total_variation_weight=0.0)
    terms, gradient = ours.gradient(x)
    model, losses = tutorial(SmallNetwork(), content, style)
    leaf = x[None].clone().requires_grad_()
    model(leaf)
    theirs = torch.stack([weight * noting.loss for weight, noting in losses]).sum()
    theirs.backward()
    assert torch.allclose(ours.loss(terms), theirs, rtol=1e-4)
    assert (gradient - leaf.grad[0]).norm() < 1e-4 * gradient.norm()


@settings(max_examples=25, deadline=None)
@given(
    height=st.integers(12, 60),
    width=st.integers(12, 60),
    tile=st.integers(4, 40),
    masked=st.booleans(),
    seed=st.integers(0, 50),
)
def test_tiles_change_nothing(height: int, width: int, tile: int, masked: bool, seed: int) -> None:
    content, x = picture(height, width, seed), picture(height, width, seed + 1)
    mask = torch.zeros(height, width)
    mask[:, : width // 2] = 1
    styles = [Style("a", picture(25, 31, seed + 2), 1.0, mask if masked else None)]
    styles += [Style("b", picture(31, 25, seed + 3), 2.0, 1 - mask if masked else None)]
    whole, tiled = objective(content, *styles), objective(content, *styles, tile=tile)
    (terms, gradient), (in_tiles, gradient_in_tiles) = whole.gradient(x), tiled.gradient(x)
    assert torch.allclose(whole.loss(terms), tiled.loss(in_tiles), rtol=1e-4)
    assert (gradient - gradient_in_tiles).abs().max() < 1e-4 * gradient.abs().max()


def test_each_mask_moves_its_own_part_of_the_picture_and_no_other() -> None:
    content = picture(32, 64, 1)
    left = torch.zeros(32, 64)
    left[:, :32] = 1
    only_style = {"content_weight": 0.0, "total_variation_weight": 0.0}
    for mask, inside, outside in ((left, slice(0, 28), slice(44, 64)), (1 - left, slice(36, 64), slice(0, 20))):
        _, gradient = objective(content, Style("painting", picture(30, 30, 2), 1.0, mask), **only_style).gradient(
            content
        )
        assert gradient[..., inside].abs().mean() > 0
        assert gradient[..., outside].abs().max() == 0
    both = [Style("a", picture(30, 30, 2), 1.0, left), Style("b", picture(30, 30, 3), 1.0, 1 - left)]
    _, gradient = objective(content, *both, **only_style).gradient(content)
    strengths = [gradient[..., :28].abs().mean(), gradient[..., 36:].abs().mean()]
    assert max(strengths) < 10 * min(strengths)


def test_styles_are_mixed_by_their_weights() -> None:
    content, one, other = picture(24, 24, 1), picture(24, 24, 2), picture(24, 24, 3)

    def style_loss(*styles: Style) -> float:
        asked = objective(content, *styles)
        return float(asked.loss.style(asked.terms(one)))

    assert style_loss(Style("one", one)) == 0
    assert style_loss(Style("one", one, 3.0), Style("other", other, 0.0)) == 0
    shares = [style_loss(Style("one", one, 1 - share), Style("other", other, share)) for share in (0.1, 0.5, 1.0)]
    assert shares == sorted(shares) and shares[0] > 0
    assert shares[2] == pytest.approx(style_loss(Style("other", other)), rel=1e-5)
    assert shares[1] == pytest.approx(shares[2] / 4, rel=1e-3)  # half way between two Gram matrices


def test_what_the_change_lowered_adds_up_to_each_terms_fall() -> None:
    content, start, result = picture(32, 28, 1), picture(32, 28, 2), picture(32, 28, 3)
    for each in moved(objective(content, Style("painting", picture(30, 30, 4))), start, result):
        fall = each.before - each.after
        assert float(each.lowered.sum()) == pytest.approx(fall, abs=0.02 * max(each.before, each.after)), each.term
        assert each.lowered.shape == each.at_start.shape == (32, 28)
        assert (each.at_start >= 0).all() and (each.at_end >= 0).all()
