"""Deletion and insertion give torchcam's areas."""

from functools import partial

import pytest
import torch
from torch import Tensor

from lightwell.explain.faithfulness import deletion, insertion
from tests.conformance.architectures import architecture, pictures

pytest.importorskip("torchcam", reason="an extra: pip install lightwell[peers]")
from torchcam.methods import LayerCAM
from torchcam.metrics import DeletionInsertionMetric


@pytest.mark.parametrize(
    ("name", "layer"),
    [("resnet18", "layer3"), ("vgg11_bn", "features.20"), ("mobilenet_v2", "features.10")],
)
@pytest.mark.parametrize("steps", [7, 20])
def test_the_areas_are_torchcams(name: str, layer: str, steps: int) -> None:
    network, inputs, target = architecture(name), pictures(2), [3, 5]

    def probabilities(inputs: Tensor) -> Tensor:
        return network(inputs).softmax(1)

    with LayerCAM(network, layer) as extractor:
        metric = DeletionInsertionMetric(extractor, partial(torch.softmax, dim=-1), steps=steps)
        metric.update(inputs, target)
        maps = extractor.fuse_cams(extractor(target, probabilities(inputs)))
    theirs = metric.summary()
    for name, measure in (("deletion_auc", deletion), ("insertion_auc", insertion)):
        ours = measure(probabilities, inputs, maps, target=torch.tensor(target), steps=steps, fill=0)
        assert ours.area.mean().item() == pytest.approx(theirs[name], abs=1e-6)
        assert ours.curve.std(1).min() > 1e-4  # a flat curve would agree whatever the order
