"""Voices that say the same again."""

import numpy as np
import pytest

from lightwell.sound import RATE
from lightwell.sound.espeak import ACCENTS, VARIANTS, Speaker, Utterance

pytest.importorskip("espeakng_loader", reason="an extra: pip install lightwell[speech]")


def test_an_utterance_is_the_same_whatever_was_said_before() -> None:
    word = Utterance("activate", "en-us+m3", rate=160, pitch=40, seed=7)
    with Speaker() as first:
        alone = first.say(word)
    with Speaker() as second:
        second.say(Utterance("deactivate", "en-gb-x-rp+klatt2", rate=220))
        again, other = second.say(word), second.say(Utterance("activate", "en-us+f2", rate=160))
    assert np.array_equal(alone, again) and alone.dtype == np.float32
    assert 0.3 * RATE < len(alone) < 1.2 * RATE and 0.05 < np.abs(alone).max() <= 1
    assert len(other) != len(alone)


def test_every_accent_and_variant_speaks() -> None:
    with Speaker() as speaker:
        voices = [f"{accent}+m1" for accent in ACCENTS] + [f"en-us+{variant}" for variant in VARIANTS]
        lengths = [len(speaker.say(Utterance("activate", voice))) for voice in voices]
        assert min(lengths) > 0.2 * RATE
        with pytest.raises(ValueError, match="said nothing for 'activate' by the voice 'xx-nowhere'"):
            speaker.say(Utterance("activate", "xx-nowhere"))
