"""Data: LightningDataModules, and the sources, drawing, decoding and cache behind them.

Names are loaded when first used, so that drawing and decoding, which need no torch, start fast in worker processes.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lightwell.data.augmentation import Augmentation
    from lightwell.data.content_and_style import ContentAndStyle
    from lightwell.data.digits import Digits
    from lightwell.data.drawn_faces import DrawnFaces
    from lightwell.data.faces import Faces
    from lightwell.data.fetched_faces import LFW, OlivettiFaces
    from lightwell.data.photos import DayNightPhotos, Photos
    from lightwell.data.recordings import Recordings
    from lightwell.data.scenes import Scenes
    from lightwell.data.spec_augment import SpecAugment
    from lightwell.data.speech_commands import SpeechCommands
    from lightwell.data.spoken_words import SpokenWords
    from lightwell.data.torchvision_pictures import CIFAR10, MNIST, FashionMNIST, OxfordPets

_HOMES = {
    "Augmentation": "augmentation",
    "CIFAR10": "torchvision_pictures",
    "ContentAndStyle": "content_and_style",
    "DayNightPhotos": "photos",
    "Digits": "digits",
    "DrawnFaces": "drawn_faces",
    "Faces": "faces",
    "FashionMNIST": "torchvision_pictures",
    "LFW": "fetched_faces",
    "MNIST": "torchvision_pictures",
    "OlivettiFaces": "fetched_faces",
    "OxfordPets": "torchvision_pictures",
    "Photos": "photos",
    "Recordings": "recordings",
    "Scenes": "scenes",
    "SpecAugment": "spec_augment",
    "SpeechCommands": "speech_commands",
    "SpokenWords": "spoken_words",
}

__all__ = [
    "CIFAR10",
    "LFW",
    "MNIST",
    "Augmentation",
    "ContentAndStyle",
    "DayNightPhotos",
    "Digits",
    "DrawnFaces",
    "Faces",
    "FashionMNIST",
    "OlivettiFaces",
    "OxfordPets",
    "Photos",
    "Recordings",
    "Scenes",
    "SpecAugment",
    "SpeechCommands",
    "SpokenWords",
]


def __getattr__(name: str) -> Any:
    """Import a data module when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
