"""How maps lie on the evidence, where that is known: a mask of where the class shows."""

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor
from torch.nn import functional as F


def mass_inside(maps: Tensor, evidence: Tensor) -> Tensor:
    """The share of each map's positive mass that lies on the evidence, `(batch,)`; NaN where there is none.

    Args:
        maps: `(batch, h, w)`; negative values do not speak for the class and are left out.
        evidence: `(batch, height, width)` bool, which is taken to the map's resolution.
    """
    positive = maps.clamp_min(0)
    return (positive * at_resolution_of(maps, evidence)).sum((1, 2)) / positive.sum((1, 2))


def pointing_game(maps: Tensor, evidence: Tensor, *, tolerance: float = 0) -> Tensor:
    """Whether each map points to the evidence (Zhang et al., 2018).

    A map points to the middle of its largest cell, as it would if it were enlarged to the picture. So maps of all
    resolutions play by the same rules, and a coarse one gains nothing from evidence elsewhere in its cell.

    Args:
        maps: `(batch, h, w)`, at any resolution.
        evidence: `(batch, height, width)` bool, at the picture's resolution.
        tolerance: How far from the evidence still counts, in pixels of the picture; the paper allows 15 at about 300.

    Returns:
        `(batch,)`: 1 for a hit and 0 for a miss; where several cells are equally large, the share of them that hits.
        NaN where a map points nowhere - it is constant, has no positive value or holds a NaN - and where there is no
        evidence.
    """
    near = [ndimage.distance_transform_edt(~mask) <= tolerance for mask in evidence.cpu().numpy()]
    hits = torch.from_numpy(np.array(near, dtype=bool).reshape(evidence.shape)).to(maps.device)
    rows, columns = (_middles(cells, pixels) for cells, pixels in zip(maps.shape[1:], evidence.shape[1:], strict=True))
    largest = maps.amax((1, 2), keepdim=True)
    pointed = maps == largest
    share = (pointed & hits[:, rows[:, None], columns]).sum((1, 2)) / pointed.sum((1, 2))
    nowhere = (largest <= maps.amin((1, 2), keepdim=True).clamp_min(0)).flatten()
    return share.masked_fill(nowhere | ~evidence.flatten(1).any(1), torch.nan)


def _middles(cells: int, pixels: int) -> Tensor:
    """Along one side, the pixel in the middle of each cell."""
    return (2 * torch.arange(cells) + 1) * pixels // (2 * cells)


def intersection_over_union(masks: Tensor, evidence: Tensor) -> Tensor:
    """The pixels in both masks over those in either, `(batch,)`; NaN where both are empty.

    Args:
        masks: `(batch, height, width)` bool, for instance from `segmentation`.
        evidence: In the same shape.
    """
    return (masks & evidence).sum((1, 2)) / (masks | evidence).sum((1, 2))


def at_resolution_of(maps: Tensor, evidence: Tensor) -> Tensor:
    """Evidence `(batch, height, width)` on the grid of maps `(batch, h, w)`, bool.

    A coarse map can point to a cell and not within it, so a cell counts as evidence if any of its pixels does.
    """
    return F.adaptive_max_pool2d(evidence[:, None].float(), maps.shape[1:])[:, 0] > 0
