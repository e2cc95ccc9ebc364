"""Occlusion equals captum's."""

import copy
import logging

import pytest
import torch
from torch import Tensor, nn

from lightwell.explain.incremental import by_parts
from lightwell.explain.occlusion import occlusion
from tests.conformance.architectures import ARCHITECTURES, architecture, pictures

attr = pytest.importorskip("captum.attr", reason="an extra: pip install lightwell[peers]")

PATCH, STRIDE = 20, 16  # overlapping, with the last windows cut off
TARGET = torch.tensor([3, 7])


def peer(network: nn.Module, images: Tensor) -> Tensor:
    channels = images.shape[1]
    found = attr.Occlusion(network).attribute(
        images,
        sliding_window_shapes=(channels, PATCH, PATCH),
        strides=(channels, STRIDE, STRIDE),
        baselines=0.5,
        target=TARGET,
        perturbations_per_eval=5,
    )
    return found.mean(1)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_maps_of_two_targets_equal_captum(
    name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(by_parts, "MOST_SHARE", 1.0)  # by parts, also where a small picture leaves little to save
    network, images = architecture(name), pictures()
    with caplog.at_level(logging.DEBUG, "lightwell"):
        found = occlusion(network, images, target=TARGET, patch=PATCH, stride=STRIDE)
    assert caplog.text.count("computes what each patch changes") == 2

    exact = peer(copy.deepcopy(network).double(), images.double())  # which comes back in single precision
    largest = exact.abs().max()
    double = occlusion(copy.deepcopy(network).double(), images.double(), target=TARGET, patch=PATCH, stride=STRIDE)
    assert (double - exact).abs().max() <= 2e-7 * largest
    # Single precision rounds the scores, and a map is the small difference of two: captum's too is some 1e-5 off.
    rounding = (peer(network, images) - exact).abs().max()
    assert (found - exact).abs().max() <= 1e-5 * largest + rounding
