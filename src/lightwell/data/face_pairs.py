"""Lists of pairs on which verification is measured, as Labelled Faces in the Wild publishes them."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from lightwell.config.mistakes import ConfigMistakes, Mistake


class FacePairs(NamedTuple):
    """Pairs of photographs.

    Attributes:
        first: The photographs, by their place among those known.
        second: Likewise.
        folds: `(pairs,)`: in which fold each is judged by the threshold of the others.
    """

    first: np.ndarray
    second: np.ndarray
    folds: np.ndarray


def read_pairs(file: Path, paths: list[str]) -> FacePairs:
    """Read a pairs file: its first line has the folds and the pairs of each kind in one of them.

    Then come, fold after fold, pairs of one person (`name 1 4`) and of two (`name 1 other 3`), where `name 1` is the
    photograph `name/name_0001` with any suffix.

    Raises:
        ConfigMistakes: When the file is not there, not of this form, or names a photograph that is not there.
    """
    if not file.is_file():
        raise ConfigMistakes([Mistake("data.pairs", str(file), f"There is no file {file}.")])
    places = {path.rpartition(".")[0]: place for place, path in enumerate(paths)}
    lines = [line.split() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    first: list[int] = []
    second: list[int] = []
    try:
        folds, each = (int(lines[0][0]), int(lines[0][1])) if len(lines[0]) == 2 else (1, int(lines[0][0]))
        for words in lines[1:]:
            name, number, *rest = words
            other, other_number = rest if len(rest) == 2 else (name, *rest)
            for found, who, which in ((first, name, number), (second, other, other_number)):
                found.append(places[f"{who}/{who}_{int(which):04d}"])
        if len(first) != 2 * folds * each:
            raise ValueError(f"it has {len(first)} pairs, and its first line says {2 * folds * each}")
    except KeyError as error:
        problem = f"It names {error.args[0]}, and there is no such photograph below the root."
        raise ConfigMistakes([Mistake("data.pairs", str(file), problem)]) from error
    except (ValueError, IndexError) as error:
        raise ConfigMistakes([Mistake("data.pairs", str(file), f"This is no list of pairs: {error}.")]) from error
    return FacePairs(np.array(first), np.array(second), np.repeat(np.arange(folds), 2 * each))
