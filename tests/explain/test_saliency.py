import torch
from torch import nn

from lightwell.explain import saliency
from tests.explain.networks import Pooled


def test_the_gradient_of_a_function_known_by_heart() -> None:
    class Ramp(nn.Module):
        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            return (1 - (1 - inputs).relu()).sum(1, keepdim=True)

    inputs = torch.tensor([[1.0, 2.0, 3.0, 0.0, -1.0, 7.0]])
    assert torch.equal(saliency(Ramp(), inputs, target=0), torch.tensor([[0.0, 0.0, 0.0, 1.0, 1.0, 0.0]]))


def test_it_is_the_signed_gradient_of_each_examples_own_score() -> None:
    torch.manual_seed(0)
    network, images = Pooled().eval(), torch.randn(4, 3, 8, 8)
    target = torch.tensor([0, 2, 1, 2])
    together = saliency(network, images, target=target)
    for number in range(4):
        image = images[number : number + 1].clone().requires_grad_()
        expected = torch.autograd.grad(network(image)[0, target[number]], image)[0]
        torch.testing.assert_close(together[number : number + 1], expected)
    assert (together < 0).any() and (together > 0).any()


def test_a_score_is_explained_where_its_softmax_is_flat() -> None:
    network = nn.Linear(2, 2)
    network.weight.data = torch.tensor([[50.0, 0.0], [0.0, 50.0]])
    inputs = torch.tensor([[1.0, -1.0]])
    flat = saliency(nn.Sequential(network, nn.Softmax(dim=1)), inputs, target=0)
    assert flat.abs().max() < 1e-6
    assert saliency(network, inputs, target=0)[0, 0] == 50


def test_any_number_of_dimensions() -> None:
    for shape in ((2, 5), (2, 4, 6), (2, 1, 3, 3), (2, 1, 2, 3, 4)):
        network = nn.Sequential(nn.Flatten(), nn.LazyLinear(2))
        assert saliency(network, torch.randn(shape), target=1).shape == shape
