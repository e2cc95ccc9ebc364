"""Tasks: LightningModules, each a question asked of data.

A task has scores: `scores(inputs)` is `(batch, K)`, before any softmax or sigmoid. Every explanation asks which part
of the input moved one of them, and knows no more of the task than that. Style transfer has none: what it learns is the
input itself.
"""

from lightwell.tasks.classifier import Classifier
from lightwell.tasks.style_transfer import StyleTransfer
from lightwell.tasks.trigger_detector import TriggerDetector
from lightwell.tasks.triplet_encoder import TripletEncoder

__all__ = ["Classifier", "StyleTransfer", "TriggerDetector", "TripletEncoder"]
