"""Explanations by covering parts of the input."""

import logging

import numpy as np
import torch
from torch import Tensor

from lightwell.explain.covered import Covered, InFull
from lightwell.explain.fill import Fill, covers
from lightwell.explain.incremental import ByParts, Untraceable
from lightwell.explain.score import Score, Target, each_target, select, undisturbed
from lightwell.explain.windows import Windows

logger = logging.getLogger(__name__)

# A patch on more of the input than this leaves too little to save.
LARGE = 0.2


def occlusion(
    score: Score,
    inputs: Tensor,
    *,
    target: Target,
    patch: int | tuple[int, ...] = 15,
    stride: int | tuple[int, ...] = 8,
    fill: Fill = 0.5,
    seed: int = 0,
) -> Tensor:
    """How far a score falls when a part of the input is covered (Zeiler and Fergus, 2014).

    A patch is slid over the input, over all channels at once. The value of a place is the mean, over the patches that
    cover it, of the score less the score with the patch: positive where the score rests on what was covered, negative
    where that speaks against it. The last patches stick out at the far border and are cut off there, so that every
    place is covered.

    Where possible, only what a patch changes is computed anew (see `lightwell.explain.incremental`), which gives the
    same scores sooner. Whether it was possible, and why not, is logged at level DEBUG.

    Args:
        score: Maps inputs to `(batch, K)` scores, before softmax or sigmoid.
        inputs: `(batch, channels, *spatial)`, with one, two or three spatial dimensions.
        target: The scores asked about: one class, one an example, several an example, or "all". Several take hardly
            longer than one.
        patch: The patch's length, one for all dimensions or one for each.
        stride: From one patch to the next, likewise; at most the patch's length.
        fill: What the patch shows, in the inputs' own units: a number; a colour, one number a channel; "mean", of each
            input and channel; "blur", the input blurred with a standard deviation of a twentieth of each side; or
            "noise", normal, with the mean and deviation of each input and channel.
        seed: Of the noise.

    Returns:
        Signed, `(batch, *spatial)`; for several classes `(batch, C, *spatial)`.

    Raises:
        ValueError: When patch, stride, fill or target do not fit the inputs.
    """
    windows = Windows(inputs.shape[2:], patch, stride)
    maps = []
    with undisturbed(score), torch.no_grad():
        examples = inputs.detach().clone()
        shown = covers(examples, fill, seed=seed)
        targets = each_target(target, len(examples))
        for example, cover, one in zip(examples.split(1), shown.split(1), targets, strict=True):
            maps.append(windows.mean(_falls(score, Covered(example, cover, windows), one)))
        several = isinstance(target, str) or (isinstance(target, Tensor) and target.ndim == 2)
        return torch.stack(maps) if several else torch.cat(maps)


def _falls(score: Score, covered: Covered, target: Target) -> Tensor:
    """The score less the score under each window, `(*grid, classes)`."""
    in_full = InFull(score, covered)
    try:
        if covered.windows.share > LARGE:
            raise Untraceable("the patch is large beside the input")
        clean, scores = _scores(ByParts(score, covered), covered.windows, target)
        _compare(scores, in_full, target)
        logger.debug("Occlusion computes what each patch changes.")
    except Exception as error:  # whatever stands in the way, the full pass is right, or raises the same
        logger.debug("Occlusion computes all of each covered input: %s.", error)
        clean, scores = _scores(in_full, covered.windows, target)
    return clean - scores


def _scores(method: ByParts | InFull, windows: Windows, target: Target) -> tuple[Tensor, Tensor]:
    """The scores of the example as it is `(1, classes)`, and under each window `(*grid, classes)`."""

    def scores_under(starts: np.ndarray) -> Tensor:
        return select(method.scores(starts), target).reshape(len(starts), -1)

    (tile, starts), *others = windows.tiles(method.at_once)
    # The example as it is goes with the first batch, as one under a window beyond its border.
    clean, first = scores_under(np.concatenate([windows.nowhere, starts])).tensor_split([1])
    scores = clean.new_empty(*windows.grid, clean.shape[1])
    scores[tile] = first.view_as(scores[tile])
    for tile, starts in others:
        scores[tile] = scores_under(starts).view_as(scores[tile])
    return clean, scores


def _compare(scores: Tensor, in_full: InFull, target: Target) -> None:
    """Insure against a score function that does what could not be recorded."""
    windows = in_full.covered.windows
    start = np.array([[starts[number] for starts, number in zip(windows.starts, windows.middle, strict=True)]])
    expected = select(in_full.scores(start), target).flatten()
    rounding = 1000 * torch.finfo(expected.dtype).eps * float(expected.abs().max())
    if not torch.allclose(scores[windows.middle], expected, rtol=0, atol=rounding, equal_nan=True):
        raise Untraceable("the scores come out different")
