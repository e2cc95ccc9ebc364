"""What the drawn paintings share: colours along a palette, and smooth noise."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

Palette = Sequence[tuple[int, int, int]]


def gradient(palette: Palette, share: np.ndarray) -> np.ndarray:
    """Colours `(n, 3)` along a palette, from its first at a share of 0 to its last at 1."""
    place = np.clip(share, 0, 1) * (len(palette) - 1)
    steps = np.arange(len(palette))
    return np.stack([np.interp(place, steps, channel) for channel in zip(*palette, strict=True)], axis=1)


def smooth_noise(size: tuple[int, int], bumps: tuple[int, int], chance: np.random.Generator) -> np.ndarray:
    """Noise `(height, width)` of about 1 in size, with so many bumps down and across whatever the size in pixels."""
    lattice = Image.fromarray(chance.normal(0, 1, bumps).astype(np.float32))
    return np.asarray(lattice.resize(size[::-1], Image.Resampling.BICUBIC))
