"""Networks: the AG-CNN of the gating paper, its baseline, and the released weights."""

from radiogaze.models.agcnn import AGCNN
from radiogaze.models.classic import ClassicCNN
from radiogaze.models.registry import build, count_parameters
from radiogaze.models.released import load_released

__all__ = ["AGCNN", "ClassicCNN", "build", "count_parameters", "load_released"]
