"""Dataset search: equal to a full sort of all activations, however the data are cut up."""

import copy
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from lightwell.explain.dataset_search import MARGIN, Search, dataset_search
from lightwell.explain.receptive_field import receptive_field
from lightwell.explain.stages import stages
from lightwell.explain.strongest import Strongest, merge
from tests.conformance.architectures import architecture
from tests.explain.networks import Pooled

LAYERS = ["features.0", "features.6", "features.10"]
COUNT, TOP = 150, 5


def scenes() -> Tensor:
    """Random pictures of which some are twice there, and some empty, as many a photograph's corner is."""
    images = torch.rand(COUNT, 3, 16, 16, generator=torch.Generator().manual_seed(3))
    images[40:60] = images[:20]
    images[90:120] = 0
    return images


def batches(images: Tensor, size: int, order: Tensor | None = None) -> list[tuple[Tensor, Tensor]]:
    order = torch.arange(len(images)) if order is None else order
    return [(images[part], part) for part in order.split(size)]


def sorted_in_full(network: nn.Module, layer: str, images: Tensor, top: int) -> Strongest:
    """Every activation kept and sorted: what the search must give."""
    kept: list[Tensor] = []
    # A copy, for the rectification that follows may write over the maps.
    handle = network.get_submodule(layer).register_forward_hook(lambda module, args, output: kept.append(output + 0))
    with torch.no_grad():
        for image in images:
            network(image[None])
    handle.remove()
    maps = torch.cat(kept).transpose(0, 1)
    values, at = maps.flatten(2).max(2)
    order = values.argsort(dim=1, descending=True, stable=True)[:, :top]
    places = torch.stack(torch.unravel_index(at.gather(1, order), maps.shape[2:]), dim=2)
    return Strongest(values.gather(1, order), order, places)


def assert_same(one: dict[str, Strongest], other: dict[str, Strongest]) -> None:
    assert one.keys() == other.keys()
    for layer in one:
        for name in ("values", "indices", "places"):
            assert torch.equal(getattr(one[layer], name), getattr(other[layer], name)), (layer, name)


@pytest.fixture(scope="module")
def expected() -> dict[str, Strongest]:
    return {layer: sorted_in_full(architecture("convnet"), layer, scenes(), TOP) for layer in LAYERS}


@pytest.mark.parametrize("size", [1, 7, 64, COUNT])
def test_it_equals_a_full_sort_whatever_the_batch_size(size: int, expected: dict[str, Strongest]) -> None:
    found = dataset_search(architecture("convnet"), batches(scenes(), size), layers=LAYERS, top=TOP)
    assert_same(found, expected)


@pytest.mark.parametrize("seed", [0, 1])
def test_it_equals_a_full_sort_whatever_the_order(seed: int, expected: dict[str, Strongest]) -> None:
    order = torch.randperm(COUNT, generator=torch.Generator().manual_seed(seed))
    found = dataset_search(architecture("convnet"), batches(scenes(), 7, order), layers=LAYERS, top=TOP)
    assert_same(found, expected)


def test_parts_of_the_data_merge_into_the_whole_also_where_they_overlap(expected: dict[str, Strongest]) -> None:
    images = scenes()
    halves = [torch.arange(0, 80), torch.arange(70, COUNT)]
    one, other = (
        dataset_search(architecture("convnet"), batches(images, 32, half), layers=LAYERS, top=TOP) for half in halves
    )
    assert_same(merge(one, other), expected)
    assert_same(merge(other, one), expected)


@pytest.mark.parametrize("name", ["resnet18", "densenet121", "googlenet"])
def test_branches_and_modules_changed_in_place(name: str) -> None:
    network = architecture(name)
    images = torch.rand(12, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    layers = stages(network, images[:1])[:3]
    found = dataset_search(network, batches(images, 5), top=3)
    assert set(layers) <= set(found)
    assert_same(
        {layer: found[layer] for layer in layers},
        {layer: sorted_in_full(network, layer, images, 3) for layer in layers},
    )


@settings(max_examples=40, deadline=None)
@given(
    values=st.lists(st.integers(-2, 2), min_size=1, max_size=30),
    size=st.integers(1, 7),
    seed=st.integers(0, 99),
    top=st.integers(1, 6),
)
def test_equal_values_go_to_the_smaller_index(values: list[int], size: int, seed: int, top: int) -> None:
    images = torch.tensor(values, dtype=torch.float32)[:, None, None].expand(-1, 1, 3)
    order = torch.randperm(len(values), generator=torch.Generator().manual_seed(seed))
    found = dataset_search(nn.Sequential(nn.Identity()), batches(images, size, order), layers=["0"], top=top)["0"]
    expected = sorted(range(len(values)), key=lambda index: (-values[index], index))[:top]
    absent = top - len(expected)
    assert found.indices[0].tolist() == expected + [-1] * absent
    assert found.values[0].tolist() == [values[index] for index in expected] + [-float("inf")] * absent
    assert found.places[0, :, 0].tolist() == [0] * len(expected) + [-1] * absent


def test_an_example_seen_twice_counts_once() -> None:
    images = scenes()[:6]
    once = dataset_search(architecture("convnet"), batches(images, 4), layers=LAYERS, top=TOP)
    twice = dataset_search(architecture("convnet"), batches(images, 4) * 2, layers=LAYERS, top=TOP)
    assert_same(once, twice)


def test_a_constant_map_and_one_that_is_no_number_have_an_answer() -> None:
    images = torch.stack([torch.full((1, 2, 2), value) for value in (1.0, torch.nan, 1.0)])
    found = dataset_search(nn.Sequential(nn.Identity()), batches(images, 2), layers=["0"], top=3)["0"]
    assert found.indices.tolist() == [[0, 2, -1]]
    assert found.values.tolist() == [[1, 1, -float("inf")]]
    nothing = dataset_search(nn.Sequential(nn.Identity()), batches(images[1:2], 1), layers=["0"], top=2)["0"]
    assert nothing.indices.tolist() == [[-1, -1]]


def test_chosen_channels_are_those_rows_of_all(expected: dict[str, Strongest]) -> None:
    found = dataset_search(architecture("convnet"), batches(scenes(), 16), layers={LAYERS[1]: [30, 2]}, top=TOP)
    rows = Strongest(*(value[[30, 2]] for value in vars(expected[LAYERS[1]]).values()))
    assert_same(found, {LAYERS[1]: rows})


@pytest.mark.parametrize("shape", [(2, 40), (1, 12, 20), (1, 6, 8, 10)])
def test_what_is_found_lies_in_the_box_that_excites(shape: tuple[int, ...]) -> None:
    """Sequences, spectrograms and volumes: cut out, the box alone excites the map as much."""
    dimensions = len(shape) - 1
    convolution = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[dimensions - 1]
    pooling = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)[dimensions - 1]
    torch.manual_seed(0)
    network = nn.Sequential(convolution(shape[0], 4, 3), nn.ReLU(), pooling(2), convolution(4, 3, 2)).double()
    signals = torch.randn(20, *shape, dtype=torch.float64)
    found = dataset_search(network, batches(signals, 6), layers=["3"], top=2)["3"]
    field = receptive_field(network, "3", shape)
    assert found.values.dtype == torch.float64
    for feature_map in range(3):
        for rank in range(2):
            box = field.box(found.places[feature_map, rank].tolist())
            crop = signals[(int(found.indices[feature_map, rank]), slice(None), *box)]
            assert network(crop[None])[0, feature_map].item() == pytest.approx(float(found.values[feature_map, rank]))


def test_the_layers_chosen_are_the_last_before_each_change_of_resolution() -> None:
    picture = torch.rand(1, 3, 64, 64)
    assert stages(architecture("convnet"), picture) == ["features.2", "features.6", "features.10", "features.14"]
    assert stages(architecture("resnet18"), picture) == ["relu", "layer1.1", "layer2.1", "layer3.1", "layer4.1"]
    assert stages(architecture("vgg11_bn"), picture)[-1] == "features.27"
    with pytest.raises(ValueError, match="no layer with feature maps"):
        stages(nn.Sequential(nn.Flatten(), nn.Linear(48, 2)), torch.rand(1, 3, 4, 4))


def test_memory_is_that_of_the_candidates_however_many_examples() -> None:
    network = Pooled().eval()
    search = Search(network, ["features.0"], top=2)
    kept = []
    with search.watching(), torch.no_grad():
        for number in range(100):
            network(torch.rand(8, 3, 6, 6, generator=torch.Generator().manual_seed(number)))
            search.update(torch.arange(8) + 8 * number)
            kept.append(len(search.finalists))
    assert max(kept) <= 5 * (2 + MARGIN)  # five feature maps


@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode, torch.enable_grad])
def test_nothing_is_left_behind(context: Callable) -> None:
    network = Pooled().train()
    before = copy.deepcopy(network.state_dict())
    state = torch.random.get_rng_state()
    with context():
        images = torch.rand(5, 3, 8, 8, generator=torch.Generator().manual_seed(0))
        found = dataset_search(network, batches(images, 2), layers=["features.0"], top=2)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert all(module.training and not module._forward_hooks for module in network.modules())
    assert torch.equal(state, torch.random.get_rng_state())
    assert not found["features.0"].values.requires_grad
    with pytest.raises(RuntimeError):
        dataset_search(network, batches(images[:, :2], 2), layers=["features.0"])
    assert all(module.training and not module._forward_hooks for module in network.modules())


def test_of_a_layer_that_runs_twice_the_last_time_counts() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second, self.rectify = nn.Conv2d(3, 2, 3), nn.Conv2d(2, 4, 3), nn.ReLU()

        def forward(self, images: Tensor) -> Tensor:
            return self.rectify(self.second(self.rectify(self.first(images))))

    torch.manual_seed(0)
    network = Twice()
    found = dataset_search(network, batches(scenes()[:20], 8), layers=["rectify"], top=3)["rectify"]
    with torch.no_grad():
        maxima = torch.cat([network(image[None]) for image in scenes()[:20]]).amax((2, 3)).T
    assert torch.equal(found.values, maxima.topk(3).values)


def test_a_layer_that_never_runs_is_named() -> None:
    network = Pooled()
    network.extra = nn.Conv2d(3, 2, 1)
    with pytest.raises(ValueError, match="'extra' gives no tensor, or never runs"):
        dataset_search(network, batches(scenes()[:4], 2), layers=["features", "extra"])


def test_what_can_be_read_only_once_is_refused() -> None:
    with pytest.raises(TypeError, match="Give a list or a loader"):
        dataset_search(Pooled(), iter(batches(scenes(), 8)))
