"""A causal network that says at every moment whether a word has just been spoken."""

from typing import NamedTuple

import torch
from torch import Tensor, nn


class StreamState(NamedTuple):
    """What a network remembers of a stream, of whatever length it was.

    Attributes:
        frames: `(batch, bands, n)`: the frames that the next steps still look at.
        hidden: `(layers, batch, hidden)`: what the recurrent layers remember.
    """

    frames: Tensor
    hidden: Tensor


class TriggerGRU(nn.Module):
    """A convolution over time with a stride, recurrent layers, and a score for each step.

    Of 100 frames a second, a stride of 4 makes 25 steps. A step looks at the frames up to its own last one and never
    ahead, so that a stream, cut into chunks of any length, gets the scores of the whole.

    Args:
        input_shape: `(bands, frames)` of a clip.
        outputs: How many scores a step has.
        channels: Of the convolution.
        hidden: The size of each recurrent layer.
        layers: How many recurrent layers there are.
        kernel_size: How many frames the convolution looks at.
        stride: How many frames a step has.
        dropout: Before, between and after the recurrent layers.
    """

    inputs = "sound"

    def __init__(
        self,
        *,
        input_shape: tuple[int, ...],
        outputs: int = 1,
        channels: int = 64,
        hidden: int = 64,
        layers: int = 2,
        kernel_size: int = 15,
        stride: int = 4,
        dropout: float = 0.0,
    ):
        super().__init__()
        self.stride = stride
        self.before = kernel_size - stride  # how many frames before its own a step looks at
        self.normalise = nn.BatchNorm1d(input_shape[0])
        self.convolution = nn.Conv1d(input_shape[0], channels, kernel_size, stride, bias=False)
        self.after = nn.Sequential(nn.BatchNorm1d(channels), nn.ReLU(), nn.Dropout(dropout))
        self.recurrent = nn.GRU(channels, hidden, layers, batch_first=True, dropout=dropout if layers > 1 else 0.0)
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(hidden, outputs))

    def forward(self, frames: Tensor) -> Tensor:
        """Scores `(batch, steps, outputs)` of clips `(batch, bands, frames)`, a step for each whole stride."""
        scores, _ = self.listen(frames, self.beginning(len(frames), frames.device))
        return scores

    def beginning(self, batch: int, device: torch.device) -> StreamState:
        """Of a stream of which nothing has been heard: the mean frame stands for what came before."""
        bands, layers, hidden = self.normalise.num_features, self.recurrent.num_layers, self.recurrent.hidden_size
        mean = self.normalise.running_mean
        assert mean is not None
        frames = mean.to(device)[None, :, None].expand(batch, bands, self.before)
        return StreamState(frames, torch.zeros(layers, batch, hidden, device=device))

    def listen(self, frames: Tensor, state: StreamState) -> tuple[Tensor, StreamState]:
        """Scores `(batch, steps, outputs)` of what comes next in a stream, and what to go on with.

        Args:
            frames: `(batch, bands, n)`, any number of them.
            state: What was given back the last time, or `beginning`.
        """
        known = torch.cat([state.frames, frames], dim=2)
        steps = (known.shape[2] - self.before) // self.stride
        if steps == 0:
            outputs = self.head[-1].out_features
            return frames.new_empty(len(frames), 0, int(outputs)), StreamState(known, state.hidden)  # type: ignore[arg-type]
        seen = known[:, :, : self.before + steps * self.stride]
        features = self.after(self.convolution(self.normalise(seen))).transpose(1, 2)
        remembered, hidden = self.recurrent(features, state.hidden)
        return self.head(remembered), StreamState(known[:, :, steps * self.stride :], hidden)
