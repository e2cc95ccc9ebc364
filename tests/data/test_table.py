import multiprocessing
import os
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from lightwell.data.table import Listing, cache_folder, load_table


def decode(number: int, *, log: Path) -> tuple:
    with log.open("a") as file:
        file.write(f"{number}\n")
    mask = np.zeros((4, 4, 9), dtype=bool)
    mask[number % 4, :, number % 9] = True
    return np.full((3, 4, 4), number % 256, dtype=np.uint8), None, mask


def listing(log: Path, count: int = 150, key: str = "a") -> Listing:
    return Listing(
        names=[f"picture {number}" for number in range(count)],
        labels=np.arange(count) % 3,
        decode=partial(decode, log=log),
        layers=tuple("abcdefghi"),
        key=f"{log} {key}",
    )


def test_pictures_are_decoded_once(tmp_path) -> None:
    log = tmp_path / "decoded"
    first, second = (load_table(listing(log), title="") for _ in range(2))
    assert len(log.read_text().split()) == 150
    assert isinstance(second.images, np.memmap)
    assert np.array_equal(first.images[:, 0, 0, 0], np.arange(150))
    assert first.fingerprint == second.fingerprint


def test_masks_come_back_as_they_were(tmp_path) -> None:
    table = load_table(listing(tmp_path / "decoded"), title="")
    expected = decode(77, log=tmp_path / "again")[2]
    assert np.array_equal(table.mask(77), expected)


def build_slowly(log: Path) -> str:
    return load_table(listing(log, count=400), title="").fingerprint


def test_two_processes_at_once_build_one_table(tmp_path) -> None:
    log = tmp_path / "decoded"
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        fingerprints = pool.map(build_slowly, [log, log])
    assert len(set(fingerprints)) == 1
    assert len(log.read_text().split()) == 400


def test_what_a_killed_build_left_is_not_taken_for_a_table(tmp_path) -> None:
    log = tmp_path / "decoded"
    load_table(listing(log, key="other"), title="")
    finished = max((cache_folder() / "pictures").glob("*/"), key=os.path.getmtime)
    torn = finished.with_suffix(".building")
    finished.rename(torn)
    (torn / "images.npy").write_bytes(b"torn")
    assert load_table(listing(log, key="other"), title="").images.shape == (150, 3, 4, 4)
    assert not torn.exists()


@pytest.mark.parametrize("count", [1, 64, 65])
def test_any_number_of_pictures(tmp_path, count: int) -> None:
    assert len(load_table(listing(tmp_path / "decoded", count=count), title="").images) == count
