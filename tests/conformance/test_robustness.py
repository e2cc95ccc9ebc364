"""Sensitivity is captum's `sensitivity_max` under the same perturbations."""

import pytest
import torch
from torch import Tensor

from lightwell.explain import saliency
from lightwell.explain.robustness import sensitivity
from tests.conformance.architectures import architecture, pictures

pytest.importorskip("captum", reason="an extra: pip install lightwell[peers]")
from captum.metrics import sensitivity_max


@pytest.mark.parametrize("name", ["resnet18", "plain_convnet"])
def test_the_sensitivity_is_captums(name: str) -> None:
    network, inputs, radius, samples = architecture(name), pictures(2), 0.05, 4
    generator = torch.Generator().manual_seed(7)
    noise = torch.stack([(2 * torch.rand(inputs.shape[1:], generator=generator) - 1) * radius for _ in range(samples)])

    def explain(inputs: Tensor) -> Tensor:
        return saliency(network, inputs, target=1)

    ours = sensitivity(explain, inputs, radius=radius, samples=samples, seed=7)
    theirs = sensitivity_max(
        lambda inputs: tuple(map(explain, inputs)) if isinstance(inputs, tuple) else explain(inputs),
        inputs,
        perturb_func=lambda inputs: inputs + noise.repeat(2, 1, 1, 1),  # each example as often as there are samples
        n_perturb_samples=samples,
    )
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=0)
    assert (ours > 0.01).all()
