"""Tiles: each feature of the whole picture belongs to exactly one of them."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lightwell.style.tiles import tiles


@settings(max_examples=100, deadline=None)
@given(
    height=st.integers(8, 90),
    width=st.integers(8, 90),
    side=st.one_of(st.none(), st.integers(1, 64)),
    stride=st.sampled_from([1, 2, 4, 8]),
    radius=st.integers(0, 20),
)
def test_every_pixel_belongs_to_one_tile(height: int, width: int, side: int | None, stride: int, radius: int) -> None:
    owners = torch.zeros(height, width)
    for tile in tiles(height, width, side, stride=stride, radius=radius):
        assert tile.down.start % stride == 0 and tile.across.start % stride == 0
        assert tile.own(tile.cut(owners), 1).shape == tile.place(owners, 1).shape
        tile.place(owners, 1).add_(1)
        for span, length in ((tile.down, height), (tile.across, width)):
            assert span.start == max(0, span.first - -(-radius // stride) * stride)
            assert span.stop == length if span.to_the_edge else span.stop - span.last >= min(radius, length - span.last)
    assert (owners == 1).all()


def test_a_small_picture_is_one_tile() -> None:
    (tile,) = tiles(100, 80, 512, stride=16, radius=70)
    assert tile.cut(torch.zeros(3, 100, 80)).shape == (3, 100, 80)
