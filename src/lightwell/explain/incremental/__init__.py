"""Scores of a picture with a small part changed, computed from what the part changes and nothing else.

A window touches few places of a convolutional network's first maps, and the maps of the picture as it is are known.
So the score function's pass is recorded once, with every map on the way (`recording`), and done again for many windows
(`replay`), where each carries only the box that it changes (`patches`). An operation on such a box reads the known map
around it (`operations`). Where the box has grown to most of the map, or an operation needs all of it, the pass goes on
with whole maps, so the scores are always those of the whole pass, to rounding. Krypton (Nakandala, Kumar and
Papakonstantinou, 2019) does the same as the maintenance of a view.
"""

from lightwell.explain.incremental.by_parts import ByParts
from lightwell.explain.incremental.recording import Untraceable

__all__ = ["ByParts", "Untraceable"]
