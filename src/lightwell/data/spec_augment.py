"""SpecAugment (Park et al., 2019): bands and moments of a spectrogram are left out."""

import torch
from torch import Tensor

from lightwell.chance import uniform


class SpecAugment:
    """Sets some bands, and some moments, of each spectrogram to its mean.

    Args:
        masks: How many of each kind.
        bands: How many bands a mask covers at most.
        frames: How many frames a mask covers at most.
    """

    def __init__(self, *, masks: int = 1, bands: int = 6, frames: int = 10):
        self.masks = masks
        self.bands = bands
        self.frames = frames

    def __call__(self, spectrograms: Tensor, indices: Tensor, *, seed: int, epoch: int) -> Tensor:
        """Augment `(batch, channels, bands, frames)`; what each loses follows from seed, epoch and index alone."""
        drawn = uniform(indices.cpu().numpy(), seed, "spec augment", epoch, columns=4 * self.masks)
        numbers = torch.from_numpy(drawn).to(spectrograms.device, torch.float32).view(-1, self.masks, 2, 2)
        hidden = self._hidden(numbers[:, :, 0], spectrograms.shape[2], self.bands)[:, None, :, None]
        hidden = hidden | self._hidden(numbers[:, :, 1], spectrograms.shape[3], self.frames)[:, None, None, :]
        return torch.where(hidden, spectrograms.mean((2, 3), keepdim=True), spectrograms)

    @staticmethod
    def _hidden(numbers: Tensor, length: int, most: int) -> Tensor:
        """`(batch, length)`: what masks drawn by `numbers (batch, masks, 2)` cover."""
        widths = (numbers[:, :, 0] * (most + 1)).floor()
        starts = (numbers[:, :, 1] * (length - widths + 1)).floor()
        places = torch.arange(length, device=numbers.device)
        inside = (places >= starts[:, :, None]) & (places < (starts + widths)[:, :, None])
        return inside.any(1)
