"""Words never stand over one another."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lightwell.chance import generator
from lightwell.sound.placement import place


@given(
    lengths=st.lists(st.integers(1, 40_000), max_size=6),
    room=st.integers(0, 160_000),
    gap=st.integers(0, 8_000),
    seed=st.integers(0, 10**6),
)
def test_words_lie_inside_and_apart_whatever_their_lengths(lengths: list[int], room: int, gap: int, seed: int) -> None:
    order, starts = place(lengths, room, gap=gap, chance=generator(seed))
    assert sorted(order) == list(range(len(order)))  # the last ones are left out where not all fit
    end = -gap
    for word, start in zip(order, starts, strict=True):
        assert start >= end + gap
        end = start + lengths[word]
    assert end <= room or not order
    if len(order) < len(lengths):
        kept = lengths[: len(order) + 1]
        assert sum(kept) + gap * (len(kept) - 1) > room


def test_a_hundred_thousand_clips_have_no_overlap() -> None:
    for index in range(100_000):
        chance = generator(0, "clip", index)
        lengths = chance.integers(4_000, 24_000, int(chance.integers(0, 7))).tolist()
        order, starts = place(lengths, 160_000, gap=1_600, chance=chance)
        ends = [start + lengths[word] for word, start in zip(order, starts, strict=True)]
        assert all(after - before >= 1_600 for before, after in zip(ends[:-1], starts[1:], strict=True))
        assert not ends or ends[-1] <= 160_000


def test_every_place_is_as_likely_as_any_other() -> None:
    starts = np.array([place([100], 1099, gap=0, chance=generator(index))[1][0] for index in range(4000)])
    counts = np.histogram(starts, bins=10, range=(0, 1000))[0]
    assert counts.min() > 330 and counts.max() < 470  # 400 each, give or take four standard deviations
