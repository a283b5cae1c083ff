"""A small gated network and a few sources, for tests of what attention maps show."""

from dataclasses import replace

import numpy as np
import torch
from torch import nn

from cutout_tools import cutouts_of
from radiogaze.campaigns.variants import Variant, load_sheet
from radiogaze.data.store import Cutouts
from radiogaze.models.registry import build
from training_tools import ROOT


def small_variant() -> Variant:
    """The primary model with two gates, at 56 pixels."""
    row = load_sheet(ROOT / "experiments/gating.tsv")["mirabest-range-ft-3g"]
    return replace(row, gates=2, size=56)


def five_cutouts() -> Cutouts:
    """Two FRI, two FRII and a hybrid, which is not scored."""
    images = np.zeros((5, 150, 150), np.uint8)
    images[:, 50:90, 60:80] = np.random.default_rng(0).integers(1, 256, (5, 40, 20))
    return cutouts_of(images, [0, 3, 5, 6, 8])


def network(variant: Variant) -> nn.Module:
    """An untrained network, always the same."""
    torch.manual_seed(3)
    return build(variant).eval()
