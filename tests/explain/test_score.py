import functools
import warnings
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from lightwell.explain.gradient import saliency
from lightwell.explain.score import contrastive, each_target, logits, network_of, networks_of, select, undisturbed
from tests.explain.networks import Pooled

IMAGES = torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(0))
SCORES = torch.arange(12.0).view(4, 3)


def seeded(classes: int = 3) -> Pooled:
    torch.manual_seed(0)
    return Pooled(classes).eval()


NETWORK = seeded()


def scores_of_a_script(images: Tensor) -> Tensor:
    return NETWORK(images)


class Detector:
    """A plain object, as scripts have them, that holds a network."""

    def __init__(self, network: nn.Module) -> None:
        self.parts = {"network": network}

    def __call__(self, images: Tensor) -> Tensor:
        return self.parts["network"](images)

    def scores(self, images: Tensor) -> Tensor:
        return self(images)


def test_a_target_is_one_class_one_an_example_several_or_all() -> None:
    assert select(SCORES, 1).tolist() == [1, 4, 7, 10]
    assert select(SCORES, torch.tensor(1)).tolist() == [1, 4, 7, 10]
    assert select(SCORES, torch.tensor([2, 0, 1, 2])).tolist() == [2, 3, 7, 11]
    assert select(SCORES, torch.tensor([2, 0, 1, 2], dtype=torch.uint8)).tolist() == [2, 3, 7, 11]
    assert select(SCORES, torch.tensor([[2, 0], [0, 1], [1, 1], [2, 1]])).tolist() == [[2, 0], [3, 4], [7, 7], [11, 10]]
    assert torch.equal(select(SCORES, "all"), SCORES)


def test_a_target_of_one_row_speaks_for_every_example() -> None:
    assert select(SCORES, torch.tensor([1])).tolist() == [1, 4, 7, 10]
    assert select(SCORES, torch.tensor([[2, 0]])).tolist() == [[2, 0], [5, 3], [8, 6], [11, 9]]


@pytest.mark.parametrize("target", ["predicted", torch.tensor([0, 1, 2]), torch.zeros(4, 1, 1, dtype=torch.long)])
def test_a_target_that_does_not_fit_is_refused(target: str | Tensor) -> None:
    with pytest.raises(ValueError, match=r"predicted|shape \("):
        select(SCORES, target)
    with pytest.raises(ValueError, match=r"predicted|shape \("):
        [select(row[None], one) for row, one in zip(SCORES, each_target(target, 4), strict=True)]


@pytest.mark.parametrize("target", [1, "all", torch.tensor(1), torch.tensor([1]), torch.tensor([0, 1, 2, 0])])
def test_examples_one_by_one_are_asked_what_the_batch_is_asked(target: int | str | Tensor) -> None:
    one_by_one = [select(row[None], one) for row, one in zip(SCORES, each_target(target, 4), strict=True)]
    assert torch.equal(torch.cat(one_by_one), select(SCORES, target))


@pytest.mark.parametrize(
    "head",
    [
        nn.Softmax(dim=1),
        nn.LogSoftmax(dim=1),
        nn.Sigmoid(),
        nn.LogSigmoid(),
        functools.partial(torch.softmax, dim=1),
        functools.partial(nn.functional.softmax, dim=1),
        torch.sigmoid,
        Tensor.sigmoid,
    ],
)
def test_what_goes_into_a_last_softmax_or_sigmoid_is_the_score(head: Callable) -> None:
    network = seeded()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert torch.equal(logits(lambda images: head(network(images)), IMAGES), network(IMAGES))


def test_a_softmax_on_the_way_is_left_alone() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(4, 4), nn.Softmax(dim=1), nn.Linear(4, 3))
    assert torch.equal(logits(network, torch.ones(2, 4)), network(torch.ones(2, 4)))


@pytest.mark.parametrize(
    "head",
    [
        lambda scores: scores.exp() / scores.exp().sum(1, keepdim=True),
        lambda scores: torch.sigmoid(scores).reshape(len(scores), -1),
        lambda scores: torch.sigmoid(scores[:, :1]) * 0.99,
    ],
)
def test_probabilities_of_an_unseen_origin_are_told_of(head: Callable) -> None:
    network = seeded()
    with pytest.warns(UserWarning, match="look like probabilities"):
        logits(lambda images: head(network(images)), IMAGES)


@pytest.mark.parametrize("score", [lambda images: images.flatten(), lambda images: images, lambda images: (images,)])
def test_scores_of_another_shape_are_refused(score: Callable) -> None:
    with pytest.raises(ValueError, match=r"not \(batch, K\)"):
        logits(score, IMAGES)


def test_the_contrast_is_the_class_minus_the_mean_of_the_others() -> None:
    network = seeded()
    each = [saliency(network, IMAGES, target=label) for label in range(3)]
    contrast = saliency(contrastive(network), IMAGES, target=1)
    torch.testing.assert_close(contrast, each[1] - (each[0] + each[2]) / 2)


def test_the_contrast_of_a_network_with_softmax_is_that_of_its_logits() -> None:
    network = seeded()
    contrast = saliency(contrastive(nn.Sequential(network, nn.Softmax(dim=1))), IMAGES, target=1)
    assert torch.equal(contrast, saliency(contrastive(network), IMAGES, target=1))


def test_a_lone_score_is_its_own_contrast_and_opposite_scores_double() -> None:
    lone = seeded(classes=1)
    assert torch.equal(contrastive(lone)(IMAGES), lone(IMAGES))
    opposite = contrastive(lambda images: torch.cat([-lone(images), lone(images)], dim=1))(IMAGES)
    torch.testing.assert_close(opposite[:, 1:], 2 * lone(IMAGES))


@pytest.mark.parametrize(
    "score",
    [
        NETWORK,
        NETWORK.forward,
        scores_of_a_script,
        lambda images: scores_of_a_script(images)[:, :2],
        functools.partial(lambda network, images: network(images), NETWORK),
        Detector(NETWORK),
        Detector(NETWORK).scores,
        (lambda detector: lambda images: detector.scores(images))(Detector(NETWORK)),
        (lambda networks: lambda images: sum(network(images) for network in networks))([NETWORK, NETWORK]),
        contrastive(NETWORK),
        contrastive(scores_of_a_script),
        contrastive(contrastive(Detector(NETWORK))),
    ],
)
def test_the_network_behind_a_score_function_is_found(score: Callable) -> None:
    assert networks_of(score) == [NETWORK]
    assert network_of(score) is NETWORK


def test_a_function_that_calls_itself_is_searched_once() -> None:
    def score(images: Tensor) -> Tensor:
        return NETWORK(images) if len(images) == 1 else torch.cat([score(each[None]) for each in images])

    assert networks_of(score) == [NETWORK]


def test_no_network_or_more_than_one_is_refused() -> None:
    other = seeded()
    with pytest.raises(TypeError, match="0 modules"):
        network_of(lambda images: images.flatten(1))
    with pytest.raises(TypeError, match="2 modules"):
        network_of(lambda images: NETWORK(images) - other(images))


@pytest.mark.parametrize("wrap", [lambda network: network, Detector, lambda network: lambda images: network(images)])
def test_an_undisturbed_network_is_as_in_testing_and_then_as_before(wrap: Callable) -> None:
    network = seeded().train()
    network.features.eval()
    before = [module.training for module in network.modules()]
    with undisturbed(wrap(network)):
        assert not any(module.training for module in network.modules())
    assert [module.training for module in network.modules()] == before


def test_an_undisturbed_network_has_gradients_full_precision_and_its_own_chance() -> None:
    state = torch.random.get_rng_state()
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        with undisturbed(NETWORK):
            torch.rand(3)
            scores = NETWORK(IMAGES.clone())
            assert scores.requires_grad and scores.dtype == torch.float32
        assert torch.is_inference_mode_enabled() and torch.is_autocast_enabled("cpu")
    assert torch.equal(state, torch.random.get_rng_state())
    with torch.no_grad():
        with undisturbed(NETWORK):
            assert torch.is_grad_enabled()
        assert not torch.is_grad_enabled()


def test_a_compiled_network_has_the_same_gradient_and_is_asked_before_its_sigmoid() -> None:
    compiled = torch.compile(nn.Sequential(seeded(), nn.Sigmoid()), backend="eager")
    torch.testing.assert_close(saliency(compiled, IMAGES, target=1), saliency(seeded(), IMAGES, target=1))
