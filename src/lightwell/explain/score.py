"""Score functions, the scores asked about, and looking at a network without disturbing it."""

import functools
import inspect
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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

    Returns:
        `(batch,)` for one class an example; `(batch, C)` for several, with C = K for "all".
    """
    if isinstance(target, str):
        return scores
    if isinstance(target, int):
        return scores[:, target]
    # A target made in inference mode could not be saved for the gradient; a copy can.
    target = target.to(scores.device).clone()
    return scores.gather(1, target[:, None]).squeeze(1) if target.ndim == 1 else scores.gather(1, target)


def logits(score: Score, inputs: Tensor) -> Tensor:
    """A score function's `(batch, K)` scores; where it ends in softmax or sigmoid, what goes into that.

    A probability near 0 or 1 hardly moves whatever the input does, and falls when another class rises; the score
    behind it says what speaks for its own class. Where the scores look like probabilities and what they were made
    of cannot be seen, a warning says so.
    """
    with _Heads() as heads:
        scores = score(inputs)
    if heads.given is scores:
        return heads.taken
    if _are_probabilities(scores.detach()):
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


def _are_probabilities(scores: Tensor) -> bool:
    sums = scores.float().sum(1)
    return scores.shape[1] > 1 and bool(((scores >= 0) & (scores <= 1)).all() and ((sums - 1).abs() < 1e-4).all())


def contrastive(score: Score) -> Score:
    """Each class's score minus the mean of the others': what would make it this class and not those.

    Takes the place of `score` in any explanation. For two opposite scores it doubles them.
    """

    def contrasted(inputs: Tensor) -> Tensor:
        scores = logits(score, inputs)
        others = (scores.sum(1, keepdim=True) - scores) / (scores.shape[1] - 1)
        return scores - others

    return contrasted


def networks_of(score: Score) -> list[nn.Module]:
    """The modules behind a score function: itself, the one whose method it is, or those that it refers to."""
    if isinstance(score, nn.Module):
        return [score]
    found: list[nn.Module] = []
    if isinstance(score, functools.partial):
        parts = [score.func, *score.args, *score.keywords.values()]
    elif inspect.isfunction(score):
        variables = inspect.getclosurevars(score)
        parts = [*variables.nonlocals.values(), *variables.globals.values()]
    else:
        parts = [getattr(score, "__self__", None)]
    for part in parts:
        if isinstance(part, nn.Module | functools.partial) or inspect.ismethod(part):
            found += networks_of(part)
        elif inspect.isfunction(part) and part.__closure__:  # a function without one refers to nothing of its own
            found += networks_of(part)
    return list(dict.fromkeys(found))


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
