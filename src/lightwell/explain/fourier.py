"""What an ascent moves to make an image: the waves that it consists of, or its pixels one by one."""

import math

import torch
from torch import Tensor


class Waves:
    """An image as waves, so that coarse and fine are raised alike (Olah et al., 2017).

    Adam moves all parameters by the same step, and each octave has more waves than the one below: in two dimensions
    four times as many, so that fine noise outruns everything. Here a wave counts less as its frequency rises, by one
    power of it for each dimension. Each octave then moves the image as far as any other, whatever the image's size.

    Args:
        lengths: Of the image's dimensions, any number of them.
    """

    def __init__(self, lengths: tuple[int, ...]):
        self.lengths = lengths
        self.dimensions = last(len(lengths))
        falling = frequencies(lengths).clamp(min=1 / max(lengths)) ** -len(lengths)
        # White noise becomes values with a standard deviation of about 1.
        self.weights = falling / falling.square().mean().sqrt()

    def parameters(self, noise: Tensor) -> Tensor:
        """White noise `(..., *lengths)` as the waves to begin with."""
        return torch.fft.rfftn(noise, dim=self.dimensions, norm="ortho")

    def values(self, parameters: Tensor) -> Tensor:
        """What the waves add up to, `(..., *lengths)`."""
        weighted = parameters * self.weights.to(parameters)
        return torch.fft.irfftn(weighted, s=self.lengths, dim=self.dimensions, norm="ortho")

    def blurred(self, parameters: Tensor, deviation: float) -> Tensor:
        """The waves of an image blurred by a Gaussian; it wraps round at the border."""
        return parameters * gaussian(self.lengths, deviation).to(parameters)


class Pixels:
    """An image as its pixels, each on its own.

    Args:
        lengths: Of the image's dimensions, any number of them; none too.
    """

    def __init__(self, lengths: tuple[int, ...]):
        self.lengths = lengths

    def parameters(self, noise: Tensor) -> Tensor:
        """White noise `(..., *lengths)` as the pixels to begin with."""
        return noise

    def values(self, parameters: Tensor) -> Tensor:
        """The pixels, `(..., *lengths)`."""
        return parameters

    def blurred(self, parameters: Tensor, deviation: float) -> Tensor:
        """The pixels of an image blurred by a Gaussian; it wraps round at the border."""
        waves = torch.fft.rfftn(parameters, dim=last(len(self.lengths)))
        left = waves * gaussian(self.lengths, deviation).to(waves)
        return torch.fft.irfftn(left, s=self.lengths, dim=last(len(self.lengths)))


def frequencies(lengths: tuple[int, ...]) -> Tensor:
    """How often each wave of a real Fourier transform rises and falls over one pixel."""
    each = [*map(torch.fft.fftfreq, lengths[:-1]), torch.fft.rfftfreq(lengths[-1])]
    return torch.stack(torch.meshgrid(*each, indexing="ij")).square().sum(0).sqrt()


def gaussian(lengths: tuple[int, ...], deviation: float) -> Tensor:
    """What a Gaussian blur leaves of each wave, for a standard deviation in pixels."""
    return torch.exp(-2 * (math.pi * deviation * frequencies(lengths)) ** 2)


def last(dimensions: int) -> tuple[int, ...]:
    """A tensor's last dimensions, counted from its end."""
    return tuple(range(-dimensions, 0))
