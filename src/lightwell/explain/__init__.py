"""Explanations: a score function and tensors in, tensors out; no files and no plots.

A score function maps inputs to `(batch, K)` scores before softmax or sigmoid. Each explanation says which part of the
input moved one of them, and leaves the network as it found it: training flags, gradients, buffers, hooks and random
state.
"""

from lightwell.explain.class_activation import ClassActivation, class_activation_map
from lightwell.explain.evaluate import localisation_scores
from lightwell.explain.gradient import saliency
from lightwell.explain.measure import at_resolution_of, mass_inside, randomised
from lightwell.explain.score import contrastive

__all__ = ["ClassActivation", "at_resolution_of", "class_activation_map", "contrastive", "localisation_scores", "mass_inside", "randomised", "saliency"]
