"""Score functions, the scores asked about, and looking at a network without disturbing it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

Score = Callable[[Tensor], Tensor]
Target = int | Tensor


def select(scores: Tensor, target: Target) -> Tensor:
    """The score asked about in each example, `(batch,)`: of one class, or of one class an example."""
    if isinstance(target, int):
        return scores[:, target]
    # A target made in inference mode could not be saved for the gradient; a copy can.
    return scores.gather(1, target.to(scores.device).clone()[:, None]).squeeze(1)


def network_of(score: Score) -> nn.Module:
    """The module behind a score function: itself, or the one whose method it is.

    Raises:
        TypeError: When there is none to be found.
    """
    network = score if isinstance(score, nn.Module) else getattr(score, "__self__", None)
    if not isinstance(network, nn.Module):
        raise TypeError(f"{score!r} is neither a module nor a module's method.")
    return network


@contextmanager
def undisturbed(score: Score) -> Iterator[None]:
    """Evaluate a network as in testing, gradients on, and leave no trace.

    Each module's training flag is put back, and so is torch's random state; in evaluation mode no buffer changes.
    Gradients work inside Lightning's `no_grad` and `inference_mode` too.
    """
    network = network_of(score)
    flags = [(module, module.training) for module in network.modules()]
    devices = {parameter.device for parameter in network.parameters() if parameter.is_cuda}
    with torch.random.fork_rng(devices=list(devices)), torch.inference_mode(False), torch.enable_grad():
        try:
            network.eval()
            yield
        finally:
            for module, flag in flags:
                module.training = flag
