"""Class images: what a network would most like to see of each class."""

import math
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from lightwell.chance import generator, torch_seed
from lightwell.explain.fourier import Pixels, Waves, last
from lightwell.explain.score import Score, logits, networks_of, undisturbed

PARAMETRISATIONS: dict[str, type[Waves] | type[Pixels]] = {"fourier": Waves, "pixels": Pixels}
CLASSES_AT_ONCE = 16  # which bounds the memory
FIRST_NOISE = 0.01  # standard deviation; between 0 and 1 a quarter of it
EDGE = 0.02  # how near to a bound an image may start, as a share: at the bound itself it could not move
BLUR_EVERY = 4  # steps


def class_image(
    score: Score,
    input_shape: tuple[int, ...],
    *,
    target: int | Tensor | Literal["all"],
    start: float | Tensor | None = None,
    steps: int = 128,
    learning_rate: float = 0.07,
    others: float = 1.0,
    l2: float = 0.0,
    total_variation: float = 0.0,
    jitter: float = 1 / 16,
    blur: float = 0.0,
    parametrisation: Literal["fourier", "pixels"] = "fourier",
    bounds: tuple[float, float] | None = (0.0, 1.0),
    seed: int = 0,
) -> Tensor:
    """The inputs that raise a class's score and hold the others down (Simonyan, Vedaldi and Zisserman, 2014).

    Gradient ascent with Adam, in steps that get smaller, on the class's score before softmax, less `others` times the
    mean of the other scores, less the penalties. It starts with a little noise, without which units that are silent
    there would never wake. A score that does not depend on the input leaves the start; one that is not a number gives
    an image of NaN.

    Args:
        score: Maps inputs to `(batch, K)` scores, before softmax or sigmoid.
        input_shape: `(channels, ...)`: any number of spatial dimensions, of any length.
        target: One class; `(classes,)`, several; or "all".
        start: Values that fit `input_shape`, best the mean of the training examples, such as `(channels, 1, 1)`: far
            from all that it knows, a network leads nowhere. None is grey: the middle between the bounds, else 0.
        steps: More give stronger contrasts, and scores far above those of any real input.
        learning_rate: Of the first step.
        others: Weight of the mean of the other scores.
        l2: Weight of the sum of the squared distances from the start.
        total_variation: Weight of the sum of the sizes of the differences between neighbours (Mahendran and Vedaldi,
            2015).
        jitter: Each step shows the image shifted along each dimension by at most this share of its length, rounded up
            to whole pixels; what comes in at the border repeats it.
        blur: Standard deviation in pixels of a Gaussian blur before every fourth step (Yosinski et al., 2015). Little
            is much: try 0.3.
        parametrisation: What is moved: "fourier", the waves that the image consists of, coarse and fine alike; or
            "pixels", each on its own, which finds the fine noise that no real input has.
        bounds: Between which values lie, by a sigmoid; None for any values.
        seed: Of the noise, which is each class's own, and of the shifts, which all share. The same call gives the same
            images, bit for bit. An image depends on the other classes asked about by rounding alone; but the ascent
            makes that grow, so that among others some details come out differently.

    Returns:
        `(classes, *input_shape)`.

    Raises:
        ValueError: When there is no such class or parametrisation, or waves are asked for where there is no extent.
    """
    moved = _parametrisation(parametrisation, tuple(input_shape[1:]))
    dimensions = last(len(moved.lengths))
    images = []
    with undisturbed(score):
        origin = _origin(start, bounds, _like(score)).expand(1, *input_shape)
        first = _between(bounds, origin)
        for classes in _classes(target, logits(score, first.clone()).shape[1]).split(CLASSES_AT_ONCE):
            noise = torch.stack([_noise(origin[0], seed, label) for label in classes.tolist()])
            parameters = moved.parameters(noise).requires_grad_()
            optimizer = torch.optim.Adam([parameters], lr=learning_rate, maximize=True)
            schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, max(1, steps))
            for step, shifts in enumerate(_shifts(moved.lengths, jitter, steps, seed)):
                if blur and step % BLUR_EVERY == 0:
                    parameters.data = moved.blurred(parameters.data, blur)
                image = _between(bounds, origin + moved.values(parameters))
                ahead = _ahead(logits(score, _shifted(image, shifts)), classes, others)
                variation = sum(image.diff(dim=dimension).abs().sum() for dimension in dimensions)
                penalty = l2 * (image - first).square().sum() + total_variation * variation
                # No score depends on another class's image, so the sum has each image's own gradient.
                (parameters.grad,) = torch.autograd.grad(ahead.sum() - penalty, parameters)
                optimizer.step()
                schedule.step()
            images.append(_between(bounds, origin + moved.values(parameters.detach())))
        return torch.cat(images)


def _parametrisation(name: str, lengths: tuple[int, ...]) -> Waves | Pixels:
    if name not in PARAMETRISATIONS:
        raise ValueError(f"There is no parametrisation {name!r}. Take fourier or pixels.")
    if name == "fourier" and not lengths:
        raise ValueError("An input without spatial dimensions has no waves. Take the parametrisation pixels.")
    return PARAMETRISATIONS[name](lengths)


def _like(score: Score) -> Tensor:
    """Something of the type and on the device of the network's weights."""
    weights = (weight.detach() for network in networks_of(score) for weight in network.parameters())
    return next(weights, torch.empty(0))


def _origin(start: float | Tensor | None, bounds: tuple[float, float] | None, like: Tensor) -> Tensor:
    """The values from before the sigmoid, if there is one, of which the start is made."""
    if start is None:
        return like.new_zeros(())
    values = torch.as_tensor(start).detach().to(like, copy=True)
    if bounds is None:
        return values
    return ((values - bounds[0]) / (bounds[1] - bounds[0])).clamp(EDGE, 1 - EDGE).logit()


def _classes(target: int | Tensor | Literal["all"], known: int) -> Tensor:
    """The classes asked about, `(classes,)`."""
    if isinstance(target, str) and target == "all":
        return torch.arange(known)
    classes = [target] if isinstance(target, int) else target.flatten().tolist() if isinstance(target, Tensor) else []
    if not classes or not all(0 <= label < known for label in classes):
        raise ValueError(f'There is no class {target} among {known}. Take indices from 0 to {known - 1}, or "all".')
    return torch.tensor(classes)


def _noise(like: Tensor, seed: int, label: int) -> Tensor:
    """Each class's own, drawn on the CPU in float32 so that devices and precisions agree."""
    source = torch.Generator().manual_seed(torch_seed(seed, "class_image", label))
    return (FIRST_NOISE * torch.randn(like.shape, generator=source, dtype=torch.float32)).to(like)


def _shifts(lengths: tuple[int, ...], share: float, steps: int, seed: int) -> list[list[int]]:
    """How far to shift along each dimension, for each step."""
    most = np.array([math.ceil(share * length) for length in lengths], dtype=np.int64)
    return generator(seed, "class_image").integers(-most, most + 1, size=(steps, len(lengths))).tolist()


def _shifted(images: Tensor, shifts: list[int]) -> Tensor:
    """Images moved along their last dimensions; what comes in at the border repeats it."""
    for dimension, shift in zip(last(len(shifts)), shifts, strict=True):
        length = images.shape[dimension]
        places = (torch.arange(length, device=images.device) + shift).clamp(0, length - 1)
        images = images.index_select(dimension, places)
    return images


def _between(bounds: tuple[float, float] | None, values: Tensor) -> Tensor:
    """Any values as values between the bounds."""
    return values if bounds is None else bounds[0] + (bounds[1] - bounds[0]) * values.sigmoid()


def _ahead(scores: Tensor, classes: Tensor, others: float) -> Tensor:
    """How far each image's class is ahead of the mean of the others."""
    own = scores.gather(1, classes.to(scores.device)[:, None]).squeeze(1)
    rest = (scores.sum(1) - own) / max(1, scores.shape[1] - 1)
    return own - others * rest
