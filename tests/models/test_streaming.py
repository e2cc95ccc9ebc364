"""A stream cut into chunks of any length gets the scores of the whole."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

pytest.importorskip("torchaudio", reason="an extra: pip install lightwell[audio]")
from lightwell.models.log_mel import LogMel
from lightwell.models.trigger_gru import TriggerGRU

SAMPLES = 24_000


def network() -> TriggerGRU:
    """One that has seen some sound, so that its normalisation does something."""
    torch.manual_seed(0)
    model = TriggerGRU(input_shape=(40, 1000), channels=16, hidden=16)
    model(5 * torch.randn(4, 40, 100) - 3)
    return model.eval()


def sound() -> Tensor:
    return 0.1 * torch.randn(1, SAMPLES, generator=torch.Generator().manual_seed(1))


@settings(max_examples=40)
@given(size=st.one_of(st.integers(1, 400), st.integers(400, 16_000)), jitter=st.integers(0, 7))
def test_a_stream_equals_the_whole_for_chunks_of_any_length(size: int, jitter: int) -> None:
    features, model, samples = LogMel(), network(), sound()
    if size < 50:
        samples = samples[:, :4000]  # thousands of chunks otherwise
    with torch.no_grad():
        whole = model(features(samples))
        state, left, parts, place, number = model.beginning(1, samples.device), samples[:, :0], [], 0, 0
        while place < samples.shape[1]:
            length = size + (number * jitter) % 5
            known = torch.cat([left, samples[:, place : place + length]], dim=1)
            scores, state = model.listen(features(known), state)
            left = features.left_over(known)
            parts.append(scores)
            place, number = place + length, number + 1
    torch.testing.assert_close(torch.cat(parts, dim=1), whole, atol=1e-6, rtol=0)
    assert left.shape[1] < 400 and state.frames.shape[2] < 15  # memory does not grow


def test_no_score_looks_ahead() -> None:
    features, model, samples = LogMel(), network(), sound()
    changed = samples.clone()
    changed[:, 12_000:] = 0.5
    with torch.no_grad():
        first, second = model(features(samples)), model(features(changed))
    same = (first == second).all(-1)[0]
    frames_before = (12_000 - 400) // 160 + 1
    assert same[: frames_before // 4].all() and not same[-1]


def test_a_clip_of_ten_seconds_has_249_steps_of_40_milliseconds() -> None:
    frames = LogMel()(torch.zeros(2, 160_000))
    assert frames.shape == (2, 40, 998) and network()(frames).shape == (2, 249, 1)
    assert LogMel()(torch.zeros(1, 399)).shape == (1, 40, 0)
