import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lightwell.models import MLP, Backbone, ConvNet, ConvNetFlatten, Logistic, Shallow
from lightwell.models.activations import ACTIVATIONS


@settings(deadline=None, max_examples=25)
@given(
    st.sampled_from([1, 3]), st.integers(8, 40), st.integers(1, 5), st.sampled_from(sorted(ACTIVATIONS)), st.booleans()
)
def test_every_network_takes_every_size(channels: int, side: int, outputs: int, activation: str, norm: bool) -> None:
    shape = {"input_shape": (channels, side, side), "outputs": outputs}
    networks = [
        Logistic(**shape),
        MLP(**shape, widths=[7], activation=activation),
        Shallow(**shape, width=3, activation=activation),
        ConvNet(**shape, widths=[4, 5], activation=activation, batch_norm=norm),
        ConvNetFlatten(**shape, widths=[4, 5, 6], activation=activation, batch_norm=norm),
    ]
    for network in networks:
        assert network(torch.zeros(2, channels, side, side)).shape == (2, outputs)


def test_more_blocks_than_the_picture_can_be_halved_are_refused() -> None:
    with pytest.raises(ValueError, match="Take fewer widths"):
        ConvNet(input_shape=(1, 8, 8), outputs=1, widths=[2] * 6)


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2", "squeezenet1_0", "googlenet"])
def test_a_backbone_scores_our_classes(name: str) -> None:
    network = Backbone(input_shape=(1, 64, 64), outputs=3, name=name).eval()
    assert network(torch.zeros(2, 1, 64, 64)).shape == (2, 3)


def test_a_backbone_starts_from_a_local_weight_file(tmp_path) -> None:
    from torchvision.models import resnet18

    donor = resnet18(weights=None)
    torch.save(donor.state_dict(), tmp_path / "weights.pt")
    network = Backbone(input_shape=(3, 32, 32), outputs=2, weights=str(tmp_path / "weights.pt"))
    assert torch.equal(network.network.conv1.weight, donor.conv1.weight)


def test_a_weight_file_with_code_in_it_is_refused(tmp_path) -> None:
    torch.save(torch.nn.Linear(1, 1), tmp_path / "code.pt")
    with pytest.raises(Exception, match=r"[Ww]eights.only"):
        Backbone(input_shape=(3, 32, 32), outputs=2, weights=str(tmp_path / "code.pt"))


def test_an_unknown_backbone_is_told_what_there_is() -> None:
    with pytest.raises(ValueError, match="resnet18"):
        Backbone(input_shape=(3, 32, 32), outputs=2, name="resnet19")
