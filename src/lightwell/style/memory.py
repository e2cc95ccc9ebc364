"""How much memory a look at a picture takes, before it is taken."""

import logging
from collections.abc import Iterable
from typing import Any

import psutil
import torch
from torch import Tensor

from lightwell.losses.style import StyleLoss

log = logging.getLogger(__name__)
PROBE = 128  # pixels a side
WORKING = 1.6  # times what is kept for the backward pass: gradients and the buffers of convolutions come and go
MOST = 0.6  # of the memory that is free
LARGEST_TILE, SMALLEST_TILE = 1024, 128


def bytes_a_pixel(network: Any, layers: Iterable[str]) -> float:
    """What a forward pass keeps for the backward pass, measured on a small picture."""
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    weights = {parameter.untyped_storage().data_ptr() for parameter in network.parameters()}
    device = next(network.parameters()).device
    picture = torch.full((1, 3, PROBE, PROBE), 0.5, device=device, requires_grad=True)
    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        features = network(picture, layers)
    del features
    return sum(size for storage, size in kept.items() if storage not in weights) / PROBE**2


def look_bytes(network: Any, loss: StyleLoss, height: int, width: int) -> float:
    """What the loss of a picture of this size and its gradient take, beside the network and the picture."""
    layers = {**loss.content_layers, **loss.style_layers}
    return WORKING * bytes_a_pixel(network, layers) * height * width


def free_bytes(device: torch.device) -> int:
    """The memory that is free on a device."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return int(psutil.virtual_memory().available)


def fitting_tile(network: Any, loss: StyleLoss, picture: Tensor) -> int | None:
    """None where a picture `(3, height, width)` can be looked at as a whole; else the side of tiles that fit.

    Raises:
        ValueError: When not even small tiles do.
    """
    height, width = picture.shape[-2:]
    room = MOST * free_bytes(picture.device)
    whole = look_bytes(network, loss, height, width)
    log.info("%d x %d pixels take about %.1f GiB; %.1f are free for it.", width, height, whole / 2**30, room / 2**30)
    if whole <= room:
        return None
    _, radius = network.reach({**loss.content_layers, **loss.style_layers})
    side = LARGEST_TILE
    while look_bytes(network, loss, side + 2 * radius, side + 2 * radius) > room:
        side //= 2
        if side < SMALLEST_TILE:
            raise ValueError("The memory that is free does not even hold a small tile. Close other programs.")
    log.info("It is looked at in tiles of %d pixels.", side)
    return side
