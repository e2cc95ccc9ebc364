"""Score functions, the scores asked about, and looking at a network without disturbing it."""

import functools
import inspect
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

Score = Callable[[Tensor], Tensor]
Target = int | Tensor | Literal["all"]

# What turns scores into probabilities, as a module, a function or a method.
HEADS = {
    *(torch.softmax, torch.log_softmax, torch.sigmoid, Tensor.softmax, Tensor.log_softmax, Tensor.sigmoid),
    *(F.softmax, F.log_softmax, F.sigmoid, F.logsigmoid, torch.special.softmax, torch.special.expit),
}


def select(scores: Tensor, target: Target) -> Tensor:
    """The scores asked about in each example.

    Args:
        scores: `(batch, K)`.
        target: One class for all examples; `(batch,)`, one an example; `(batch, C)`, several an example; or "all".
            A tensor with one row speaks for every example.

    Returns:
        `(batch,)` for one class an example; `(batch, C)` for several, with C = K for "all".

    Raises:
        ValueError: When the target is of another shape, or another word.
    """
    if isinstance(target, str):
        if target != "all":
            raise ValueError(f'The target {target!r} is no class. Take an index, a tensor of indices or "all".')
        return scores
    if not isinstance(target, Tensor) or target.ndim == 0:
        return scores[:, int(target)]
    # A target made in inference mode could not be saved for the gradient; a copy can.
    target = _fitting(target, len(scores)).to(scores.device, torch.long, copy=True)
    return scores.gather(1, target[:, None]).squeeze(1) if target.ndim == 1 else scores.gather(1, target)


def each_target(target: Target, examples: int) -> list[Target]:
    """The target of each example, for a method that takes one at a time."""
    if not isinstance(target, Tensor) or target.ndim == 0:
        return [target] * examples
    return list(_fitting(target, examples).split(1))


def _fitting(target: Tensor, examples: int) -> Tensor:
    """A target with a row for each example."""
    if target.ndim > 2 or len(target) not in (1, examples):
        raise ValueError(
            f"A target of shape {tuple(target.shape)} does not fit {examples} examples. "
            "Give one index, (batch,) for one an example, or (batch, C) for several."
        )
    return target.expand(examples, *target.shape[1:])


def logits(score: Score, inputs: Tensor) -> Tensor:
    """A score function's `(batch, K)` scores; where it ends in softmax or sigmoid, what goes into that.

    A probability near 0 or 1 hardly moves whatever the input does, and falls when another class rises; the score
    behind it says what speaks for its own class. Where the scores look like probabilities and what they were made
    of cannot be seen, a warning says so.

    Raises:
        ValueError: When the scores are not `(batch, K)`.
    """
    with _Heads() as heads:
        scores = score(inputs)
    if not isinstance(scores, Tensor) or scores.ndim != 2:
        given = f"shape {tuple(scores.shape)}" if isinstance(scores, Tensor) else type(scores).__name__
        raise ValueError(
            f"The score function gave {given}, not (batch, K). Give one that picks or reshapes its scores."
        )
    if heads.given is scores:
        return heads.taken
    if _are_probabilities(scores.detach(), heads.given):
        warnings.warn(
            "The scores look like probabilities, whose explanations are faint and mix the classes. "
            "Give a score function that stops before softmax or sigmoid.",
            stacklevel=3,
        )
    return scores


class _Heads(TorchFunctionMode):
    """Notes what the latest softmax or sigmoid took and gave."""

    taken: Tensor
    given: Tensor | None = None

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if func in HEADS:
            self.taken = args[0] if args else (kwargs or {})["input"]
            self.given = result
        return result


def _are_probabilities(scores: Tensor, given: Tensor | None) -> bool:
    """Whether all lie in [0, 1], and add up to 1 in each example or are as many as the latest head gave."""
    if not ((scores >= 0) & (scores <= 1)).all():
        return False
    ones = scores.float().sum(1)
    return (scores.shape[1] > 1 and bool(((ones - 1).abs() < 1e-4).all())) or (
        given is not None and given.numel() == scores.numel()
    )


def contrastive(score: Score) -> Score:
    """Each class's score minus the mean of the others': what would make it this class and not those.

    Takes the place of `score` in any explanation. For two opposite scores it doubles them; a lone score stays.
    """

    def contrasted(inputs: Tensor) -> Tensor:
        scores = logits(score, inputs)
        others = scores.shape[1] - 1
        return scores - (scores.sum(1, keepdim=True) - scores) / others if others else scores

    return contrasted


def networks_of(score: Score) -> list[nn.Module]:
    """The modules behind a score function: itself, the one whose method it is, or those that it refers to.

    What refers to a module is followed through functions, partial functions, objects that are called or whose method
    is, lists, tuples and dicts. A module that a function only finds while it runs stays unknown.
    """
    reached: list[object] = [score]
    known = {id(score)}
    for part in reached:  # which grows on the way
        for further in [] if isinstance(part, nn.Module) else _parts(part):
            if id(further) not in known:
                known.add(id(further))
                reached.append(further)
    return [part for part in reached if isinstance(part, nn.Module)]


def _parts(part: object) -> list[object]:
    """What a part of a score function refers to."""
    if isinstance(part, functools.partial):
        return [part.func, *part.args, *part.keywords.values()]
    if isinstance(part, dict):
        return list(part.values())
    if isinstance(part, list | tuple):
        return list(part)
    if inspect.ismethod(part):
        return [part.__self__, *_attributes(part.__self__)]
    if inspect.isfunction(part):
        if str(part.__module__).startswith("torch") and not part.__closure__:
            return []  # refers to nothing of the user's
        variables = inspect.getclosurevars(part)
        values = [*variables.nonlocals.values(), *variables.globals.values()]
        return [each for value in values for each in (value, *_attributes(value))]
    return _attributes(part) if callable(part) else []


def _attributes(value: object) -> list[object]:
    """Those of an object of the user's, which is not a module of Python's or torch's, a class or a function."""
    if isinstance(value, nn.Module | ModuleType | type) or inspect.isroutine(value):
        return []
    return list(getattr(value, "__dict__", {}).values())


def network_of(score: Score) -> nn.Module:
    """The one module behind a score function.

    Raises:
        TypeError: When there is none to be found, or more than one.
    """
    networks = networks_of(score)
    if len(networks) != 1:
        raise TypeError(f"{score!r} has {len(networks)} modules behind it; give a module or a module's method.")
    return networks[0]


@contextmanager
def undisturbed(score: Score) -> Iterator[None]:
    """Evaluate a network as in testing, gradients on, and leave no trace.

    Each module's training flag is put back, and so is torch's random state; in evaluation mode no buffer changes.
    Gradients work inside Lightning's `no_grad` and `inference_mode` too. Autocast is off: an explanation is a small
    difference of large numbers, which half precision drowns.
    """
    networks = networks_of(score)
    flags = [(module, module.training) for network in networks for module in network.modules()]
    parameters = [parameter for network in networks for parameter in network.parameters()]
    device = parameters[0].device.type if parameters else "cpu"
    devices = {parameter.device for parameter in parameters if parameter.is_cuda}
    with (
        torch.random.fork_rng(devices=list(devices)),
        torch.autocast(device, enabled=False),
        torch.inference_mode(False),
        torch.enable_grad(),
    ):
        try:
            for network in networks:
                network.eval()
            yield
        finally:
            for module, flag in flags:
                module.training = flag
