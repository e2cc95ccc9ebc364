"""A stream cut into chunks of any length gets the scores of the whole."""

import itertools
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import Tensor

from lightwell import models
from lightwell.models import TriggerRNN, TriggerTCN
from lightwell.models.log_mel import HOP, WINDOW, LogMel

CONFIGS = Path(__file__).parents[2] / "conf" / "model"
NETWORKS = ["trigger_rnn", "trigger_gru", "trigger_lstm", "trigger_tcn"]
CPU = torch.device("cpu")
every_network = pytest.mark.parametrize("name", NETWORKS)


def network(name: str) -> TriggerRNN | TriggerTCN:
    """As it is configured, after it has seen some sound, so that its normalisation does something."""
    config = yaml.safe_load((CONFIGS / f"{name}.yaml").read_text())
    torch.manual_seed(0)
    model = getattr(models, config.pop("_target_").rpartition(".")[2])(input_shape=(1, 40, 998), **config)
    for _ in range(10):
        model(LogMel()(sound(24_000))[..., :100])
    return model.eval()


def sound(samples: int) -> Tensor:
    """Noise that comes and goes."""
    noise = torch.randn(1, samples, generator=torch.Generator().manual_seed(1))
    return 0.1 * noise * torch.linspace(0, 20, samples).sin() ** 2


@every_network
@settings(max_examples=20, deadline=None)
@example(sizes=[1])
@example(sizes=[640])
@example(sizes=[16_000])
@given(sizes=st.lists(st.one_of(st.integers(1, 700), st.integers(1, 16_000)), min_size=1, max_size=4))
def test_a_stream_equals_the_whole_for_chunks_of_any_length(name: str, sizes: list[int]) -> None:
    features, model = LogMel(), network(name)
    samples = sound(24_000 if sum(sizes) > 100 * len(sizes) else 4_000)  # small chunks are many
    place, left, state, scores, memories = 0, samples[:, :0], model.beginning(1, CPU), [], set()
    with torch.no_grad():
        whole = model(features(samples))
        for size in itertools.cycle(sizes):
            heard = torch.cat([left, samples[:, place : place + size]], dim=1)
            score, state = model.listen(features(heard), state)
            left, place = features.left_over(heard), place + size
            scores.append(score)
            memories.add(tuple(memory.shape for memory in state[1:]))
            assert left.shape[1] < WINDOW and state.frames.shape[2] < 15
            if place >= samples.shape[1]:
                break
    assert whole.std() > 1e-3  # a thousand times the tolerance: there is something to get wrong
    torch.testing.assert_close(torch.cat(scores, dim=1), whole, atol=1e-6, rtol=0)
    assert len(memories) == 1  # what is remembered does not grow


@every_network
@pytest.mark.parametrize("step", [0, 7, 30])
def test_a_step_looks_at_the_sound_up_to_its_end_and_never_ahead(name: str, step: int) -> None:
    model, samples = network(name), sound(24_000).requires_grad_()
    model(LogMel()(samples))[0, step].sum().backward()
    moved = samples.grad[0].nonzero()
    assert moved.max() + 1 == ((step + 1) * model.stride - 1) * HOP + WINDOW


@every_network
def test_every_clip_of_a_batch_is_scored_on_its_own(name: str) -> None:
    model, clips = network(name), torch.rand(3, 1, 40, 100)
    with torch.no_grad():
        alone = torch.cat([model(clip[None]) for clip in clips])
        torch.testing.assert_close(model(clips), alone, atol=1e-6, rtol=0)


@every_network
def test_every_weight_learns(name: str) -> None:
    model = network(name).train()
    model(torch.rand(4, 1, 40, 100)).square().sum().backward()
    for weight, values in model.named_parameters():
        assert values.grad is not None and values.grad.abs().max() > 0, weight


@every_network
@pytest.mark.parametrize(
    "device",
    ["cpu", pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU"))],
)
def test_a_network_in_evaluation_can_be_explained_by_gradients(name: str, device: str) -> None:
    clips = torch.rand(1, 1, 40, 100, device=device, requires_grad=True)
    network(name).to(device)(clips).sum().backward()
    assert clips.grad.abs().max() > 0


@pytest.mark.parametrize(
    ("name", "weights"), [("trigger_rnn", 343_000), ("trigger_gru", 89_000), ("trigger_tcn", 62_000)]
)
def test_the_networks_have_the_size_that_their_kind_usually_has(name: str, weights: int) -> None:
    assert sum(values.numel() for values in network(name).parameters()) == pytest.approx(weights, rel=0.15)


@every_network
def test_a_clip_of_ten_seconds_has_249_steps_of_40_milliseconds(name: str) -> None:
    frames = LogMel()(torch.zeros(2, 160_000))
    assert frames.shape == (2, 1, 40, 998) and network(name)(frames).shape == (2, 249, 1)
    assert network(name)(frames[..., :3]).shape == (2, 0, 1)


def test_a_convolution_that_would_skip_frames_is_refused() -> None:
    with pytest.raises(ValueError, match="Take kernel_size=4"):
        TriggerTCN(input_shape=(1, 40, 998), kernel_size=3, stride=4)


def test_the_networks_are_there_without_torchaudio() -> None:
    code = "import sys; sys.modules['torchaudio'] = None; import lightwell.models; lightwell.models.TriggerRNN"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
