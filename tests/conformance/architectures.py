"""The networks on which results are held against the peers': five of torchvision's, and two of our own."""

import functools

import torch
from torch import Tensor, nn
from torchvision import models

from lightwell.models import ConvNet

TORCHVISION = ("resnet18", "vgg11_bn", "mobilenet_v2", "densenet121", "googlenet")
OWN = ("convnet", "plain_convnet")
ARCHITECTURES = (*TORCHVISION, *OWN)
POOLING = tuple(name for name in ARCHITECTURES if name != "vgg11_bn")  # global average pooling and one linear layer


@functools.cache
def architecture(name: str) -> nn.Module:
    """A network with fixed random weights and settled BatchNorm statistics, in evaluation mode; do not change it."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        if name == "convnet":
            network: nn.Module = ConvNet(input_shape=(3, 64, 64), outputs=10, widths=[16, 32, 64, 64])
        elif name == "plain_convnet":
            network = ConvNet(input_shape=(3, 64, 64), outputs=10, widths=[16, 32, 64], batch_norm=False)
        else:
            options = {"aux_logits": False, "init_weights": False} if name == "googlenet" else {}
            network = models.get_model(name, weights=None, num_classes=10, **options)
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = None  # the mean over all batches seen
        network.train()
        with torch.no_grad():
            network(torch.rand(16, 3, 64, 64))
    return network.eval()


def pictures(count: int = 2, side: int = 64) -> Tensor:
    """Fixed smooth random pictures `(count, 3, side, side)` in [0, 1]."""
    coarse = torch.rand(count, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    return nn.functional.interpolate(coarse, size=(side, side), mode="bilinear", align_corners=False)
