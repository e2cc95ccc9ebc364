"""The class activation family beside captum, torchcam and grad-cam, on every architecture.

Where peers differ from each other or from the paper, the test says so:

- A network may rectify a layer's output in place by a function, as DenseNet does after its last layer. Captum and we
  keep the values of before and their gradient; torchcam keeps those values and the gradient of after.
- Torchcam's and grad-cam's maps are rectified; ours and captum's are signed.
- Torchcam 0.5's Grad-CAM++ divides a copy by its alphas' denominator, which is lost, so it is left out here.
- Grad-CAM's alphas have 1e-6 in their denominator, which is of the size of the squared gradients of a network that
  pools; with scores 1e5 times as large it does not matter.
"""

import pytest
import torch
from torch import Tensor, nn

from lightwell.explain.class_activation import class_activation_map
from lightwell.explain.grad_cam import grad_cam, grad_cam_plus_plus, layer_cam
from lightwell.explain.layers import feature_maps, last_layer, module_named
from lightwell.explain.score_cam import score_cam
from tests.conformance.architectures import ARCHITECTURES, POOLING, architecture, pictures

captum = pytest.importorskip("captum.attr", reason="an extra: pip install lightwell[peers]")
torchcam = pytest.importorskip("torchcam.methods", reason="an extra: pip install lightwell[peers]")
pytorch_grad_cam = pytest.importorskip("pytorch_grad_cam", reason="an extra: pip install lightwell[peers]")

CLASSES = [3, 7]
TARGET = torch.tensor(CLASSES)
RECTIFIED = tuple(name for name in ARCHITECTURES if name != "densenet121")


def assert_equal_maps(ours: Tensor, theirs: Tensor) -> None:
    """To 1e-5 of each map's maximum."""
    assert ours.shape == theirs.shape
    differences, sizes = ((each.flatten(1).abs().amax(1)) for each in (ours - theirs, theirs))
    assert (sizes > 0).all()
    assert (differences <= 1e-5 * sizes).all(), differences / sizes


@pytest.mark.parametrize("name", POOLING)
def test_class_activation_maps_are_torchcams(name: str) -> None:
    network, images = architecture(name), pictures()
    layer = last_layer(network, images)
    (head,) = (name for name, module in network.named_modules() if isinstance(module, nn.Linear))
    ours = class_activation_map(network, images, target=TARGET)
    with torchcam.CAM(network, target_layer=layer, fc_layer=head) as extractor, torch.no_grad():
        scores = network(images)[[0, 1], CLASSES]
        if name == "densenet121":  # so that torchcam too has what is averaged
            extractor.hook_a = [maps.relu() for maps in extractor.hook_a]
        (theirs,) = extractor(CLASSES, normalized=False)
    assert_equal_maps(ours.maps, theirs)
    torch.testing.assert_close(ours.bias, module_named(network, head).bias.detach()[TARGET], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(ours.maps.mean((1, 2)) + ours.bias, scores)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_grad_cam_is_captums(name: str) -> None:
    network, images = architecture(name), pictures()
    layer = last_layer(network, images)
    theirs = captum.LayerGradCam(network, module_named(network, layer)).attribute(images, target=TARGET)
    assert_equal_maps(grad_cam(network, images, target=TARGET), theirs[:, 0].detach())


@pytest.mark.parametrize("layer", ["conv1", "layer1", "layer2.1.conv2", "layer3.0.downsample"])
def test_grad_cam_is_captums_at_any_layer(layer: str) -> None:
    network, images = architecture("resnet18"), pictures()
    theirs = captum.LayerGradCam(network, module_named(network, layer)).attribute(images, target=TARGET)
    assert_equal_maps(grad_cam(network, images, target=TARGET, layer=layer), theirs[:, 0].detach())


@pytest.mark.parametrize("name", RECTIFIED)
def test_grad_cam_and_layer_cam_are_torchcams(name: str) -> None:
    network, images = architecture(name), pictures()
    layer = last_layer(network, images)
    for ours, theirs in ((grad_cam, torchcam.GradCAM), (layer_cam, torchcam.LayerCAM)):
        with theirs(network, target_layer=layer) as extractor:
            (maps,) = extractor(CLASSES, network(images), normalized=False)
        assert_equal_maps(ours(network, images, target=TARGET).relu(), maps.detach())


@pytest.mark.parametrize("name", RECTIFIED)
def test_grad_cam_plus_plus_is_grad_cams(name: str) -> None:
    network, images = architecture(name), pictures()
    layer = last_layer(network, images)

    def enlarged(inputs: Tensor) -> Tensor:
        return 1e5 * network(inputs)

    with feature_maps(network, layer) as caught:
        gradient = caught.gradient(enlarged(images)[[0, 1], CLASSES]).numpy()
    maps = caught.maps.numpy()
    weights = pytorch_grad_cam.GradCAMPlusPlus.get_cam_weights(None, images, None, CLASSES, maps, gradient)
    theirs = torch.from_numpy((weights[:, :, None, None] * maps).sum(1))
    assert_equal_maps(grad_cam_plus_plus(enlarged, images, target=TARGET), theirs)


@pytest.mark.parametrize("name", ["vgg11_bn", "convnet"])
def test_enlarged_and_normalised_our_grad_cam_is_grad_cams(name: str) -> None:
    """Which does both with OpenCV, and adds 1e-7 to the range."""
    network, images = architecture(name), pictures()
    layer = module_named(network, last_layer(network, images))
    output = pytorch_grad_cam.utils.model_targets.ClassifierOutputTarget
    with pytorch_grad_cam.GradCAM(network, [layer]) as peer:
        theirs = torch.from_numpy(peer(images, targets=[output(number) for number in CLASSES]))
    network.zero_grad()
    ours = grad_cam(network, images, target=TARGET).relu()[:, None]
    ours = nn.functional.interpolate(ours, images.shape[2:], mode="bilinear", align_corners=False)[:, 0]
    least, largest = ours.amin((1, 2), keepdim=True), ours.amax((1, 2), keepdim=True)
    torch.testing.assert_close((ours - least) / (largest - least), theirs, rtol=0, atol=1e-3)


@pytest.mark.parametrize(("name", "layer"), [("resnet18", "layer2"), ("convnet", None), ("plain_convnet", None)])
def test_score_cam_is_torchcams(name: str, layer: str | None) -> None:
    network, images = architecture(name), pictures()
    layer = layer or last_layer(network, images)
    with torchcam.ScoreCAM(network, target_layer=layer) as extractor, torch.no_grad():
        network(images)
        (theirs,) = extractor(CLASSES, normalized=False)
    assert_equal_maps(score_cam(network, images, target=TARGET, layer=layer).relu(), theirs)
