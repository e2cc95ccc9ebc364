"""The first layers of a network that listens: frames to steps, by a convolution over time with a stride."""

import torch
from torch import Tensor, nn


class StridedFront(nn.Module):
    """Normalised bands, a convolution over time with a stride, normalisation, ReLU and dropout.

    A step looks at the `kernel_size` frames that end with its own last one, and never ahead. The frames that the next
    steps still look at are given back, so that a stream, cut into chunks of any length, becomes the steps of the whole.

    Args:
        bands: How many bands a frame has.
        channels: How many features a step has.
        kernel_size: How many frames a step looks at.
        stride: How many frames a step is.
        dropout: Of the features.

    Raises:
        ValueError: When the convolution would skip frames.
    """

    def __init__(self, *, bands: int, channels: int, kernel_size: int, stride: int, dropout: float):
        super().__init__()
        if kernel_size < stride:
            raise ValueError(
                f"A kernel of {kernel_size} frames skips some of each stride of {stride}. Take kernel_size={stride}."
            )
        self.stride = stride
        self.remembered = kernel_size - stride  # how many frames before its own a step looks at
        # The convolution can scale the bands itself. Without affine weights nothing below it needs a gradient, which
        # saves a third of its work in training.
        self.normalise = nn.BatchNorm1d(bands, affine=False)
        self.convolution = nn.Conv1d(bands, channels, kernel_size, stride, bias=False)
        self.after = nn.Sequential(nn.BatchNorm1d(channels), nn.ReLU(), nn.Dropout(dropout))

    def beginning(self, batch: int, device: torch.device) -> Tensor:
        """The frames `(batch, bands, remembered)` of a stream of which nothing has been heard: mean ones."""
        mean = self.normalise.running_mean
        assert mean is not None
        return mean.to(device)[None, :, None].expand(batch, -1, self.remembered)

    def forward(self, spectrograms: Tensor, before: Tensor) -> tuple[Tensor, Tensor]:
        """Features `(batch, steps, channels)` of what comes next in a stream, and the frames to go on with.

        Args:
            spectrograms: `(batch, 1, bands, n)`, any number of frames.
            before: `(batch, bands, m)`: what was given back the last time, or `beginning`.
        """
        known = torch.cat([before, spectrograms[:, 0]], dim=2)
        steps = (known.shape[2] - self.remembered) // self.stride
        rest = known[:, :, steps * self.stride :]
        if steps == 0:
            return known.new_empty(len(known), 0, self.convolution.out_channels), rest
        seen = self.normalise(known[:, :, : self.remembered + steps * self.stride])
        return self.after(self.convolution(seen)).transpose(1, 2), rest
