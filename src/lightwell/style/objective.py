"""The loss of an artwork and its gradient, whole or in tiles."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from lightwell.losses.style import StyleLoss, Terms, gram_sum, total_variation
from lightwell.style.artwork import Style
from lightwell.style.tiles import Tile, tiles

Sums = dict[tuple[str, int], Tensor]  # of a layer: its content's at -1, and a Gram matrix's for each region


@dataclass(frozen=True)
class Region:
    """A part of the artwork and the style that it is to have.

    Attributes:
        share: How much of the artwork it is.
        grams: The style's Gram matrix of each style layer.
        masks: How much each place of each layer counts, `(height, width)`; None for a region that is everything.
        counts: The sum of these, or the number of places.
    """

    share: float
    grams: dict[str, Tensor]
    masks: dict[str, Tensor] | None
    counts: dict[str, float]


class Objective:
    """What is minimised over the values of a picture; its targets are worked out once.

    In tiles, the loss and its gradient are those of the whole picture, to rounding: Gram matrices are sums over all
    places, so a first look adds them up tile by tile, and a second one takes each tile's gradient of the loss of that
    sum. A tile is looked at with as much around it as its features can see.

    Args:
        network: Features by layer, as `lightwell.models.FeatureNetwork` gives them.
        loss: The weights; its layers are named.
        content: The photograph, `(3, height, width)` in [0, 1].
        styles: What it is to look like, and where.
        tile: The side of the tiles in pixels; None for the whole picture at once.
    """

    def __init__(
        self, network: Any, loss: StyleLoss, content: Tensor, styles: Sequence[Style], *, tile: int | None = None
    ):
        self.network, self.loss = network, loss
        self.content_layers, self.style_layers = tuple(loss.content_layers), tuple(loss.style_layers)
        self.layers = {*self.content_layers, *self.style_layers}
        self.strides = {layer: network.reach([layer])[0] for layer in self.layers}
        self.stride, self.radius = network.reach(self.layers)
        self.tile = tile
        with torch.no_grad():
            self.content, sizes = self._content(content)
            self.regions = [self._region(together, sizes) for together in _by_place(styles)]

    def terms(self, picture: Tensor) -> Terms:
        """The terms of a picture `(3, height, width)` in [0, 1], without a gradient."""
        with torch.no_grad():
            return self._terms(self._added_up(picture), picture)

    def gradient(self, picture: Tensor) -> tuple[Terms, Tensor]:
        """The terms of a picture `(3, height, width)`, and how the loss changes with each of its values."""
        cuts = self.cuts(picture, self.tile)
        picture = picture.detach().requires_grad_()
        if len(cuts) == 1:
            terms = self._terms(self._sums(cuts[0], self._features(picture)), picture)
            (gradient,) = torch.autograd.grad(self.loss(terms), picture)
            return _detached(terms), gradient
        sums = {key: total.requires_grad_() for key, total in self._added_up(picture).items()}
        terms = self._terms(sums, picture)
        gradient, *of_sums = torch.autograd.grad(self.loss(terms), [picture, *sums.values()])
        for cut in cuts:
            part = cut.cut(picture.detach()).requires_grad_()
            parts = self._sums(cut, self._features(part))
            (of_part,) = torch.autograd.grad([parts[key] for key in sums], part, of_sums)
            cut.cut(gradient).add_(of_part)
        return _detached(terms), gradient

    def term_gradients(self, picture: Tensor) -> dict[tuple[str, str | None], Tensor]:
        """How each term's part of the loss changes with each value of a picture, `(3, height, width)` each."""
        picture = picture.detach().requires_grad_()
        (whole,) = self.cuts(picture, None)
        weighted = self.loss.weighted(self._terms(self._sums(whole, self._features(picture)), picture))
        return {key: torch.autograd.grad(term, picture, retain_graph=True)[0] for key, term in weighted.items()}

    def grams(self, picture: Tensor) -> dict[str, Tensor]:
        """The Gram matrices of a picture `(3, height, width)`, of each style layer."""
        total: dict[str, Tensor] = {}
        sizes = dict.fromkeys(self.style_layers, 0)
        for cut in self.cuts(picture, self.tile):
            for layer, features in self.network(cut.cut(picture)[None], self.style_layers).items():
                own = cut.own(features, self.strides[layer])
                total[layer] = total[layer] + gram_sum(own) if layer in total else gram_sum(own)
                sizes[layer] += own.numel()
        return {layer: gram / sizes[layer] for layer, gram in total.items()}

    def cuts(self, picture: Tensor, side: int | None) -> list[Tile]:
        """The tiles of a picture."""
        height, width = picture.shape[-2:]
        return tiles(height, width, side, stride=self.stride, radius=self.radius)

    def _features(self, picture: Tensor) -> dict[str, Tensor]:
        return self.network(picture[None], self.layers)

    def _added_up(self, picture: Tensor) -> Sums:
        """The sums over all tiles."""
        total: Sums = {}
        with torch.no_grad():
            for cut in self.cuts(picture, self.tile):
                for key, part in self._sums(cut, self._features(cut.cut(picture))).items():
                    total[key] = total[key] + part if key in total else part
        return total

    def _sums(self, cut: Tile, features: dict[str, Tensor]) -> Sums:
        """A tile's part of what the terms are made of."""
        sums: Sums = {}
        for layer, seen in features.items():
            own = cut.own(seen, self.strides[layer])
            if layer in self.content:
                target = cut.place(self.content[layer], self.strides[layer])
                sums[layer, -1] = functional.mse_loss(own.float(), target, reduction="sum")
            for number, region in enumerate(self.regions if layer in self.style_layers else ()):
                mask = cut.place(region.masks[layer], self.strides[layer]) if region.masks else None
                sums[layer, number] = gram_sum(own, mask)
        return sums

    def _terms(self, sums: Sums, picture: Tensor) -> Terms:
        content = {layer: sums[layer, -1] / self.content[layer].numel() for layer in self.content_layers}
        style = {layer: torch.stack(self._distances(sums, layer)).sum() for layer in self.style_layers}
        return Terms(content, style, total_variation(picture))

    def _distances(self, sums: Sums, layer: str) -> list[Tensor]:
        """How far each region is from its style, weighted with its share of the picture."""
        found = []
        for number, region in enumerate(self.regions):
            gram = sums[layer, number] / (len(region.grams[layer]) * region.counts[layer])
            found.append(region.share * functional.mse_loss(gram, region.grams[layer]))
        return found

    def _content(self, picture: Tensor) -> tuple[dict[str, Tensor], dict[str, tuple[int, int]]]:
        """The content layers' features of the photograph, and every layer's height and width."""
        rows: dict[str, dict[int, list[Tensor]]] = {layer: {} for layer in self.content_layers}
        heights, widths = dict.fromkeys(self.layers, 0), dict.fromkeys(self.layers, 0)
        for cut in self.cuts(picture, self.tile):
            for layer, features in self._features(cut.cut(picture)).items():
                own = cut.own(features.float(), self.strides[layer])
                heights[layer] += own.shape[-2] if cut.across.first == 0 else 0
                widths[layer] += own.shape[-1] if cut.down.first == 0 else 0
                if layer in rows:
                    rows[layer].setdefault(cut.down.first, []).append(own)
        whole = {layer: torch.cat([torch.cat(row, -1) for row in parts.values()], -2) for layer, parts in rows.items()}
        return whole, {layer: (heights[layer], widths[layer]) for layer in self.layers}

    def _region(self, styles: list[Style], sizes: dict[str, tuple[int, int]]) -> Region:
        """A place's target: the Gram matrices of its styles, mixed by their weights."""
        shares = [style.weight / sum(style.weight for style in styles) for style in styles]
        grams = [self.grams(style.picture) for style in styles]
        mixed = {
            layer: torch.stack([share * gram[layer] for share, gram in zip(shares, grams, strict=True)]).sum(0)
            for layer in self.style_layers
        }
        mask = styles[0].mask
        if mask is None:
            return Region(1.0, mixed, None, {layer: math.prod(sizes[layer]) for layer in self.style_layers})
        masks = {
            layer: functional.interpolate(mask[None, None], size=sizes[layer], mode="area")[0, 0]
            for layer in self.style_layers
        }
        return Region(float(mask.mean()), mixed, masks, {layer: float(each.sum()) for layer, each in masks.items()})


def _by_place(styles: Sequence[Style]) -> list[list[Style]]:
    """Styles that share a mask, or have none, together."""
    places: list[list[Style]] = []
    for style in styles:
        same = next((place for place in places if _same_mask(place[0].mask, style.mask)), None)
        if same is None:
            places.append([style])
        else:
            same.append(style)
    return places


def _same_mask(one: Tensor | None, other: Tensor | None) -> bool:
    return one is other or (one is not None and other is not None and torch.equal(one, other))


def _detached(terms: Terms) -> Terms:
    content, style = ({name: value.detach() for name, value in part.items()} for part in terms[:2])
    return Terms(content, style, terms.total_variation.detach())
