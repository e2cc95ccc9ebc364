"""Random changes of training pictures, a batch at a time on the device."""

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from lightwell.chance import uniform


class Augmentation:
    """Flips, moves and relights pictures, each example by its own draw for the epoch.

    The draw is keyed by (seed, epoch, index), so an example is changed in the same way whichever batch, worker or
    process meets it.

    Args:
        flip: The probability of a mirror image.
        shift: How far a picture may move, as a fraction of its size.
        rotate: How far it may turn, in degrees.
        scale: How much larger or smaller it may get, as a fraction.
        brightness: How much brighter or darker it may get, as a fraction.
        contrast: How much contrast it may win or lose, as a fraction.
    """

    def __init__(
        self,
        *,
        flip: float = 0.0,
        shift: float = 0.0,
        rotate: float = 0.0,
        scale: float = 0.0,
        brightness: float = 0.0,
        contrast: float = 0.0,
    ):
        self.flip = flip
        self.shift = shift
        self.rotate = rotate
        self.scale = scale
        self.brightness = brightness
        self.contrast = contrast

    def __call__(self, images: Tensor, indices: Tensor, *, seed: int, epoch: int) -> Tensor:
        """Change `(batch, channels, height, width)` pictures in [0, 1]."""
        draws = uniform(indices.cpu().numpy(), seed, "augmentation", epoch, columns=7)
        chance = torch.from_numpy(draws.astype(np.float32)).to(images.device)
        swing = chance * 2 - 1
        if self.shift or self.rotate or self.scale:
            images = self._move(images, swing)
        if self.flip:
            images = torch.where((chance[:, 0] < self.flip)[:, None, None, None], images.flip(-1), images)
        if self.brightness or self.contrast:
            images = self._relight(images, swing)
        return images

    def _move(self, images: Tensor, swing: Tensor) -> Tensor:
        angle = swing[:, 1] * math.radians(self.rotate)
        zoom = 1 + swing[:, 2] * self.scale
        cosine, sine = angle.cos() / zoom, angle.sin() / zoom
        # affine_grid's coordinates span 2, so a whole picture's width is 2.
        shift_x, shift_y = 2 * self.shift * swing[:, 3], 2 * self.shift * swing[:, 4]
        affine = torch.stack([torch.stack([cosine, -sine, shift_x], 1), torch.stack([sine, cosine, shift_y], 1)], dim=1)
        grid = F.affine_grid(affine, list(images.shape), align_corners=False)
        return F.grid_sample(images, grid, padding_mode="border", align_corners=False)

    def _relight(self, images: Tensor, swing: Tensor) -> Tensor:
        brightness = (1 + self.brightness * swing[:, 5])[:, None, None, None]
        contrast = (1 + self.contrast * swing[:, 6])[:, None, None, None]
        middle = images.mean((1, 2, 3), keepdim=True)
        return ((images - middle) * contrast + middle * brightness).clamp(0, 1)
