"""Networks: plain `nn.Module`s that know nothing of Lightning or of configs.

Each says by its class attribute `inputs` what it reads, and takes `input_shape` (one example's shape, without the
batch) and `outputs` (how many scores an example gets), which a run passes; the rest stands in `conf/model/`.
"""

from lightwell.models.backbone import Backbone
from lightwell.models.convnet import ConvNet, ConvNetFlatten
from lightwell.models.dense import MLP, Logistic, Shallow

__all__ = ["MLP", "Backbone", "ConvNet", "ConvNetFlatten", "Logistic", "Shallow"]
