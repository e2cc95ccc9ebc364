"""Chance as a function, not a history.

Every random choice is drawn from a generator keyed by what it is for - a seed, an epoch, an example's index, a
name - and by nothing else. The number of workers or processes, the order in which examples are visited and the
moment at which a run was resumed therefore change nothing, and any choice can be made again on its own.
"""

import zlib

import numpy as np

Key = int | str


def _words(key: tuple[Key, ...]) -> list[int]:
    """A name counts by its checksum: unlike `hash`, that is the same in every process."""
    return [zlib.crc32(part.encode()) if isinstance(part, str) else part for part in key]


def generator(*key: Key) -> np.random.Generator:
    """A NumPy generator for one purpose, for instance `generator(seed, "shuffle", epoch)`."""
    return np.random.default_rng(np.random.SeedSequence(_words(key)))


def torch_seed(*key: Key) -> int:
    """A seed for torch's own generators, for instance of dropout at one training step."""
    return int(np.random.SeedSequence(_words(key)).generate_state(1, np.uint64)[0] >> 1)


def uniform(indices: np.ndarray, *key: Key, columns: int) -> np.ndarray:
    """Uniform numbers in [0, 1) of shape `(len(indices), columns)`, one row for each index.

    A row depends on its index and the key alone, so a batch may be cut in any way. One generator an index would
    say the same but takes 20 microseconds each; this is a counter-based generator (SplitMix64: Steele, Lea and
    Flood, 2014) on whole arrays.
    """
    origin = np.random.SeedSequence(_words(key)).generate_state(1, np.uint64)[0]
    with np.errstate(over="ignore"):
        row = _mix(origin + np.asarray(indices, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15))
        counters = row[:, None] + np.arange(1, columns + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        return (_mix(counters) >> np.uint64(11)) * 2.0**-53


def _mix(words: np.ndarray) -> np.ndarray:
    """SplitMix64's finaliser: every input bit reaches every output bit."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))
