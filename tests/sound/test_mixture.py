"""Clips that are the same whenever they are made, with their words where they say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightwell.sound import RATE
from lightwell.sound.effects import through_a_microphone
from lightwell.sound.mixture import Recipe, Sound, Sources, Word, mix, plan, targets
from lightwell.sound.noises import NOISES, draw_noise


def tone(frequency: float, seconds: float) -> np.ndarray:
    return np.sin(2 * np.pi * frequency * np.arange(int(seconds * RATE)) / RATE)


SOURCES = Sources(
    wanted=[Sound("activate", "a tone", tone(1000, 0.5))],
    others=[Sound("active", "a tone", tone(300, 0.4)), Sound("cultivate", "a tone", tone(400, 0.6))],
    background=lambda chance, samples: draw_noise("hiss", chance, samples),
)


@settings(max_examples=30)
@given(seed=st.integers(0, 100), index=st.integers(0, 10_000))
def test_a_clip_follows_from_its_key_and_its_words_do_not_overlap(seed: int, index: int) -> None:
    clip, again = mix(SOURCES, Recipe(), seed, 0, index), mix(SOURCES, Recipe(), seed, 0, index)
    assert np.array_equal(clip.samples, again.samples) and clip.words == again.words
    assert clip.samples.shape == (10 * RATE,) and np.abs(clip.samples).max() <= 1
    for one, other in zip(clip.words[:-1], clip.words[1:], strict=True):
        assert other.start >= one.end + 0.1 - 1e-9
    assert all(0 <= word.start < word.end <= 10 for word in clip.words)
    assert sum(word.wanted for word in clip.words) <= 4 and sum(not word.wanted for word in clip.words) <= 2


def test_a_word_is_where_and_as_loud_as_it_says() -> None:
    recipe = Recipe(level=(-40, -40), snr=(20, 20), rooms=0, speed=(1, 1), colour=0, hiss=(-99, -99), others=0)
    clip = next(clip for index in range(50) if len((clip := mix(SOURCES, recipe, index)).words) == 2)
    word = clip.words[0]
    said = clip.samples[round(word.start * RATE) : round(word.end * RATE)]
    before = clip.samples[: round(min(word.start, 10) * RATE)]
    loud, quiet = (10 * np.log10(np.mean(np.square(part))) for part in (said, before))
    assert loud - quiet == pytest.approx(20, abs=1.5) and quiet == pytest.approx(-40, abs=1)


def test_a_microphone_raises_and_lowers_what_it_is_told_to() -> None:
    both = tone(400, 0.5) + tone(3000, 0.5)
    changed = through_a_microphone(both, np.array([0.0, 6.0, 0.0, -6.0, 0.0]))
    before, after = (np.abs(np.fft.rfft(sound)) for sound in (both, changed))
    assert 20 * np.log10(after[200] / before[200]) == pytest.approx(6, abs=0.1)
    assert 20 * np.log10(after[1500] / before[1500]) == pytest.approx(-6, abs=0.1)
    assert len(changed) == len(both) and np.array_equal(through_a_microphone(both, np.zeros(5)), both)


def test_words_that_do_not_fit_are_left_out() -> None:
    long = Sources([Sound("activate", "a tone", tone(1000, 4.0))], [], SOURCES.background)
    counts = [len(mix(long, Recipe(speed=(1, 1)), index).words) for index in range(40)]
    assert max(counts) == 2


def word(end: float, *, wanted: bool = True) -> Word:
    return Word("activate", "a tone", 0.0, end, wanted=wanted)


def test_targets_begin_after_the_end_of_a_wanted_word() -> None:
    labels = targets([word(1.0), word(2.5, wanted=False)], np.arange(1, 101) * 0.04, width=0.37)
    assert np.flatnonzero(labels).tolist() == list(range(25, 34))  # known from 1.04 s on, for 0.36 s


@settings(max_examples=20)
@given(end=st.floats(0, 10), step=st.sampled_from([0.01, 0.04]), width=st.floats(0.05, 1))
def test_no_step_before_the_end_of_the_word_is_a_target(end: float, step: float, width: float) -> None:
    times = 0.015 + np.arange(1, int(12 / step)) * step
    labels = targets([word(end)], times, width=width)
    on = times[labels > 0]
    assert (on > end).all() and (on <= end + width).all()
    assert abs(len(on) * step - width) < 3 * step


def test_the_plan_is_what_the_clip_says() -> None:
    for index in range(20):
        assert plan(SOURCES, Recipe(), 7, index)[1] == mix(SOURCES, Recipe(), 7, index).words


@pytest.mark.parametrize("name", NOISES)
def test_a_noise_is_as_loud_as_it_should_be_and_never_the_same(name: str) -> None:
    first, same, other = (draw_noise(name, np.random.default_rng(seed), RATE) for seed in (0, 0, 1))
    assert np.mean(np.square(first)) == pytest.approx(1, abs=1e-3) and np.isfinite(first).all()
    assert np.array_equal(first, same) and not np.array_equal(first, other)


def test_wind_is_deep_and_rain_is_bright() -> None:
    def centre(name: str) -> float:
        power = np.square(np.abs(np.fft.rfft(draw_noise(name, np.random.default_rng(3), 4 * RATE))))
        return float((power * np.fft.rfftfreq(4 * RATE, 1 / RATE)).sum() / power.sum())

    assert centre("wind") < 400 < 1500 < centre("rain")
