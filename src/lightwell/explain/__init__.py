"""Explanations: a score function and tensors in, tensors out; no files and no plots.

A score function maps inputs to `(batch, K)` scores before softmax or sigmoid. Each explanation says which part of the
input moved one of them, and leaves the network as it found it: training flags, gradients, buffers, hooks and random
state.
"""

from lightwell.explain.class_activation import ClassActivation, class_activation_map
from lightwell.explain.class_image import class_image
from lightwell.explain.dataset_search import Strongest, dataset_search
from lightwell.explain.evaluate import faithfulness_scores, localisation_scores
from lightwell.explain.faithfulness import FaithfulnessCurve, deletion, insertion
from lightwell.explain.grad_cam import grad_cam, grad_cam_plus_plus, layer_cam
from lightwell.explain.gradient import input_x_gradient, saliency
from lightwell.explain.integrated_gradients import IntegratedGradients, integrated_gradients
from lightwell.explain.localisation import at_resolution_of, intersection_over_union, mass_inside, pointing_game
from lightwell.explain.occlusion import occlusion
from lightwell.explain.randomisation import cascade, randomised, rank_correlation, sanity_check
from lightwell.explain.receptive_field import ReceptiveField, receptive_field
from lightwell.explain.robustness import sensitivity
from lightwell.explain.score import contrastive
from lightwell.explain.score_cam import score_cam
from lightwell.explain.segmentation import largest_component, segmentation
from lightwell.explain.smooth_grad import smooth_grad

__all__ = [
    "ClassActivation",
    "FaithfulnessCurve",
    "IntegratedGradients",
    "ReceptiveField",
    "Strongest",
    "at_resolution_of",
    "cascade",
    "class_activation_map",
    "class_image",
    "contrastive",
    "dataset_search",
    "deletion",
    "faithfulness_scores",
    "grad_cam",
    "grad_cam_plus_plus",
    "input_x_gradient",
    "insertion",
    "integrated_gradients",
    "intersection_over_union",
    "largest_component",
    "layer_cam",
    "localisation_scores",
    "mass_inside",
    "occlusion",
    "pointing_game",
    "randomised",
    "rank_correlation",
    "receptive_field",
    "saliency",
    "sanity_check",
    "score_cam",
    "segmentation",
    "sensitivity",
    "smooth_grad",
]
