"""Words and backgrounds on disk: one memory-mapped int16 array for each source, made once."""

import hashlib
import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from filelock import FileLock
from rich.progress import track

from lightwell.data.table import cache_folder
from lightwell.sound.mixture import Sound


@dataclass(frozen=True)
class SoundBank:
    """Sounds in a fixed order.

    Attributes:
        sounds: With their samples as int16, memory-mapped.
        faults: What could not be used and was left out, a sentence each.
        fingerprint: A checksum of all samples and names, the same on every machine.
    """

    sounds: Sequence[Sound]
    faults: Sequence[str]
    fingerprint: str


def load_bank(key: str, make: Iterable[Sound | str], *, count: int, title: str) -> SoundBank:
    """The sounds of a key: from the cache, or made now with a progress bar.

    A bank is made under a lock in a temporary folder that is renamed when complete, so that two processes that want
    the same one wait for each other, and a killed one leaves nothing that looks finished.

    Args:
        key: What the sounds depend on; another key means another bank.
        make: Makes them, once it is iterated over; of one that cannot be used it says why, in a sentence.
        count: About how many there will be.
        title: Of the progress bar.
    """
    folder = cache_folder() / "sounds" / hashlib.blake2b(key.encode(), digest_size=12).hexdigest()
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_suffix(".lock")):
            if not folder.exists():
                _build(folder, track(make, title, total=count, transient=True))
    about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    samples = np.memmap(folder / "samples.i16", dtype=np.int16, mode="r") if any(about["lengths"]) else np.empty(0)
    ends = np.cumsum(about["lengths"], dtype=np.int64)
    starts = ends - about["lengths"]
    rows = zip(about["names"], about["sources"], starts, ends, strict=True)
    sounds = [Sound(name, source, samples[start:end]) for name, source, start, end in rows]
    return SoundBank(sounds, about["faults"], about["fingerprint"])


def _build(folder: Path, sounds: Iterable[Sound | str]) -> None:
    scratch = folder.with_suffix(".building")
    shutil.rmtree(scratch, ignore_errors=True)  # left by one that was killed
    scratch.mkdir()
    about: dict[str, list] = {"names": [], "sources": [], "lengths": []}
    faults = []
    digest = hashlib.blake2b(digest_size=12)
    with (scratch / "samples.i16").open("wb") as file:
        for sound in sounds:
            if isinstance(sound, str):
                faults.append(sound)
                continue
            samples = as_int16(sound.samples).tobytes()
            file.write(samples)
            digest.update(sound.name.encode() + b"\0" + samples)
            for column, value in zip(about, (sound.name, sound.source, len(samples) // 2), strict=True):
                about[column].append(value)
    text = json.dumps({**about, "faults": faults, "fingerprint": digest.hexdigest()}, ensure_ascii=False)
    (scratch / "about.json").write_text(text, encoding="utf-8")
    scratch.rename(folder)


def as_int16(samples: np.ndarray) -> np.ndarray:
    """Samples in [-1, 1] as whole numbers; what is louder is cut off."""
    return np.round(np.clip(samples, -1, 1) * 32767).astype(np.int16)
