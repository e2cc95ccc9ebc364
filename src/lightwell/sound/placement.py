"""Where words stand in a clip: never over one another, by construction and not by trying again."""

import numpy as np


def place(lengths: list[int], room: int, *, gap: int, chance: np.random.Generator) -> tuple[list[int], list[int]]:
    """Draw where some words begin, in an order that is drawn, too.

    The samples that no word takes are divided among the gaps at random, so that a word may stand anywhere. Where not
    all fit, the last ones are left out.

    Args:
        lengths: How many samples each takes.
        room: How many there are.
        gap: How many at least lie between two words.
        chance: What is drawn from.

    Returns:
        Which of the words were placed, in the order in which they are heard, and where each begins.
    """
    fitting = list(lengths)
    while fitting and sum(fitting) + gap * (len(fitting) - 1) > room:
        fitting.pop()
    if not fitting:
        return [], []
    order = [int(word) for word in chance.permutation(len(fitting))]
    slack = room - sum(fitting) - gap * (len(fitting) - 1)
    before = np.sort(chance.integers(0, slack + 1, len(fitting)))
    ends_of_earlier = np.cumsum([0, *(fitting[word] + gap for word in order[:-1])])
    return order, [int(start) for start in before + ends_of_earlier]
