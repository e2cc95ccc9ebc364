"""Networks: plain `nn.Module`s that know nothing of Lightning or of configs.

Each says by its class attribute `inputs` what it reads, and takes `input_shape` (one example's shape, without the
batch) and `outputs` (how many scores an example, or each step of one, gets), which a run passes; the rest stands in
`conf/model/`. A `FeatureNetwork` learns nothing and takes neither. `log_mel` needs torchaudio, which takes a second to
import; those who hear do so.
"""

from lightwell.models.backbone import Backbone
from lightwell.models.convnet import ConvNet, ConvNetFlatten
from lightwell.models.dense import MLP, Logistic, Shallow
from lightwell.models.efficientnet_lite import EfficientNetLite
from lightwell.models.feature_network import FeatureNetwork
from lightwell.models.trigger_rnn import TriggerRNN
from lightwell.models.trigger_tcn import TriggerTCN

__all__ = [
    "MLP",
    "Backbone",
    "ConvNet",
    "ConvNetFlatten",
    "EfficientNetLite",
    "FeatureNetwork",
    "Logistic",
    "Shallow",
    "TriggerRNN",
    "TriggerTCN",
]
