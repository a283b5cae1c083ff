"""Networks of both papers, their baselines, and the released weights."""

from radiogaze.models.agcnn import AGCNN
from radiogaze.models.classic import ClassicCNN
from radiogaze.models.equivariant import E2Attention
from radiogaze.models.lenet import LeNet, ScaifePorterLeNet
from radiogaze.models.registry import build, count_parameters
from radiogaze.models.released import load_released

__all__ = [
    "AGCNN",
    "ClassicCNN",
    "E2Attention",
    "LeNet",
    "ScaifePorterLeNet",
    "build",
    "count_parameters",
    "load_released",
]
