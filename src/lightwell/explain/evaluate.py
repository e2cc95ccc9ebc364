"""Scoring explanations, each score from maps to one number an example."""

from torch import Tensor

from lightwell.explain.faithfulness import deletion, enlarged, insertion
from lightwell.explain.localisation import intersection_over_union, mass_inside, pointing_game
from lightwell.explain.score import Score, Target
from lightwell.explain.segmentation import segmentation

TOLERANCE = 15 / 300  # of the picture's longer side: the pointing game's, as published


def localisation_scores(maps: Tensor, evidence: Tensor) -> dict[str, Tensor]:
    """How maps lie on the evidence: `mass_inside`, `pointing_game` and `intersection_over_union`, each `(batch,)`.

    The pointing game forgives 5 % of the picture's side. What is held against the evidence by intersection over union
    is the map, brought to the picture's resolution and cut at Otsu's threshold.

    Args:
        maps: `(batch, h, w)`, at any resolution.
        evidence: `(batch, height, width)` bool: where the class shows.
    """
    masks = segmentation(enlarged(maps, evidence[:, None]), method="otsu")
    return {
        "mass_inside": mass_inside(maps, evidence),
        "pointing_game": pointing_game(maps, evidence, tolerance=TOLERANCE * max(evidence.shape[1:])),
        "intersection_over_union": intersection_over_union(masks, evidence),
    }


def faithfulness_scores(probability: Score, inputs: Tensor, maps: Tensor, *, target: Target) -> dict[str, Tensor]:
    """What becomes of a probability along the map, under middle grey: `deletion` and `insertion`, each `(batch,)`."""
    return {
        "deletion": deletion(probability, inputs, maps, target=target).area,
        "insertion": insertion(probability, inputs, maps, target=target).area,
    }
