"""Lightning callbacks: when to look, and what to write where.

Files go below `trainer.default_root_dir`, which is the run folder.
"""

from lightwell.callbacks.baselines import Baselines
from lightwell.callbacks.checkpoint import Checkpoint
from lightwell.callbacks.class_activation_map import ClassActivationMap
from lightwell.callbacks.saliency import Saliency
from lightwell.callbacks.tensorboard_pictures import TensorBoardPictures
from lightwell.callbacks.weight_averaging import WeightAveraging

__all__ = [
    "Baselines",
    "Checkpoint",
    "ClassActivationMap",
    "Saliency",
    "TensorBoardPictures",
    "WeightAveraging",
]
