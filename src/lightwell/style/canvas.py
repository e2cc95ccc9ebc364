"""What of an artwork can change, what a network sees of it, and what is saved."""

from dataclasses import replace
from typing import Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from lightwell.chance import generator
from lightwell.style.artwork import Artwork, Style
from lightwell.style.colours import luminance, matched_colours, with_colours_of

KeptColours = Literal["luminance", "histogram"]


class Canvas:
    """An artwork while it is painted.

    Args:
        artwork: What it is to become.
        keep_colours: How the photograph's colours are kept: `luminance` changes its brightness only, `histogram` gives
            the paintings its colours first; None takes the paintings' colours.
    """

    def __init__(self, artwork: Artwork, keep_colours: KeptColours | None):
        self.artwork = artwork
        self.only_brightness = keep_colours == "luminance"
        self.styles = artwork.styles
        if keep_colours == "histogram":
            self.styles = tuple(
                replace(style, picture=matched_colours(style.picture, artwork.content)) for style in artwork.styles
            )

    def values(self, picture: Tensor) -> Tensor:
        """What can change of a picture `(3, height, width)`: all of it, or its brightness `(1, height, width)`."""
        return luminance(picture) if self.only_brightness else picture

    def seen(self, values: Tensor, halvings: int = 0) -> Tensor:
        """What the network sees of it, `(3, height, width)`, or that halved so many times."""
        return functional.avg_pool2d(values.expand(3, -1, -1), 2**halvings)

    def targets(self, halvings: int, device: torch.device) -> tuple[Tensor, list[Style]]:
        """The photograph and the paintings as the network sees them."""

        def shown(picture: Tensor) -> Tensor:
            return self.seen(self.values(picture), halvings).to(device)

        masks = [None if style.mask is None else self.seen(style.mask, halvings)[0].to(device) for style in self.styles]
        styles = [
            replace(style, picture=shown(style.picture), mask=mask)
            for style, mask in zip(self.styles, masks, strict=True)
        ]
        return shown(self.artwork.content), styles

    def saved(self, values: Tensor) -> np.ndarray:
        """The picture as a file holds it, `(height, width, 3)` uint8."""
        values = values.detach().cpu()
        picture = with_colours_of(values, self.artwork.content) if self.only_brightness else values
        return as_bytes(picture)

    def read(self, picture: np.ndarray) -> Tensor:
        """What the network sees of a file's picture."""
        return self.seen(self.values(torch.tensor(picture).permute(2, 0, 1) / 255))

    def painting(self) -> Tensor:
        """The weightiest of the paintings, as large as the photograph."""
        weightiest = max(self.styles, key=lambda style: style.weight)
        size = self.artwork.content.shape[-2:]
        return functional.interpolate(weightiest.picture[None], size, mode="bilinear", antialias=True)[0].clamp(0, 1)

    def noise(self, seed: int, number: int) -> Tensor:
        """Values that show nothing, to start from."""
        shape = self.values(self.artwork.content).shape
        return torch.from_numpy(generator(seed, "noise", number).uniform(0.3, 0.7, shape).astype(np.float32))


def as_bytes(picture: Tensor) -> np.ndarray:
    """A picture `(3, height, width)` in [0, 1] as a file holds it, `(height, width, 3)` uint8."""
    return (picture.detach().cpu().clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0).contiguous().numpy()
