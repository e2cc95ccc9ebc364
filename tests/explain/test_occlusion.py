"""Occlusion's values, and that computing by parts gives what computing in full gives."""

import copy
import itertools
import logging
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from lightwell.explain import contrastive
from lightwell.explain.covered import Covered
from lightwell.explain.fill import covers
from lightwell.explain.incremental import ByParts, Untraceable, by_parts
from lightwell.explain.occlusion import occlusion
from lightwell.explain.windows import Windows
from tests.explain.networks import Pooled, ToyConvNet

BY_PARTS = "computes what each patch changes"


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def in_double(build: Callable[[], nn.Module], seed: int = 0) -> nn.Module:
    """A network whose BatchNorm statistics and affine parameters are not those it starts with."""
    torch.manual_seed(seed)
    network = build().double()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d):
            for tensor in (module.weight.data, module.running_var, module.bias.data, module.running_mean):
                tensor.uniform_(0.5, 1.5)
    return network.eval()


def looped(score: Callable, example: Tensor, windows: Windows, cover: Tensor) -> Tensor:
    """The definition, word by word: `(classes, *lengths)` for one example."""
    total = torch.zeros(score(example).shape[1], *windows.lengths, dtype=example.dtype)
    count = torch.zeros(windows.lengths, dtype=example.dtype)
    for start in itertools.product(*windows.starts):
        place = (..., *(slice(first, first + size) for first, size in zip(start, windows.patch, strict=True)))
        covered = example.clone()
        covered[place] = cover[place]
        fall = (score(example) - score(covered)).detach()[0]
        total[place] += fall.view(-1, *[1] * len(start))
        count[place] += 1
    return total / count


def by_parts_alone(score: Callable, example: Tensor, windows: Windows, cover: Tensor) -> Tensor:
    """The scores under all windows, or an error where they cannot be had by parts."""
    with torch.no_grad(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(by_parts, "MOST_SHARE", 1.0)
        return ByParts(score, Covered(example, cover, windows)).scores(windows.every)


def in_full_alone(score: Callable, example: Tensor, windows: Windows, cover: Tensor) -> Tensor:
    scores = []
    for start in windows.every:
        place = (..., *map(slice, start, start + windows.patch))
        covered = example.clone()
        covered[place] = cover[place]
        scores.append(score(covered).detach())
    return torch.cat(scores)


def test_the_toy_network_has_the_values_worked_out_by_hand() -> None:
    image = torch.arange(16.0).view(1, 1, 4, 4)
    everything = occlusion(ToyConvNet(), image + 1, target=0, patch=4, stride=4, fill=0.0)
    assert torch.equal(everything, torch.full((1, 4, 4), 67.0))
    network = ToyConvNet()
    overlapping = occlusion(lambda x: network(x + 1), image, target=0, patch=(2, 3), stride=(2, 1), fill=0.0)
    rows = [[17.0] * 4, [17.0] * 4, [64, 65.5, 65.5, 67], [64, 65.5, 65.5, 67]]
    assert torch.allclose(overlapping[0], torch.tensor(rows))


def test_a_linear_score_is_averaged_over_the_patches_that_cover_a_place() -> None:
    image = torch.zeros(1, 1, 5, 5)
    image[0, 0, 1, 1] = image[0, 0, 3, 3] = 1
    found = occlusion(lambda x: 3 * x.sum((1, 2, 3))[:, None], image, target=0, patch=3, stride=1, fill=0.0)
    summed = [[3, 6, 6, 3, 0], [6, 15, 18, 12, 3], [6, 18, 24, 18, 6], [3, 12, 18, 15, 6], [0, 3, 6, 6, 3]]
    cover = torch.tensor([1.0, 2, 3, 2, 1])
    assert torch.allclose(found[0], torch.tensor(summed) / torch.outer(cover, cover))


def test_covering_a_distractor_makes_the_score_rise_and_the_value_negative() -> None:
    weight = torch.zeros(1, 8, 8)
    weight[0, :4, :4], weight[0, 4:, 4:] = 1.0, -1.0
    found = occlusion(
        lambda x: (x * weight).sum((1, 2, 3))[:, None], torch.ones(1, 1, 8, 8), target=0, patch=4, stride=4
    )
    assert torch.equal(found[0], 8 * weight[0])


def test_a_patch_over_the_whole_picture_gives_the_fall_to_the_fill_everywhere() -> None:
    network, images = in_double(Pooled), random(2, 3, 9, 7)
    found = occlusion(network, images, target=1, patch=9, stride=9, fill=0.25)
    falls = (network(images) - network(torch.full_like(images, 0.25)))[:, 1].detach()
    assert torch.allclose(found, falls[:, None, None].expand(2, 9, 7), rtol=0, atol=1e-14)


@settings(max_examples=25, deadline=None)
@given(lengths=st.tuples(st.integers(1, 14), st.integers(1, 14)), patch=st.tuples(st.integers(1, 6), st.integers(1, 6)),
       data=st.data())  # fmt: skip
def test_it_is_the_mean_over_a_loop_for_any_sizes(lengths: tuple, patch: tuple, data: st.DataObject) -> None:
    stride = tuple(data.draw(st.integers(1, size)) for size in patch)
    network, image = in_double(Pooled), random(1, 3, *lengths)
    found = occlusion(network, image, target="all", patch=patch, stride=stride, fill=0.3)
    expected = looped(network, image, Windows(lengths, patch, stride), torch.full_like(image, 0.3))
    assert (found[0] - expected).abs().max() < 1e-12


class Residual(nn.Module):
    def __init__(self, channels: int, kernel: int, joined: str) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(channels, channels, kernel, padding=kernel // 2)
        self.joined = joined

    def forward(self, x: Tensor) -> Tensor:
        changed = self.convolution(x).relu()
        if self.joined == "cat":
            return torch.cat([x, changed], 1)[:, ::2]
        if self.joined == "in place":
            changed += x
            return changed
        return 2 * x + changed


class Gated(nn.Module):
    """Squeeze and excitation: the mean over all places changes every place."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gate = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gate(x.mean((2, 3), keepdim=True)).sigmoid()


CHANNELS = 4
LAYERS = st.one_of(
    st.builds(
        lambda kernel, stride, padding, dilation, groups: nn.Conv2d(
            CHANNELS, CHANNELS, kernel, stride=stride, padding=padding, dilation=dilation, groups=groups
        ),
        st.tuples(st.integers(1, 4), st.integers(1, 3)), st.integers(1, 3), st.integers(0, 3), st.integers(1, 2),
        st.sampled_from([1, 2, 4]),
    ),
    st.builds(
        lambda kernel, stride, ceil: nn.MaxPool2d(kernel, stride, padding=kernel // 2, ceil_mode=ceil),
        st.integers(1, 3), st.integers(1, 3), st.booleans(),
    ),
    st.builds(
        lambda kernel, padding, ceil: nn.AvgPool2d(kernel, padding=padding, ceil_mode=ceil),
        st.integers(2, 3), st.integers(0, 1), st.booleans(),
    ),
    st.builds(Residual, st.just(CHANNELS), st.sampled_from([1, 3]), st.sampled_from(["add", "in place", "cat"])),
    st.sampled_from([
        lambda: nn.BatchNorm2d(CHANNELS), lambda: nn.ReLU(inplace=True), nn.ReLU, nn.Hardswish, nn.GELU,
        lambda: nn.Dropout(0.5), lambda: Gated(CHANNELS), lambda: nn.Upsample(scale_factor=2),
        lambda: nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1, padding_mode="reflect"),
        lambda: nn.ConvTranspose2d(CHANNELS, CHANNELS, 2, stride=2), lambda: nn.GroupNorm(2, CHANNELS),
        lambda: nn.InstanceNorm2d(CHANNELS), nn.PReLU,
    ]).map(lambda build: build()),
)  # fmt: skip
HEADS = {
    "average": lambda: nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.LazyLinear(3)),
    "flat": lambda: nn.Sequential(nn.Flatten(), nn.LazyLinear(3)),
    "maximum": lambda: nn.Sequential(nn.AdaptiveMaxPool2d(2), nn.Flatten(), nn.LazyLinear(3)),
}


@settings(max_examples=60, deadline=None)
@given(
    layers=st.lists(LAYERS, min_size=1, max_size=5),
    head=st.sampled_from(sorted(HEADS)),
    lengths=st.tuples(st.integers(11, 23), st.integers(11, 23)),
    patch=st.integers(1, 6),
    seed=st.integers(0, 99),
)
def test_by_parts_gives_the_scores_of_a_loop_for_any_stack_of_layers(
    layers: list[nn.Module], head: str, lengths: tuple[int, int], patch: int, seed: int
) -> None:
    image = random(1, 3, *lengths, seed=seed)
    first = nn.Conv2d(3, CHANNELS, 3, stride=2, padding=1)
    network = nn.Sequential(first, *layers, HEADS[head]()).double()
    try:
        network.eval()(image)
    except (RuntimeError, ValueError):
        return  # the layers do not fit the picture
    network = in_double(lambda: network, seed)
    windows = Windows(lengths, patch, max(1, patch - 1))
    cover = torch.full_like(image, 0.5)
    try:
        found = by_parts_alone(network, image, windows, cover)
    except Untraceable as error:
        assert "writes over part of a tensor" in str(error)  # an in-place ReLU after a slice
        return
    expected = in_full_alone(network, image, windows, cover)
    assert (found - expected).abs().max() <= 1e-12 * expected.abs().max()


@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_signals_pictures_and_volumes_go_by_parts(dimensions: int, caplog: pytest.LogCaptureFixture) -> None:
    convolution = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[dimensions - 1]
    pool = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)[dimensions - 1]
    mean = (nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d)[dimensions - 1]
    normalisation = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)[dimensions - 1]
    network = in_double(
        lambda: nn.Sequential(
            *(convolution(2, 3, 3, padding=1), normalisation(3), nn.ReLU(inplace=True), pool(2)),
            *(convolution(3, 4, 3, padding=1), nn.ReLU(), mean(1), nn.Flatten(), nn.Linear(4, 2)),
        )
    )
    lengths = (60, 17, 13)[dimensions - 1 :: -1] if dimensions > 1 else (60,)
    example = random(1, 2, *lengths)
    with caplog.at_level(logging.DEBUG, "lightwell"):
        found = occlusion(network, example, target=1, patch=4, stride=3)
    assert BY_PARTS in caplog.text
    expected = looped(network, example, Windows(lengths, 4, 3), torch.full_like(example, 0.5))[1]
    assert (found[0] - expected).abs().max() < 1e-12


def test_several_classes_and_targets_of_one_pass_are_those_of_single_passes() -> None:
    network, images = in_double(Pooled), random(2, 3, 12, 12)
    every = occlusion(network, images, target="all", patch=4, stride=3)
    single = [occlusion(network, images, target=target, patch=4, stride=3) for target in range(3)]
    assert every.shape == (2, 3, 12, 12) and single[0].shape == (2, 12, 12)
    assert torch.allclose(every, torch.stack(single, 1), rtol=0, atol=1e-15)
    each = occlusion(network, images, target=torch.tensor([2, 0]), patch=4, stride=3)
    assert torch.equal(each, torch.stack([every[0, 2], every[1, 0]]))
    pairs = occlusion(network, images, target=torch.tensor([[2, 0], [1, 1]]), patch=4, stride=3)
    assert torch.equal(pairs, torch.stack([every[0, [2, 0]], every[1, [1, 1]]]))


def test_each_fill_shows_what_it_says() -> None:
    images = random(2, 3, 20, 24)
    assert torch.equal(covers(images, 0.25), torch.full_like(images, 0.25))
    assert torch.allclose(covers(images, (0.1, 0.2, 0.3))[1, :, 4, 5], torch.tensor([0.1, 0.2, 0.3]).double())
    assert torch.allclose(covers(images, "mean")[1, 2, 7, 7], images[1, 2].mean())
    blurred = covers(torch.ones(1, 1, 20, 24), "blur")
    assert torch.allclose(blurred, torch.ones_like(blurred))
    point = torch.zeros(1, 1, 200, 100, dtype=torch.float64)
    point[0, 0, 100, 50] = 1
    spread = covers(point, "blur")[0, 0]
    places = torch.arange(200.0) - 100
    assert float((spread.sum(1) * places**2).sum() ** 0.5) == pytest.approx(200 / 20, rel=1e-2)
    noise = covers(images, "noise", seed=1)
    assert torch.equal(noise, covers(images, "noise", seed=1))
    assert not torch.equal(noise, covers(images, "noise", seed=2))
    assert torch.allclose(noise[:1], covers(images[:1], "noise", seed=1))


@pytest.mark.parametrize("fill", [0.25, (0.1, 0.2, 0.3), "mean", "blur", "noise"])
def test_a_fill_is_what_the_loop_would_paste(fill: object) -> None:
    network, image = in_double(Pooled), random(1, 3, 13, 10)
    found = occlusion(network, image, target="all", patch=4, stride=4, fill=fill, seed=3)
    expected = looped(network, image, Windows((13, 10), 4, 4), covers(image, fill, seed=3))
    assert (found[0] - expected).abs().max() < 1e-13


class Read(Pooled):
    """Multiplies by a number that Python reads from the picture."""

    def forward(self, images: Tensor) -> Tensor:
        return torch.stack([scores * float(image.mean()) for scores, image in zip(super().forward(images), images)])  # noqa: B905


class Left(Pooled):
    """Goes through NumPy."""

    def forward(self, images: Tensor) -> Tensor:
        return super().forward(torch.from_numpy(np.tanh(images.detach().numpy())))


class Branched(Pooled):
    """Branches on the picture."""

    def forward(self, images: Tensor) -> Tensor:
        return super().forward(torch.stack([-image if image[0, 2, 2] > 0.9 else image for image in images]))


class Written(Pooled):
    """Writes over a part of a map."""

    def forward(self, images: Tensor) -> Tensor:
        maps = self.features(images)
        maps[:, 0] = maps[:, 1].relu()
        return self.head(self.pool(maps))


class Moody(Pooled):
    """Does something else the second time, which no look at the first can tell."""

    calls = 0

    def forward(self, images: Tensor) -> Tensor:
        self.calls += 1
        return super().forward(images) * (1 if self.calls == 1 else 2)


@pytest.mark.parametrize("kind", [Read, Left, Branched, Written, Moody])
def test_a_network_that_cannot_be_followed_has_its_windows_taken_in_full(
    kind: type[Pooled], caplog: pytest.LogCaptureFixture
) -> None:
    network, image = in_double(kind), random(1, 3, 24, 24)
    image[:, 0, 2, 2] = 1.0
    with caplog.at_level(logging.DEBUG, "lightwell"):
        found = occlusion(network, image, target=1, patch=3, stride=3)
    assert BY_PARTS not in caplog.text and "computes all of each covered input" in caplog.text
    expected = looped(network, image, Windows((24, 24), 3, 3), torch.full_like(image, 0.5))[1]
    assert (found[0] - expected).abs().max() < 1e-13
    assert found.abs().max() > 1e-5


def test_one_example_seen_in_three_ways_is_right() -> None:
    network, image = in_double(Pooled), random(1, 3, 24, 24)
    windows = Windows((24, 24), 3, 3)
    shifts = torch.linspace(0, 1, 3, dtype=image.dtype)[:, None, None, None]

    def score(examples: Tensor) -> Tensor:
        return network(examples + shifts).mean(0, keepdim=True)

    found = by_parts_alone(score, image, windows, torch.full_like(image, 0.5))
    expected = in_full_alone(score, image, windows, torch.full_like(image, 0.5))
    assert (found - expected).abs().max() < 1e-13


def test_a_branch_that_no_window_changes_is_followed(caplog: pytest.LogCaptureFixture) -> None:
    network = in_double(Pooled)
    with caplog.at_level(logging.DEBUG, "lightwell"):
        occlusion(lambda x: network(x if x.max() <= 1 else x / 255), random(1, 3, 24, 24), target=0, patch=3, stride=3)
    assert BY_PARTS in caplog.text


def test_functions_methods_and_contrasts_go_by_parts(caplog: pytest.LogCaptureFixture) -> None:
    network, image = in_double(Pooled), random(1, 3, 24, 24)
    scores = [network, network.forward, lambda x: network((x - 0.5) / 0.25), contrastive(network)]
    for score in scores:
        caplog.clear()
        with caplog.at_level(logging.DEBUG, "lightwell"):
            found = occlusion(score, image, target=1, patch=3, stride=3)
        assert BY_PARTS in caplog.text
        expected = looped(score, image, Windows((24, 24), 3, 3), torch.full_like(image, 0.5))[1]
        assert (found[0] - expected).abs().max() < 1e-13


def test_a_softmax_head_is_seen_through() -> None:
    network, image = in_double(Pooled), random(1, 3, 24, 24)
    found = occlusion(nn.Sequential(network, nn.Softmax(1)), image, target=1, patch=3, stride=3)
    assert torch.allclose(found, occlusion(network, image, target=1, patch=3, stride=3), rtol=0, atol=1e-14)


def test_a_network_in_training_is_left_as_it_was_and_explained_as_in_testing() -> None:
    network, images = in_double(Pooled), random(2, 3, 24, 24)
    expected = occlusion(network, images, target=1, patch=3, stride=3)
    network.train()
    before = copy.deepcopy(network.state_dict())
    given_images = images.clone()
    assert torch.equal(occlusion(network, images, target=1, patch=3, stride=3), expected)
    assert network.training and network.features.training and torch.equal(images, given_images)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode, torch.enable_grad])
def test_the_map_is_a_plain_tensor_in_any_context(context: Callable) -> None:
    network = Pooled()
    with context():
        found = occlusion(network, torch.rand(1, 3, 24, 24), target=1, patch=3, stride=3)
    assert not found.requires_grad and not found.is_inference() and found.dtype == torch.float32


def test_a_picture_with_not_a_number_in_it_gives_a_map_all_the_same() -> None:
    image = random(1, 3, 24, 24)
    image[0, 0, 3, 3] = torch.nan
    assert occlusion(in_double(Pooled), image, target=1, patch=3, stride=3).shape == (1, 24, 24)


def test_what_does_not_fit_is_named() -> None:
    image = torch.rand(1, 3, 8, 8)
    with pytest.raises(ValueError, match="leave places uncovered"):
        occlusion(Pooled(), image, target=0, patch=3, stride=4)
    with pytest.raises(ValueError, match="does not fit 2 spatial dimensions"):
        occlusion(Pooled(), image, target=0, patch=(3, 3, 3), stride=1)
    with pytest.raises(ValueError, match="does not fit inputs of 3 channels"):
        occlusion(Pooled(), image, target=0, patch=3, stride=3, fill=(0.1, 0.2))
    with pytest.raises(ValueError, match="no fill 'grey'"):
        occlusion(Pooled(), image, target=0, patch=3, stride=3, fill="grey")


def test_random_numbers_on_the_way_are_refused_by_parts() -> None:
    image = random(1, 3, 24, 24)
    noisy = nn.Sequential(in_double(Pooled))
    score = lambda x: noisy(x + torch.rand_like(x))  # noqa: E731
    with pytest.raises(Untraceable, match="random"):
        by_parts_alone(score, image, Windows((24, 24), 3, 3), image)
