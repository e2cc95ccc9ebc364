"""Pictures of people: splits, batches and drawings."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lightwell.config.mistakes import ConfigMistakes
from lightwell.data.batches import Split
from lightwell.data.drawn_faces import DrawnFaces
from lightwell.data.faces import EYES_AT, Faces, aligned
from lightwell.data.people import PeopleBatches
from lightwell.data.portrait import LAYERS, draw_portrait
from lightwell.data.table import Table
from tests.data.pictures import people_folder

SMALL = {"image_size": 16, "batch_size": 8, "pictures_per_person": 2, "gallery": 2}


def split_of(counts: list[int]) -> Split:
    """A split of people with so many pictures each, which are blank."""
    labels = np.repeat(np.arange(len(counts)), counts)
    images = np.zeros((len(labels), 1, 4, 4), dtype=np.uint8)
    names = [str(number) for number in range(len(labels))]
    return Split(Table(images, labels, None, (), names, [], ""), np.arange(len(labels)))


@given(
    counts=st.lists(st.integers(1, 9), min_size=4, max_size=20).filter(lambda counts: sum(n > 1 for n in counts) >= 4),
    each=st.integers(2, 4),
    epoch=st.integers(0, 5),
)
def test_a_batch_has_as_many_pictures_of_each_of_its_people(counts: list[int], each: int, epoch: int) -> None:
    split = split_of(counts)
    batches = PeopleBatches(split, pictures_per_person=each, batch_size=4 * each, seed=3)
    batches.set_epoch(epoch)
    seen = []
    for share in batches.shares():
        people, times = np.unique(split.labels[share], return_counts=True)
        assert len(people) == 4 and set(times) == {each}
        seen += people.tolist()
    how_often = np.bincount(seen, minlength=len(counts))
    assert not how_often[np.array(counts) == 1].any()  # nobody is a positive of themselves alone
    met = how_often[np.array(counts) > 1]
    assert met.max() - met.min() <= 1


def test_batches_are_a_function_of_seed_and_epoch_shared_among_processes() -> None:
    split = split_of([5] * 8)
    options = {"pictures_per_person": 2, "batch_size": 8, "seed": 0}
    whole = PeopleBatches(split, **options).shares()
    again = PeopleBatches(split, **options).shares()
    halves = [PeopleBatches(split, **options, rank=rank, world_size=2).shares() for rank in range(2)]
    other = PeopleBatches(split, **options)
    other.set_epoch(1)
    for one, same, first, second in zip(whole, again, *halves, strict=True):
        assert np.array_equal(one, same)
        assert sorted(one) == sorted([*first, *second]) and len(first) == len(second)
    assert any(not np.array_equal(one, then) for one, then in zip(whole, other.shares(), strict=True))
    with pytest.raises(ConfigMistakes, match="cannot be shared among 3 processes"):
        PeopleBatches(split, **options, world_size=3)


def test_nobody_stands_in_two_splits_and_the_gallery_is_apart_from_the_probes(cache: Path, tmp_path: Path) -> None:
    drawn = DrawnFaces(train=6, val=4, test=5, pictures=4, **SMALL)
    photographs = Faces(root=str(people_folder(tmp_path / "people", size=16)), ratio=[0.6, 0.2, 0.2], **SMALL)
    for data in (drawn, photographs):
        data.load()
        who = {name: {person.rpartition(", ")[0] for person in _people(split)} for name, split in data.splits.items()}
        assert not who["train"] & who["val"] and not who["train"] & who["test"] and not who["val"] & who["test"]
        known, asked = data.galleries["test"], data.splits["test"]
        assert not set(known.positions) & set(asked.positions)
        assert set(np.bincount(known.labels)) == set(np.bincount(asked.labels)) == {2}
        assert len(data.classes) == len(np.unique(asked.labels))


def _people(split: Split) -> list[str]:
    names = [split.table.names[position] for position in split.positions]
    return [name if ", " in name else f"{name.rpartition('/')[0]}, " for name in names]


def test_a_budget_counts_people_and_is_part_of_a_larger_one(cache: Path) -> None:
    few, more, everybody = (
        DrawnFaces(train=8, val=4, test=4, pictures=4, budget=budget, **SMALL) for budget in (3, 5, None)
    )
    for data in (few, more, everybody):
        data.load()
    assert len(few.splits["train"]) == 12 and len(more.splits["train"]) == 20 and len(everybody.splits["train"]) == 32
    assert set(few.splits["train"].positions) < set(more.splits["train"].positions)


def test_too_few_people_are_told(cache: Path, tmp_path: Path) -> None:
    data = Faces(root=str(people_folder(tmp_path / "people", people=6, size=16)), ratio=[4, 1, 1], **SMALL)
    with pytest.raises(ConfigMistakes, match="1 people with more than one picture; two are the least"):
        data.load()
    with pytest.raises(ConfigMistakes, match="2 pictures of each person"):
        DrawnFaces(image_size=16, batch_size=3, pictures_per_person=2)


def test_a_person_in_two_split_folders_is_told(tmp_path: Path) -> None:
    for split in ("train", "val", "test"):
        people_folder(tmp_path / split, people=2, each=2, size=16)
    with pytest.raises(ConfigMistakes, match="person_0 stands in two splits"):
        Faces(root=str(tmp_path), split="folders", **SMALL)


def test_aligned_eyes_are_where_they_should_be(tmp_path: Path) -> None:
    picture = Image.new("RGB", (120, 90))
    left, right = (40, 30), (70, 50)  # a head that is turned by 34 degrees
    for x, y in (left, right):
        picture.paste((255, 255, 255), (x - 5, y - 5, x + 6, y + 6))
    turned = aligned(picture, (*left, *right), 64).astype(float).mean(-1)
    for x, y in (EYES_AT[:2], EYES_AT[2:]):
        assert turned[round(y * 64) - 1 : round(y * 64) + 2, round(x * 64) - 1 : round(x * 64) + 2].min() > 200
    assert turned.mean() < 60


def test_every_photograph_needs_its_eyes_where_any_has(tmp_path: Path) -> None:
    root = people_folder(tmp_path / "people", each=2, size=16)
    with (root / "eyes.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "left_x", "left_y", "right_x", "right_y"])
        writer.writerow(["person_0/0.png", 5, 6, 10, 6])
    with pytest.raises(ConfigMistakes, match=r"It says nothing of person_\d+/\d\.png"):
        Faces(root=str(root), eyes="eyes.csv", **SMALL)


@settings(max_examples=20)
@given(person=st.integers(0, 10**6), picture=st.integers(0, 1000), size=st.integers(8, 80))
def test_a_portrait_is_a_function_of_person_and_picture_at_any_size(person: int, picture: int, size: int) -> None:
    drawn, layers = draw_portrait(0, person, picture, size)
    again, _ = draw_portrait(0, person, picture, size)
    assert drawn.shape == (size, size, 3) and np.array_equal(drawn, again)
    assert (layers > 0).all()
    other, _ = draw_portrait(0, person + 1, picture, size)
    assert not np.array_equal(drawn, other)


def test_a_portrait_shows_the_parts_that_its_masks_say() -> None:
    for person in range(20):
        _, layers = draw_portrait(0, person, 0, 64)
        share = {name: (layers >> bit & 1).mean() for bit, name in enumerate(LAYERS)}
        for part in ("skin", "eyes", "nose", "mouth", "brows", "clothes", "background"):
            assert share[part] > 0.002, (person, part)
        assert share["skin"] > share["nose"] and share["background"] > 0.1


def test_a_list_of_pairs_says_who_is_tested(cache: Path, tmp_path: Path) -> None:
    root = people_folder(tmp_path / "people", people=8, each=3, size=16)
    for file in sorted(root.rglob("*.png")):  # as Labelled Faces in the Wild names its files
        file.rename(file.with_name(f"{file.parent.name}_{int(file.stem) + 1:04d}.png"))
    lines = ["2 1", "person_1 1 3", "person_1 2 person_5 1", "person_3 1 2", "person_3 3 person_5 2"]
    (root / "pairs.txt").write_text("\n".join(lines) + "\n")
    data = Faces(root=str(root), pairs="pairs.txt", ratio=[3, 2, 1], **SMALL)
    data.load()
    assert data.classes == ("person_1", "person_3", "person_5") and data.pairs is not None
    paths = data.splits["test"].table.names
    assert paths[data.pairs.first[1]] == "person_1/person_1_0002.png"
    assert paths[data.pairs.second[1]] == "person_5/person_5_0001.png"
    assert data.pairs.folds.tolist() == [0, 0, 1, 1]
    (root / "pairs.txt").write_text("1\nperson_1 1 9\nperson_1 1 person_2 1\n")
    with pytest.raises(ConfigMistakes, match="It names person_1/person_1_0009"):
        Faces(root=str(root), pairs="pairs.txt", **SMALL)
