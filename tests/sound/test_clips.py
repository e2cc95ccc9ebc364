"""Sound files of any kind come in alike."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from lightwell.sound import RATE
from lightwell.sound.clips import UnreadableSound, faults, read_clip, trimmed


def tone(seconds: float, rate: int = RATE, frequency: float = 440.0) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * frequency * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000])
@pytest.mark.parametrize(("suffix", "channels"), [("wav", 1), ("wav", 2), ("flac", 1), ("ogg", 1)])
def test_a_tone_is_the_same_at_any_rate_and_in_any_format(
    tmp_path: Path, rate: int, suffix: str, channels: int
) -> None:
    soundfile.write(tmp_path / f"tone.{suffix}", np.repeat(tone(0.5, rate)[:, None], channels, axis=1), rate)
    samples = read_clip(tmp_path / f"tone.{suffix}")
    assert samples.dtype == np.float32 and len(samples) == pytest.approx(0.5 * RATE, abs=2)
    middle = slice(RATE // 10, 4 * RATE // 10)
    assert np.corrcoef(samples[middle], tone(0.5)[middle])[0, 1] > 0.995


def test_what_cannot_be_heard_is_named(tmp_path: Path) -> None:
    (tmp_path / "torn.flac").write_bytes(b"fLaC\x00\x00")
    with pytest.raises(UnreadableSound, match=r"torn\.flac cannot be read as a sound"):
        read_clip(tmp_path / "torn.flac")
    assert faults(np.zeros(RATE)) == "is silent"
    assert faults(np.clip(5 * tone(1.0), -1, 1)) == "is clipped"
    assert faults(tone(1.0)) == ""


def test_a_word_is_cut_out_of_its_silence_and_noise() -> None:
    noise = np.random.default_rng(0).normal(0, 0.001, RATE).astype(np.float32)
    clip = np.concatenate([noise[: RATE // 2], tone(0.4), noise])
    word = trimmed(clip)
    assert len(word) == pytest.approx(0.4 * RATE, abs=0.07 * RATE)
    assert len(trimmed(np.zeros(RATE))) == 0
