import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lightwell.data.augmentation import Augmentation
from lightwell.data.batches import Batches, Split
from lightwell.data.table import Table


def split_of(count: int) -> Split:
    images = np.arange(count * 12, dtype=np.int64).astype(np.uint8).reshape(count, 3, 2, 2)
    names = [str(number) for number in range(count)]
    return Split(Table(images, np.arange(count) % 2, None, (), names, [], ""), np.arange(count))


@settings(max_examples=60)
@given(st.integers(1, 60), st.integers(1, 70), st.integers(1, 4), st.booleans())
def test_all_processes_together_see_every_example_once(count: int, size: int, processes: int, shuffle: bool) -> None:
    split = split_of(count)
    shares = [
        Batches(split, batch_size=size, seed=0, shuffle=shuffle, rank=rank, world_size=processes).shares()
        for rank in range(processes)
    ]
    assert len({len(share) for share in shares}) == 1
    assert all(len(batch) for share in shares for batch in share)
    seen = np.concatenate([batch for share in shares for batch in share])
    assert set(seen) == set(range(count))
    assert len(seen) == max(count, processes)


def test_two_processes_make_the_batches_of_one() -> None:
    split = split_of(21)
    whole = Batches(split, batch_size=8, seed=3, shuffle=True).shares()
    halves = [Batches(split, batch_size=8, seed=3, shuffle=True, rank=rank, world_size=2).shares() for rank in (0, 1)]
    for one, first, second in zip(whole, *halves, strict=True):
        assert set(one) == set(first) | set(second)


def test_the_order_is_a_function_of_seed_and_epoch() -> None:
    batches = Batches(split_of(30), batch_size=30, seed=1, shuffle=True)
    first = batches.shares()[0]
    batches.set_epoch(1)
    second = batches.shares()[0]
    batches.set_epoch(0)
    assert np.array_equal(first, batches.shares()[0])
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, Batches(split_of(30), batch_size=30, seed=2, shuffle=True).shares()[0])


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_change_nothing(workers: int) -> None:
    alone = list(Batches(split_of(40), batch_size=7, seed=0, shuffle=True))
    helped = list(Batches(split_of(40), batch_size=7, seed=0, shuffle=True, num_workers=workers))
    for one, other in zip(alone, helped, strict=True):
        assert all(torch.equal(left, right) for left, right in zip(one, other, strict=True))


AUGMENTATION = Augmentation(flip=0.5, shift=0.1, rotate=20, scale=0.1, brightness=0.3, contrast=0.3)


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 20), st.integers(0, 5), st.integers(1, 19))
def test_an_examples_augmentation_does_not_depend_on_its_batch(count: int, epoch: int, cut: int) -> None:
    images = torch.rand(count, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    indices = torch.arange(count) * 7
    whole = AUGMENTATION(images, indices, seed=0, epoch=epoch)
    parts = [
        AUGMENTATION(images[part], indices[part], seed=0, epoch=epoch)
        for part in (slice(0, cut), slice(cut, None))
        if len(indices[part])
    ]
    torch.testing.assert_close(torch.cat(parts), whole)
    assert whole.shape == images.shape and whole.min() >= 0 and whole.max() <= 1


def test_augmentation_differs_from_epoch_to_epoch() -> None:
    images, indices = torch.rand(4, 3, 8, 8), torch.arange(4)
    assert not torch.equal(
        AUGMENTATION(images, indices, seed=0, epoch=0), AUGMENTATION(images, indices, seed=0, epoch=1)
    )


def test_a_certain_flip_is_a_mirror_image_and_no_augmentation_changes_nothing() -> None:
    images, indices = torch.rand(3, 1, 4, 6), torch.arange(3)
    assert torch.equal(Augmentation(flip=1.0)(images, indices, seed=0, epoch=0), images.flip(-1))
    assert torch.equal(Augmentation()(images, indices, seed=0, epoch=0), images)


def test_a_shift_moves_the_picture_by_at_most_its_share() -> None:
    images = torch.zeros(50, 1, 20, 20)
    images[:, :, 10, 10] = 1
    moved = Augmentation(shift=0.1)(images, torch.arange(50), seed=0, epoch=0)
    where = moved.flatten(1).argmax(1)
    offset = torch.stack([where // 20 - 10, where % 20 - 10])
    assert offset.abs().max() <= 2 and offset.unique().numel() > 2


@given(batch_size=st.integers(1, 20), epoch=st.integers(0, 3), taken=st.integers(0, 30))
def test_batches_go_on_where_they_were_and_begin_the_next_epoch_anew(batch_size: int, epoch: int, taken: int) -> None:
    def batches() -> Batches:
        return Batches(split_of(37), batch_size=batch_size, seed=0, shuffle=True)

    whole = batches()
    whole.set_epoch(epoch)
    order = [batch.indices.tolist() for batch in whole]
    first = batches()
    first.set_epoch(epoch)
    begun = [batch.indices.tolist() for batch in itertools.islice(first, taken)]
    resumed = batches()
    resumed.load_state_dict(first.state_dict())
    iterator = iter(resumed)  # Lightning makes it before it chooses the epoch
    resumed.set_epoch(epoch)
    assert begun + [batch.indices.tolist() for batch in iterator] == order
    for fresh in (resumed, whole):
        fresh.set_epoch(epoch + 1)
    assert [batch.indices.tolist() for batch in resumed] == [batch.indices.tolist() for batch in whole]
