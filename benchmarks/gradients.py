"""Time and memory of SmoothGrad (25 samples) and integrated gradients (50 steps), beside captum's.

One picture of 224 pixels, one thread, one fresh process a cell: the median of CPU seconds over repeats, and the peak
of resident memory over what was held just before. Captum takes all samples in one forward pass unless told
otherwise, so it stands here as it comes and with a few at a time.

    python benchmarks/gradients.py                # the whole table
    python benchmarks/gradients.py --cell "Lightwell" smooth_grad resnet18
"""

import argparse
import json
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torchvision import models

from cells import measured, measured_apart, three_convolutions

CLASS, SAMPLES, STEPS = 3, 25, 50
METHODS = ("smooth_grad", "integrated_gradients")
NETWORKS = ("resnet18", "three_convolutions")
IMPLEMENTATIONS = ("captum", "Lightwell", "captum, 4 at a time", "captum, 5 at a time", "captum, 10 at a time")


def network_named(name: str) -> nn.Module:
    """Random weights: they cost what trained ones do."""
    torch.manual_seed(0)
    if name == "resnet18":
        return models.resnet18(weights=None, num_classes=10).eval()
    return three_convolutions().eval()


def explanation(implementation: str, method: str, network: nn.Module) -> Callable[[Tensor], object]:
    """The call to be timed; its library is imported here, before memory is measured."""
    if implementation == "Lightwell":
        from lightwell.explain.integrated_gradients import integrated_gradients
        from lightwell.explain.smooth_grad import smooth_grad

        if method == "smooth_grad":
            return lambda image: smooth_grad(network, image, target=CLASS, samples=SAMPLES)
        return lambda image: integrated_gradients(network, image, target=CLASS, steps=STEPS)
    from captum.attr import IntegratedGradients, NoiseTunnel, Saliency

    together = int(implementation.split()[1]) if " " in implementation else None
    if method == "smooth_grad":
        tunnel = NoiseTunnel(Saliency(network))
        return lambda image: tunnel.attribute(
            image, target=CLASS, abs=False, nt_samples=SAMPLES, nt_samples_batch_size=together, stdevs=0.15
        )
    integrated = IntegratedGradients(network)
    return lambda image: integrated.attribute(image, target=CLASS, n_steps=STEPS, internal_batch_size=together)


def measure(implementation: str, method: str, network: str, size: int, repeats: int) -> dict[str, float]:
    """One cell."""
    image = torch.rand(1, 3, size, size, generator=torch.Generator().manual_seed(0))
    explain = explanation(implementation, method, network_named(network))
    return measured(lambda: explain(image), repeats=repeats, warm_up=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cell", nargs=3, metavar=("IMPLEMENTATION", "METHOD", "NETWORK"))
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    if options.cell:
        print(json.dumps(measure(*options.cell, options.size, options.repeats)))
        return
    numbers = ["--size", str(options.size), "--repeats", str(options.repeats)]
    for method in METHODS:
        for network in NETWORKS:
            print(f"{method}, {network}, {options.size} pixels")
            default = None
            for implementation in IMPLEMENTATIONS:
                cell = measured_apart(__file__, [implementation, method, network, *numbers])
                default = default or cell
                time_share, memory_share = (cell[key] / default[key] for key in ("seconds", "MiB"))
                print(
                    f"  {implementation:22} {cell['seconds']:6.2f} s ({time_share:4.2f})"
                    f"  {cell['MiB']:6.0f} MiB ({memory_share:4.2f})"
                )
    print("In brackets: as a share of captum's default. Aim: at most 1.0 of its time and 0.5 of its memory.")


if __name__ == "__main__":
    main()
