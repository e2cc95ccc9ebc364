"""The gradient family beside captum's, on every architecture."""

import pytest
import torch
from torch import Tensor

from lightwell.explain.gradient import input_x_gradient, saliency
from lightwell.explain.integrated_gradients import integrated_gradients
from tests.conformance.architectures import ARCHITECTURES, architecture, pictures

captum = pytest.importorskip("captum.attr", reason="an extra: pip install lightwell[peers]")

pytestmark = pytest.mark.filterwarnings("ignore:Input Tensor 0 did not already require gradients")

TARGET = torch.tensor([3, 1])


def assert_equal_maps(ours: Tensor, theirs: Tensor) -> None:
    """To 1e-5 of each map's maximum."""
    assert ours.shape == theirs.shape
    differences, sizes = ((each.flatten(1).abs().amax(1)) for each in (ours - theirs, theirs))
    assert (differences <= 1e-5 * sizes).all(), differences / sizes


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_saliency_is_captums(name: str) -> None:
    network, images = architecture(name), pictures()
    reference = captum.Saliency(network)
    assert_equal_maps(
        saliency(network, images, target=TARGET), reference.attribute(images, target=TARGET, abs=False).detach()
    )
    assert_equal_maps(
        saliency(network, images, target=TARGET, form="absolute"), reference.attribute(images, target=TARGET).detach()
    )


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_input_x_gradient_is_captums(name: str) -> None:
    network, images = architecture(name), pictures()
    theirs = captum.InputXGradient(network).attribute(images, target=TARGET).detach()
    assert_equal_maps(input_x_gradient(network, images, target=TARGET), theirs)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_integrated_gradients_of_fifty_steps_are_captums(name: str) -> None:
    """With ten steps a forward pass in both.

    Rounding depends on the size of a batch, and where it turns a ReLU the gradient jumps: captum differs from itself
    by up to 1e-2 between its default of all steps at once and a few at a time.
    """
    network, image = architecture(name), pictures(1)
    ours = integrated_gradients(network, image, target=3, baseline=0.2, steps=50, at_once=10)
    theirs, delta = captum.IntegratedGradients(network).attribute(
        image, target=3, baselines=0.2, n_steps=50, internal_batch_size=10, return_convergence_delta=True
    )
    assert_equal_maps(ours.attributions, theirs.detach())
    torch.testing.assert_close(ours.completeness_error, delta.abs().detach(), rtol=1e-3, atol=1e-5)


def test_a_smooth_network_needs_no_agreement_about_batches() -> None:
    """In float64, captum's default: it weighs the steps in float32, so it is right to 1e-7."""
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(192, 16), torch.nn.Tanh(), torch.nn.Linear(16, 4))
    network, images = network.double(), pictures(side=8).double()
    ours = integrated_gradients(network, images, target=TARGET, steps=50).attributions
    theirs = captum.IntegratedGradients(network).attribute(images, target=TARGET, n_steps=50).detach()
    torch.testing.assert_close(ours, theirs.double(), rtol=0, atol=float(1e-6 * theirs.abs().max()))
