"""Receptive fields: against arithmetic, and against the support of the gradient."""

import copy
from dataclasses import dataclass
from itertools import product

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from lightwell.explain.receptive_field import receptive_field, receptive_fields
from tests.conformance.architectures import architecture
from tests.explain.networks import Pooled


@dataclass(frozen=True)
class Window:
    """One convolution or pooling, each option for rows and columns."""

    kind: str
    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    ceil_mode: bool

    def module(self, channels: int) -> nn.Module:
        if self.kind == "convolution":
            return nn.Conv2d(channels, 2, self.kernel, self.stride, self.padding, self.dilation)
        if self.kind == "maximum":
            return nn.MaxPool2d(self.kernel, self.stride, self.padding, self.dilation, ceil_mode=self.ceil_mode)
        return nn.AvgPool2d(self.kernel, self.stride, self.padding, ceil_mode=self.ceil_mode)

    def seen(self, below: list[set[int]], count: int, dimension: int) -> list[set[int]]:
        """Which input positions each of `count` units sees, if those below see `below`."""
        taps = range(0, self.kernel[dimension] * self.dilation[dimension], self.dilation[dimension])
        firsts = [unit * self.stride[dimension] - self.padding[dimension] for unit in range(count)]
        return [set().union(*(below[first + tap] for tap in taps if 0 <= first + tap < len(below))) for first in firsts]


@st.composite
def windows(draw: st.DrawFn) -> Window:
    kind = draw(st.sampled_from(["convolution", "maximum", "average"]))
    pair = lambda low, high: st.tuples(st.integers(low, high), st.integers(low, high))  # noqa: E731
    kernel = draw(pair(1, 4))
    most = kernel if kind == "convolution" else tuple(length // 2 for length in kernel)
    return Window(
        kind=kind,
        kernel=kernel,
        stride=draw(pair(1, 3)),
        padding=tuple(draw(st.integers(0, length)) for length in most),
        dilation=(1, 1) if kind == "average" else draw(pair(1, 2)),
        ceil_mode=draw(st.booleans()),
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(windows(), min_size=1, max_size=4), st.integers(6, 17), st.integers(6, 17))
def test_any_stack_of_convolutions_and_poolings_is_exact(stack: list[Window], height: int, width: int) -> None:
    channels, modules = 1, []
    for window in stack:
        modules.append(window.module(channels))
        channels = 2 if window.kind == "convolution" else channels
    network = nn.Sequential(*modules)
    sizes, maps = [], torch.zeros(1, 1, height, width)
    for module in modules:
        try:
            maps = module(maps)
        except RuntimeError:  # the picture has become smaller than the window
            assume(False)
        sizes.append(maps.shape[2:])
    field = receptive_field(network, str(len(stack) - 1), (1, height, width))
    seen = [[{position} for position in range(length)] for length in (height, width)]
    for window, size in zip(stack, sizes, strict=True):
        seen = [window.seen(seen[dimension], size[dimension], dimension) for dimension in (0, 1)]
    for place in product(range(sizes[-1][0]), range(sizes[-1][1])):
        rows, columns = seen[0][place[0]], seen[1][place[1]]
        box = field.box(place)
        if rows and columns:
            assert box == (slice(min(rows), max(rows) + 1), slice(min(columns), max(columns) + 1))
        else:  # only padding
            assert box == (slice(0, 0), slice(0, 0))


def support(network: nn.Module, layer: str, inputs: Tensor, place: tuple[int, ...]) -> tuple[slice, ...]:
    """The smallest box round the inputs on which a unit's gradient is not zero, weights and inputs being positive."""
    network = copy.deepcopy(network).double().eval()
    for module in network.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.reset_running_stats()
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            parameter.fill_(0.0 if name.endswith("bias") else 1 / max(1, parameter[0].numel()))
    kept = []
    handle = network.get_submodule(layer).register_forward_hook(lambda module, arguments, output: kept.append(output))
    inputs = inputs.double().requires_grad_()
    network(inputs)
    handle.remove()
    unit = kept[-1][(0, slice(None), *place)].sum()
    reached = torch.autograd.grad(unit, inputs)[0][0].ne(0).any(0).nonzero()
    return tuple(slice(int(first), int(last) + 1) for first, last in zip(reached.amin(0), reached.amax(0), strict=True))


def without_maxima(network: nn.Module) -> nn.Module:
    """The same network with mean pooling, whose gradient reaches all that it sees."""
    network = copy.deepcopy(network)
    for name, module in list(network.named_modules()):
        if isinstance(module, nn.MaxPool2d):
            mean = nn.AvgPool2d(module.kernel_size, module.stride, module.padding, module.ceil_mode)
            parent, _, attribute = name.rpartition(".")
            setattr(network.get_submodule(parent), attribute, mean)
    return network


@pytest.mark.parametrize(
    ("name", "layers"),
    [
        ("convnet", ["features.2", "features.6", "features.14"]),
        ("resnet18", ["relu", "layer1", "layer2", "layer3"]),
        ("googlenet", ["maxpool1", "inception3a", "inception4a"]),
        ("mobilenet_v2", ["features.3", "features.8"]),
    ],
)
def test_the_box_is_the_support_of_the_gradient(name: str, layers: list[str]) -> None:
    network = architecture(name)
    fields = receptive_fields(network, layers, (3, 64, 64))
    positive = without_maxima(network)
    for layer, field in fields.items():
        height, width = field.starts[0].shape
        for place in {(0, 0), (height // 2, width // 3), (height - 1, 0), (height - 1, width - 1)}:
            assert field.box(place) == support(positive, layer, torch.ones(1, 3, 64, 64), place), (layer, place)


def test_the_known_sizes_of_resnet18() -> None:
    fields = receptive_fields(architecture("resnet18"), ["relu", "layer1", "layer2"], (3, 128, 128))
    assert [field.size for field in fields.values()] == [(7, 7), (43, 43), (99, 99)]
    assert [field.stride for field in fields.values()] == [(2, 2), (4, 4), (8, 8)]
    assert [field.offset for field in fields.values()] == [(-3, -3), (-21, -21), (-49, -49)]


def test_a_box_is_cut_off_at_the_border() -> None:
    field = receptive_field(nn.Sequential(nn.Conv2d(1, 1, 5, stride=2, padding=2)), "0", (1, 9, 12))
    assert (field.size, field.stride, field.offset) == ((5, 5), (2, 2), (-2, -2))
    assert field.box((0, 0)) == (slice(0, 3), slice(0, 3))
    assert field.box((2, 1)) == (slice(2, 7), slice(0, 5))
    assert field.box((4, 5)) == (slice(6, 9), slice(8, 12))


def test_a_unit_that_sees_only_padding_has_an_empty_box() -> None:
    field = receptive_field(nn.Sequential(nn.Conv2d(1, 1, 1, padding=1)), "0", (1, 4, 4))
    assert torch.zeros(4, 4)[field.box((0, 0))].numel() == 0
    assert field.box((1, 4)) == (slice(0, 1), slice(3, 4))
    assert (field.size, field.offset) == ((1, 1), (-1, -1))


def test_what_follows_a_global_average_sees_everything() -> None:
    fields = receptive_fields(Pooled(), ["pool.0", "pool", "head"], (3, 6, 9))
    assert fields["pool.0"].box((0, 0)) == (slice(0, 6), slice(0, 9))
    assert fields["pool"].box(()) == fields["head"].box(()) == (slice(0, 6), slice(0, 9))
    assert fields["head"].size == (6, 9)


def test_attention_sees_everything_and_a_recurrent_layer_what_came_before() -> None:
    class Sequence(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.reads = nn.GRU(2, 3, batch_first=True)
            self.turn = nn.Flatten(2)
            self.attends = nn.MultiheadAttention(3, 1, batch_first=True)
            self.out = nn.Flatten(2)

        def forward(self, inputs: Tensor) -> Tensor:
            hidden = self.reads(inputs.transpose(1, 2))[0]
            self.turn(hidden.transpose(1, 2))
            return self.out(self.attends(hidden, hidden, hidden)[0].transpose(1, 2))

    fields = receptive_fields(Sequence(), ["turn", "out"], (2, 7))
    assert [fields["turn"].box((time,)) for time in (0, 4, 6)] == [(slice(0, 1),), (slice(0, 5),), (slice(0, 7),)]
    assert fields["out"].box((2,)) == (slice(0, 7),)


@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_sequences_pictures_and_volumes(dimensions: int) -> None:
    convolution = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[dimensions - 1]
    pooling = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)[dimensions - 1]
    network = nn.Sequential(convolution(2, 3, 3), nn.GELU(), pooling(2), convolution(3, 3, 2))
    field = receptive_field(network, "3", (2, *[11] * dimensions))
    assert field.size == (6,) * dimensions and field.stride == (2,) * dimensions
    assert field.box((1,) * dimensions) == (slice(2, 8),) * dimensions


def test_weights_and_precision_do_not_matter() -> None:
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Conv2d(2, 2, 3)).double()
    expected = receptive_field(network, "2", (1, 8, 8))
    for parameter in network.parameters():
        nn.init.zeros_(parameter)
    field = receptive_field(network, "2", (1, 8, 8))
    assert torch.equal(field.starts[0], expected.starts[0]) and field.size == (5, 5)


def test_the_network_is_left_as_it_was() -> None:
    network = Pooled().train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    with torch.inference_mode():
        receptive_field(network, "features", (3, 8, 8))
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert all(module.training and not module._forward_hooks for module in network.modules())


def test_an_unknown_layer_is_named() -> None:
    with pytest.raises(ValueError, match=r"no layer 'body'.*features"):
        receptive_field(Pooled(), "body", (3, 8, 8))
