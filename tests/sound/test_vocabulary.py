"""What a word could be taken for, and what may not be passed over."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from lightwell.sound.vocabulary import FREQUENT, OTHERS, holds, sound_alikes

WORDS = ("activate", "computer", "alexa", "jarvis", "lights on", "hey computer", "stop", "right", "go")


@pytest.mark.parametrize(
    ("text", "word", "expected"),
    [
        ("please activate it", "activate", True),
        ("Activate!", "activate", True),
        ("re-activate", "Activate", True),
        ("deactivate", "activate", False),
        ("activated", "activate", False),
        ("turn the lights on, now", "lights on", True),
        ("lights, on", "lights on", True),
        ("the lights are on", "lights on", False),
        ("write it down", "right", True),
        ("the very same", "cat", False),
        ("", "activate", False),
        ("anything", "...", False),
    ],
)
def test_a_word_is_held_only_as_a_word_of_its_own(text: str, word: str, expected: bool) -> None:
    assert holds(text, word) is expected


def test_what_sounds_like_activate_is_found() -> None:
    alike = sound_alikes("activate", 40)
    expected = {"active", "activity", "deactivate", "captivate", "cultivate", "motivate", "actor", "act of it", "acti"}
    assert expected <= set(alike)
    # The likest stand first; words that nobody mixes up are not among them.
    assert set(alike[:8]) >= {"activist", "activity", "active", "captivate"}
    assert not {"banana", "yes", "wednesday", "kitchen"} & set(alike)


@pytest.mark.parametrize("word", WORDS)
def test_every_word_has_sound_alikes_of_its_own(word: str) -> None:
    alike = sound_alikes(word, 30)
    assert len(alike) == len(set(alike)) == 30
    assert alike == sound_alikes(word, 30) == sound_alikes(word.upper(), 30)
    assert not [other for other in alike if holds(other, word) or other.startswith(word)]


def test_a_phrase_is_not_its_parts() -> None:
    assert {"hey", "computer"} <= set(sound_alikes("hey computer", 30))
    assert "lights" in sound_alikes("lights on", 30)


def test_no_sound_alike_is_spoken_as_the_word_is() -> None:
    assert not {"write", "rite"} & set(sound_alikes("right", 1000))
    assert not {"our"} & set(sound_alikes("hour", 1000))
    pytest.importorskip("espeakng_loader", reason="an extra: pip install lightwell[speech]")
    from lightwell.sound.espeak import Speaker, Utterance

    with Speaker() as speaker:
        for word in ("activate", "right", "two", "wear", "piece"):
            said = speaker.say(Utterance(word, "en-us+m1")).tobytes()
            for other in sound_alikes(word, 30):
                assert speaker.say(Utterance(other, "en-us+m1")).tobytes() != said, (word, other)


@settings(max_examples=40)
@given(some.text(max_size=12), some.integers(0, 60))
def test_any_text_may_be_the_word(word: str, count: int) -> None:
    alike = sound_alikes(word, count)
    assert len(alike) == len(set(alike)) <= count
    assert not [other for other in alike if holds(other, word)]


def test_the_vocabulary_has_every_word_once() -> None:
    words = [*FREQUENT, *OTHERS]
    assert len(words) == len(set(words)) > 1000 and 150 <= len(FREQUENT) <= 200
    assert all(word == word.strip().lower() for word in words)
