"""A causal recurrent network that says at every moment whether a word has just been spoken."""

from typing import Literal, NamedTuple, Self

import torch
from torch import Tensor, nn

from lightwell.models.strided_front import StridedFront


class RecurrentState(NamedTuple):
    """What the network remembers of a stream, of whatever length it was.

    Attributes:
        frames: `(batch, bands, n)`: the frames that the next steps still look at.
        hidden: `(layers, 1, batch, hidden)`: what the recurrent layers remember; of an LSTM `(layers, 2, ...)`, its
            output and its cell.
    """

    frames: Tensor
    hidden: Tensor


class TriggerRNN(nn.Module):
    """A convolution over time with a stride, recurrent layers, and a score for each step.

    Of 100 frames a second, a stride of 4 makes 25 steps. A step looks at the frames up to its own last one and never
    ahead, so that a stream, cut into chunks of any length, gets the scores of the whole.

    Args:
        input_shape: `(1, bands, frames)` of a clip.
        outputs: How many scores a step has.
        cell: Of the recurrent layers. On a CPU an LSTM trains two to three times as fast as a GRU.
        channels: Of the convolution.
        hidden: The size of each recurrent layer.
        layers: How many recurrent layers there are.
        kernel_size: How many frames the convolution looks at.
        stride: How many frames a step is.
        dropout: After the convolution and after each recurrent layer.
        batch_norm: Whether each recurrent layer is normalised; then there is dropout before the scores, too.
    """

    inputs = "sound"

    def __init__(
        self,
        *,
        input_shape: tuple[int, ...],
        outputs: int = 1,
        cell: Literal["gru", "lstm"] = "gru",
        channels: int = 64,
        hidden: int = 64,
        layers: int = 2,
        kernel_size: int = 15,
        stride: int = 4,
        dropout: float = 0.0,
        batch_norm: bool = False,
    ):
        super().__init__()
        self.stride = stride
        self.front = StridedFront(
            bands=input_shape[1], channels=channels, kernel_size=kernel_size, stride=stride, dropout=dropout
        )
        self.states = {"gru": 1, "lstm": 2}[cell]  # an LSTM also remembers its cell
        recurrent = {"gru": nn.GRU, "lstm": nn.LSTM}[cell]
        sizes = [channels] + [hidden] * (layers - 1)
        self.recurrent = nn.ModuleList(recurrent(size, hidden) for size in sizes)
        self.after = nn.ModuleList(_after_a_layer(hidden, dropout, batch_norm) for _ in sizes)
        self.dropout = nn.Dropout(dropout if batch_norm else 0.0)
        self.head = nn.Linear(hidden, outputs)

    def forward(self, spectrograms: Tensor) -> Tensor:
        """Scores `(batch, steps, outputs)` of clips `(batch, 1, bands, frames)`, a step for each whole stride."""
        scores, _ = self.listen(spectrograms, self.beginning(len(spectrograms), spectrograms.device))
        return scores

    def beginning(self, batch: int, device: torch.device) -> RecurrentState:
        """Of a stream of which nothing has been heard: the mean frame stands for what came before."""
        frames = self.front.beginning(batch, device)
        hidden = frames.new_zeros(len(self.recurrent), self.states, batch, self.head.in_features)
        return RecurrentState(frames, hidden)

    def listen(self, spectrograms: Tensor, state: RecurrentState) -> tuple[Tensor, RecurrentState]:
        """Scores `(batch, steps, outputs)` of what comes next in a stream, and what to go on with.

        Args:
            spectrograms: `(batch, 1, bands, n)`, any number of frames.
            state: What was given back the last time, or `beginning`.
        """
        features, frames = self.front(spectrograms, state.frames)
        batch, steps, _ = features.shape
        if steps == 0:
            return features.new_empty(batch, 0, self.head.out_features), RecurrentState(frames, state.hidden)
        features = features.transpose(0, 1)  # recurrent layers are fastest with the steps first
        hidden = []
        for layer, after, start in zip(self.recurrent, self.after, state.hidden, strict=True):
            features, end = layer(features, start if self.states == 1 else tuple(start.split(1)))
            features = after(features.flatten(0, 1)).unflatten(0, (steps, batch))
            hidden.append(end if self.states == 1 else torch.cat(end))
        return self.head(self.dropout(features)).transpose(0, 1), RecurrentState(frames, torch.stack(hidden))

    def train(self, mode: bool = True) -> Self:
        """Sets the mode, save of the recurrent layers.

        Both modes are the same to them, except that cuDNN gives gradients, as explanations need, in this one alone.
        """
        super().train(mode)
        self.recurrent.train()
        return self


def _after_a_layer(hidden: int, dropout: float, batch_norm: bool) -> nn.Module:
    """For features `(steps times batch, hidden)`."""
    return nn.Sequential(nn.Dropout(dropout), nn.BatchNorm1d(hidden)) if batch_norm else nn.Dropout(dropout)
