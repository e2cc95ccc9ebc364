"""Photographs to paint, and paintings to paint them like."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as lightning
import torch
from PIL import Image
from torch import Tensor

from lightwell.config.mistakes import ConfigMistakes, Mistake
from lightwell.data.decode import SUFFIXES, UnreadablePicture, as_channels_first, decode_sized
from lightwell.data.drawn_painting import PAINTINGS, drawn_painting
from lightwell.data.steps import Steps
from lightwell.style.artwork import Artwork, Style

PHOTOGRAPHS = ("china", "flower")  # that come with scikit-learn


class ContentAndStyle(lightning.LightningDataModule):
    """Every photograph with every style: an artwork each.

    Args:
        contents: Photographs: files, folders of them, or `china` and `flower`, which come with scikit-learn.
        styles: Paintings: files, or the names of those that are drawn: `swirls`, `mosaic`, `woodcut`. An entry may
            mix several, as `{swirls: 0.7, mosaic: 0.3}` does.
        masks: For some of the styles, where in the artwork they go: a picture each that is white there, in the
            artwork's proportions. A style without a mask goes everywhere.
        size: The longest side of the artworks, in pixels.
        style_scale: The longest side of the paintings, as a factor on `size`: larger strokes when larger.
        steps: Optimizer steps in an epoch.
    """

    gives = "content and style"
    label_outputs = ("picture",)

    def __init__(
        self,
        *,
        contents: list[str],
        styles: list[str | dict[str, float]],
        masks: dict[str, str] | None = None,
        size: int = 384,
        style_scale: float = 1.0,
        steps: int = 20,
    ):
        super().__init__()
        self.contents = contents
        self.styles = [style if isinstance(style, Mapping) else {style: 1.0} for style in styles]
        self.masks = masks or {}
        self.size = size
        self.style_scale = style_scale
        self.steps = steps
        self.artworks: list[Artwork] = []
        unused = set(self.masks).difference(*self.styles)
        if unused or not (contents and styles):
            problem = f"{min(unused)} has a mask and is none of the styles." if unused else "There is nothing to paint."
            raise ValueError(f"{problem} Give data.contents, data.styles, and masks for some of these.")
        for mix in self.styles:
            if min(mix.values()) < 0 or not sum(mix.values()) > 0:
                raise ValueError(f"{mix} mixes nothing. Give each style a weight of at least 0, and one a larger.")

    def load(self) -> None:
        """Read or draw all pictures; safe in several processes at once.

        Raises:
            ConfigMistakes: When a picture cannot be read, or there is none.
        """
        if self.artworks:
            return
        paintings = {name: self._painting(name) for mix in self.styles for name in mix}
        for photograph, content in self._photographs():
            masks = {name: self._mask(file, content) for name, file in self.masks.items()}
            for mix in self.styles:
                styles = tuple(
                    Style(_short(name), paintings[name], weight, masks.get(name)) for name, weight in mix.items()
                )
                name = f"{_short(photograph)} in {' and '.join(style.name for style in styles)}"
                self.artworks.append(Artwork(name, content, styles))
        if not self.artworks:
            problem = f"There are no pictures in {', '.join(self.contents)}."
            raise ConfigMistakes([Mistake("data.contents", None, problem, "Give files, or folders with some.")])

    def setup(self, stage: str) -> None:
        """Read the pictures; Lightning calls it in each process."""
        self.load()

    def fingerprint(self) -> dict[str, Any]:
        """What the pictures were, for the run's provenance."""
        checksum = hashlib.sha256()
        for artwork in self.artworks:
            parts = [artwork.content, *(part for style in artwork.styles for part in (style.picture, style.mask))]
            for part in parts:
                checksum.update(b"" if part is None else part.numpy().tobytes())
        shapes = [list(artwork.content.shape[-2:]) for artwork in self.artworks]
        names = [artwork.name for artwork in self.artworks]
        return {"fingerprint": checksum.hexdigest()[:16], "artworks": names, "sizes": shapes}

    def train_dataloader(self) -> Steps:
        """The steps of an epoch."""
        return Steps(self.steps)

    def val_dataloader(self) -> Steps:
        """One look at the pictures."""
        return Steps(1)

    def test_dataloader(self) -> Steps:
        """One look at the pictures."""
        return Steps(1)

    def _photographs(self) -> Iterator[tuple[str, Tensor]]:
        for name in self.contents:
            folder = Path(name).expanduser()
            if name in PHOTOGRAPHS:
                yield name, _tensor(_from_scikit_learn(name, self.size))
            elif folder.is_dir():
                for file in sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES):
                    yield file.name, read_picture("data.contents", file, self.size)
            else:
                yield name, read_picture("data.contents", folder, self.size, known=PHOTOGRAPHS)

    def _painting(self, name: str) -> Tensor:
        longest_side = round(self.style_scale * self.size)
        if name in PAINTINGS:
            return _tensor(drawn_painting(name, longest_side=longest_side))
        return read_picture("data.styles", Path(name).expanduser(), longest_side, known=tuple(PAINTINGS))

    def _mask(self, name: str, content: Tensor) -> Tensor:
        mask = read_picture("data.masks", Path(name).expanduser(), self.size).mean(0, keepdim=True)
        fitted = torch.nn.functional.interpolate(mask[None], size=content.shape[-2:], mode="area")[0, 0]
        if not fitted.max() > 0.01:
            problem = f"{name} is black, and a mask is white where its style goes."
            raise ConfigMistakes([Mistake("data.masks", name, problem, "Give one with something white in it.")])
        return fitted


def read_picture(key: str, file: Path, longest_side: int, *, known: tuple[str, ...] = ()) -> Tensor:
    """A picture file as `(3, height, width)` in [0, 1], made larger or smaller to that longest side.

    Raises:
        ConfigMistakes: When it cannot be read; `key` names it, and `known` is what could stand there instead.
    """
    names = f", or one of {', '.join(known)}" if known else ""
    if not file.is_file():
        raise ConfigMistakes([Mistake(key, str(file), f"There is no file {file}.", f"Give a picture's{names}.")])
    try:
        return _tensor(decode_sized(file, longest_side=longest_side))
    except UnreadablePicture as error:
        raise ConfigMistakes([Mistake(key, str(file), f"{error}.", f"Give another file{names}.")]) from error


def _from_scikit_learn(name: str, longest_side: int) -> np.ndarray:
    from sklearn.datasets import load_sample_image

    picture = Image.fromarray(load_sample_image(f"{name}.jpg"))
    factor = longest_side / max(picture.size)
    size = (round(factor * picture.width), round(factor * picture.height))
    return np.asarray(picture.resize(size, Image.Resampling.LANCZOS))


def _tensor(picture: np.ndarray) -> Tensor:
    return torch.from_numpy(as_channels_first(picture)).to(torch.float32) / 255


def _short(name: str) -> str:
    """A picture's name without its folders and its ending."""
    return Path(name).stem
