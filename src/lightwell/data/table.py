"""Decoded pictures on disk: one memory-mapped uint8 array for each source and size, made once.

A table is built under a file lock in a temporary folder that is renamed when complete. So two processes that want
the same one wait for each other, a killed build leaves nothing that looks finished, and every later run, worker
and process maps the same pages of memory.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import joblib
import numpy as np
from filelock import FileLock
from rich.progress import track

from lightwell.data.decode import UnreadablePicture

CHUNK = 64  # pictures decoded by one call of a worker


@dataclass(frozen=True)
class Listing:
    """What a source holds, before any picture is decoded.

    Attributes:
        names: One name an example, unique, by which people recognise it: for files the path below the root.
        labels: `(examples,)` int64, or `(examples, K)` uint8 for multi-hot labels; None where drawing the picture
            decides them.
        decode: From an example's position to its picture `(channels, height, width)` uint8, its labels or None, and
            its mask `(height, width, layers)` bool or None.
        layers: The names of the mask's layers.
        key: What the pictures depend on; another key means another table.
        workers: Whether to decode in threads, for Pillow's decoders, or in processes, for Python's own loops.
    """

    names: list[str]
    labels: np.ndarray | None
    decode: Callable[[int], tuple[np.ndarray, np.ndarray | None, np.ndarray | None]]
    layers: tuple[str, ...]
    key: str
    workers: Literal["threads", "processes"] = "threads"


@dataclass(frozen=True)
class Table:
    """Decoded examples.

    Attributes:
        images: `(examples, channels, height, width)` uint8, memory-mapped.
        labels: `(examples,)` int64, or `(examples, K)` uint8 for multi-hot labels.
        masks: `(examples, height, width, ceil(layers / 8))` uint8, one bit a layer, memory-mapped; or None.
        layers: The names of the mask's layers.
        names: The examples' names.
        unreadable: What could not be read and was skipped.
        fingerprint: A checksum of pictures and labels, the same on every machine.
    """

    images: np.ndarray
    labels: np.ndarray
    masks: np.ndarray | None
    layers: tuple[str, ...]
    names: list[str]
    unreadable: list[str]
    fingerprint: str

    def mask(self, position: int) -> np.ndarray | None:
        """An example's mask, `(height, width, layers)` bool."""
        if self.masks is None:
            return None
        return np.unpackbits(self.masks[position], axis=-1, count=len(self.layers)).astype(bool)


def cache_folder() -> Path:
    """Where decoded pictures and downloads are kept: `LIGHTWELL_CACHE`, or a folder in the user's cache."""
    return Path(os.environ.get("LIGHTWELL_CACHE", "~/.cache/lightwell")).expanduser()


def load_table(listing: Listing, *, title: str) -> Table:
    """The decoded table of a listing: from the cache, or built now with a progress bar."""
    folder = cache_folder() / "pictures" / hashlib.blake2b(listing.key.encode(), digest_size=12).hexdigest()
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_suffix(".lock")):
            if not folder.exists():
                _build(listing, folder, title)
    about = json.loads((folder / "about.json").read_text())
    masks = folder / "masks.npy"
    return Table(
        images=np.load(folder / "images.npy", mmap_mode="r"),
        labels=np.load(folder / "labels.npy"),
        masks=np.load(masks, mmap_mode="r") if masks.exists() else None,
        layers=tuple(about["layers"]),
        names=about["names"],
        unreadable=about["unreadable"],
        fingerprint=about["fingerprint"],
    )


def _build(listing: Listing, folder: Path, title: str) -> None:
    scratch = folder.with_suffix(".building")
    shutil.rmtree(scratch, ignore_errors=True)  # left by a build that was killed
    scratch.mkdir()
    names: list[str] = []
    labels: list[np.ndarray] = []
    unreadable: list[str] = []
    digest = hashlib.blake2b(digest_size=12)
    with (scratch / "images.raw").open("wb") as images, (scratch / "masks.raw").open("wb") as masks:
        for position, decoded in _decoded(listing, title):
            if isinstance(decoded, str):
                unreadable.append(decoded)
                continue
            image, label, mask = decoded
            images.write(image.tobytes())
            digest.update(image.tobytes())
            if mask is not None:
                masks.write(np.packbits(mask, axis=-1).tobytes())
            labels.append(label if listing.labels is None else listing.labels[position])
            names.append(listing.names[position])
            shape = image.shape
    if not names:
        raise UnreadablePicture(f"None of the {len(unreadable)} pictures could be read; the first: {unreadable[0]}")
    all_labels = np.stack(labels) if np.ndim(labels[0]) else np.array(labels, dtype=np.int64)
    digest.update(all_labels.tobytes())
    np.save(scratch / "labels.npy", all_labels)
    _as_npy(scratch / "images.raw", (len(names), *shape))
    layer_bytes = (len(listing.layers) + 7) // 8
    _as_npy(scratch / "masks.raw", (len(names), *shape[1:], layer_bytes))
    about = {
        "layers": listing.layers,
        "names": names,
        "unreadable": unreadable,
        "fingerprint": digest.hexdigest(),
    }
    (scratch / "about.json").write_text(json.dumps(about))
    scratch.rename(folder)


def _decoded(listing: Listing, title: str) -> Iterator[tuple[int, tuple | str]]:
    """Each position with what decoding gave, or with the message of why it could not be read, in order."""
    chunks = [range(start, min(start + CHUNK, len(listing.names))) for start in range(0, len(listing.names), CHUNK)]
    jobs = min(len(chunks), joblib.cpu_count())
    pool = joblib.Parallel(n_jobs=jobs, prefer=listing.workers, return_as="generator", batch_size=1)
    results = pool(joblib.delayed(_decode_chunk)(listing.decode, chunk) for chunk in chunks)
    for chunk, decoded in zip(chunks, track(results, title, total=len(chunks), transient=True), strict=True):
        yield from zip(chunk, decoded, strict=True)


def _decode_chunk(decode: Callable, positions: range) -> list[tuple | str]:
    decoded: list[tuple | str] = []
    for position in positions:
        try:
            decoded.append(decode(position))
        except UnreadablePicture as error:
            decoded.append(str(error))
    return decoded


def _as_npy(raw: Path, shape: tuple[int, ...]) -> None:
    """Put NumPy's header before the raw bytes, without holding them in memory; no bytes, no file."""
    if raw.stat().st_size:
        array = np.lib.format.open_memmap(raw.with_suffix(".npy"), mode="w+", dtype=np.uint8, shape=shape)
        array[:] = np.memmap(raw, dtype=np.uint8, mode="r", shape=shape)
        array.flush()
    raw.unlink()
