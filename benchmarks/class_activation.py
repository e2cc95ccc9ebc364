"""Time and memory of class activation maps beside a plain forward, and of Grad-CAM and Score-CAM beside the peers'.

One thread, one fresh process a cell: the median of CPU seconds over repeats after one call to warm up, and the peak of
resident memory over what was held just before. The peers are set up once and asked many times, with the layer named;
"layer found" is Lightwell without a name, which runs one example more.

The C library is told to keep what is freed. Left to itself it gives large pieces back to the system, unless something
lies behind them, and fetching them anew takes up to a quarter of a call's time: who holds the last call's activations
until the next, as torchcam does, would look fast for it.

    python benchmarks/class_activation.py                # the whole table: some minutes
    python benchmarks/class_activation.py --cell "Lightwell" grad_cam resnet18 1
"""

import argparse
import json
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torchvision import models

from cells import measured, measured_apart, three_convolutions

CLASS = 3
# Pixels, and the layer: the last feature maps.
NETWORKS = {"resnet18": (224, "layer4"), "three_convolutions": (64, "7")}
METHODS = {
    "class_activation_map": ("forward", "Lightwell, all classes", "Lightwell, one class"),
    "grad_cam": ("torchcam", "Lightwell", "Lightwell, layer found", "grad-cam", "captum"),
    "score_cam": ("torchcam", "Lightwell"),
}
KEEP_MEMORY = dict.fromkeys(("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"), str(2**32))
REPEATS = {"class_activation_map": 21, "grad_cam": 21, "score_cam": 3}
AIMS = (
    "Aims: maps of all classes in at most 1.2 forwards; Grad-CAM in at most torchcam's time, and in at most 0.67 of "
    "grad-cam's."
)


def network_named(name: str) -> nn.Module:
    """Random weights: they cost what trained ones do."""
    torch.manual_seed(0)
    if name == "resnet18":
        return models.resnet18(weights=None, num_classes=1000).eval()
    return three_convolutions().eval()


def explanation(implementation: str, method: str, network: nn.Module, layer: str) -> Callable[[Tensor], object]:
    """The call to be timed; its library is imported here, before memory is measured."""
    if implementation == "forward":
        return torch.no_grad()(network)
    if implementation.startswith("Lightwell"):
        return ours(implementation, method, network, layer)
    if implementation == "captum":
        from captum.attr import LayerGradCam

        peer = LayerGradCam(network, network.get_submodule(layer))
        return lambda images: peer.attribute(images, target=CLASS)
    if implementation == "grad-cam":
        from pytorch_grad_cam import GradCAM
        from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

        enlarged = GradCAM(network, [network.get_submodule(layer)])
        return lambda images: enlarged(images, targets=[ClassifierOutputTarget(CLASS)] * len(images))
    from torchcam import methods

    extractor = {"grad_cam": methods.GradCAM, "score_cam": methods.ScoreCAM}[method](network, target_layer=layer)
    gradients = torch.set_grad_enabled if method == "grad_cam" else torch.inference_mode

    def peers(images: Tensor) -> object:
        with gradients(True):
            scores = network(images)
        return extractor(CLASS, scores, normalized=False)

    return peers


def ours(implementation: str, method: str, network: nn.Module, layer: str) -> Callable[[Tensor], object]:
    from lightwell.explain.class_activation import class_activation_map
    from lightwell.explain.grad_cam import grad_cam
    from lightwell.explain.score_cam import score_cam

    if method == "class_activation_map":
        target = "all" if "all" in implementation else CLASS
        return lambda images: class_activation_map(network, images, target=target)
    explain = grad_cam if method == "grad_cam" else score_cam
    named = None if "found" in implementation else layer
    return lambda images: explain(network, images, target=CLASS, layer=named)


def measure(implementation: str, method: str, name: str, batch: int) -> dict[str, float]:
    """One cell."""
    size, layer = NETWORKS[name]
    images = torch.rand(batch, 3, size, size, generator=torch.Generator().manual_seed(0))
    explain = explanation(implementation, method, network_named(name), layer)
    return measured(lambda: explain(images), repeats=REPEATS[method], warm_up=REPEATS[method] > 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cell", nargs=4, metavar=("IMPLEMENTATION", "METHOD", "NETWORK", "BATCH"))
    parser.add_argument("--method", choices=METHODS, help="this one alone")
    options = parser.parse_args()
    if options.cell:
        *names, batch = options.cell
        print(json.dumps(measure(*names, int(batch))))
        return
    for method in [options.method] if options.method else METHODS:
        for network, (size, _) in NETWORKS.items():
            for batch in (1,) if method == "score_cam" else (1, 16):
                print(f"{method}, {network}, {size} pixels, {batch} at a time")
                first = None
                for implementation in METHODS[method]:
                    cell = measured_apart(__file__, [implementation, method, network, str(batch)], KEEP_MEMORY)
                    first = first or cell
                    print(
                        f"  {implementation:24} {1000 * cell['seconds']:9.2f} ms "
                        f"({cell['seconds'] / first['seconds']:4.2f})  {cell['MiB']:6.0f} MiB"
                    )
    print(f"In brackets: as a share of the first line's time. {AIMS}")


if __name__ == "__main__":
    main()
