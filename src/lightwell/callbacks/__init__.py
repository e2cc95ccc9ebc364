"""Lightning callbacks: when to look, and what to write where.

Files go below `trainer.default_root_dir`, which is the run folder.
"""

from lightwell.callbacks.baselines import Baselines
from lightwell.callbacks.checkpoint import Checkpoint
from lightwell.callbacks.class_activation_map import ClassActivationMap
from lightwell.callbacks.class_image import ClassImage
from lightwell.callbacks.dataset_search import DatasetSearch
from lightwell.callbacks.face_baselines import FaceBaselines
from lightwell.callbacks.frames import Frames
from lightwell.callbacks.grad_cam import GradCam
from lightwell.callbacks.grad_cam_plus_plus import GradCamPlusPlus
from lightwell.callbacks.gram_matrices import GramMatrices
from lightwell.callbacks.input_x_gradient import InputXGradient
from lightwell.callbacks.integrated_gradients import IntegratedGradients
from lightwell.callbacks.layer_cam import LayerCam
from lightwell.callbacks.moved import Moved
from lightwell.callbacks.occlusion import Occlusion
from lightwell.callbacks.saliency import Saliency
from lightwell.callbacks.same_person import SamePerson
from lightwell.callbacks.score_cam import ScoreCam
from lightwell.callbacks.segmentation import Segmentation
from lightwell.callbacks.smooth_grad import SmoothGrad
from lightwell.callbacks.sound_search import SoundSearch
from lightwell.callbacks.tensorboard_pictures import TensorBoardPictures
from lightwell.callbacks.weight_averaging import WeightAveraging

__all__ = [
    "Baselines",
    "Checkpoint",
    "ClassActivationMap",
    "ClassImage",
    "DatasetSearch",
    "FaceBaselines",
    "Frames",
    "GradCam",
    "GradCamPlusPlus",
    "GramMatrices",
    "InputXGradient",
    "IntegratedGradients",
    "LayerCam",
    "Moved",
    "Occlusion",
    "Saliency",
    "SamePerson",
    "ScoreCam",
    "Segmentation",
    "SmoothGrad",
    "SoundSearch",
    "TensorBoardPictures",
    "WeightAveraging",
]
