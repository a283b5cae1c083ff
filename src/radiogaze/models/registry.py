"""Architectures by the name that an experiment sheet uses."""

from collections.abc import Callable

from torch import nn

from radiogaze.experiments import Variant
from radiogaze.models.agcnn import AGCNN
from radiogaze.models.classic import ClassicCNN


def _agcnn(variant: Variant) -> nn.Module:
    return AGCNN(
        gates=variant.gates or 0,
        normalisation=variant.normalisation,
        scope=variant.scope,
        aggregation=variant.aggregation,
        head=variant.head,
        unit_order=variant.unit_order,
        dropout=variant.dropout,
    )


def _classic(variant: Variant) -> nn.Module:
    return ClassicCNN(dropout=variant.dropout)


ARCHITECTURES: dict[str, Callable[[Variant], nn.Module]] = {
    "ag-cnn": _agcnn,
    "classic-cnn": _classic,
}


def build(variant: Variant) -> nn.Module:
    """Build the untrained network of a variant, freshly initialised from torch's generator.

    Every architecture gives ``model(images)``: images [N, 1, 150, 150] in [-1, 1] to logits
    [N, 2], and ``model.attention_maps(images)``: a list of maps [N, 1, h, w], gate 1 first.
    """
    return ARCHITECTURES[variant.architecture](variant)


def count_parameters(model: nn.Module) -> int:
    """Return the number of trainable parameters, shared ones counted once."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)
