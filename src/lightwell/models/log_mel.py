"""Log-mel features of sound, whole or as it comes."""

import math

import torch
from torch import Tensor, nn

RATE = 16_000
WINDOW, HOP, FFT = 400, 160, 512  # samples: 25 ms every 10 ms
FLOOR = 1e-6  # of a band's energy: below it there is silence
LOWEST, HIGHEST = math.log(FLOOR), 10.2  # the logarithms of that floor and of a tone at full scale


class LogMel(nn.Module):
    """The logarithm of the energy in mel bands, 100 times a second: 0 for silence, 1 for a tone at full scale.

    A frame looks at the 25 ms that end with it, and never ahead, so that a stream cut into chunks of any length gives
    the same frames.

    Args:
        bands: How many mel bands there are, from 60 to 7600 Hz.
    """

    window: Tensor
    filters: Tensor

    def __init__(self, *, bands: int = 40):
        super().__init__()
        from torchaudio.functional import melscale_fbanks  # a second to import, which only sound should pay

        self.bands = bands
        self.register_buffer("window", torch.hann_window(WINDOW), persistent=False)
        filters = melscale_fbanks(FFT // 2 + 1, 60.0, 7600.0, bands, RATE)
        self.register_buffer("filters", filters.flip(1), persistent=False)

    def forward(self, samples: Tensor) -> Tensor:
        """`(batch, samples)` in [-1, 1] to `(batch, 1, bands, frames)`, with a frame for each whole window.

        The highest band comes first, so that a spectrogram is a picture as people draw it.
        """
        if samples.shape[1] < WINDOW:
            return samples.new_empty(len(samples), 1, self.bands, 0)
        at_once = (
            1 if samples.device.type == "cpu" else len(samples)
        )  # a clip fits a processor's cache, a batch does not
        return torch.cat([self._spectrogram(part) for part in samples.split(at_once)])

    def left_over(self, samples: Tensor) -> Tensor:
        """What the next frames need of `(batch, samples)` that have been seen: put it before what comes next."""
        count = max(0, (samples.shape[1] - WINDOW) // HOP + 1)
        return samples[:, count * HOP :]

    def _spectrogram(self, samples: Tensor) -> Tensor:
        frames = samples.unfold(1, WINDOW, HOP) * self.window
        spectrum = torch.fft.rfft(frames, FFT)
        energy = (spectrum * spectrum.conj()).real
        logarithms = (energy @ self.filters).add_(FLOOR).log_()
        return logarithms.sub_(LOWEST).div_(HIGHEST - LOWEST).transpose(1, 2)[:, None]
