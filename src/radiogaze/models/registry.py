"""Architectures by the name that an experiment sheet uses."""

from collections.abc import Callable
from typing import Any

from torch import nn

from radiogaze.campaigns.variants import Variant
from radiogaze.errors import RadiogazeError
from radiogaze.models.agcnn import AGCNN
from radiogaze.models.classic import ClassicCNN
from radiogaze.models.equivariant import E2Attention
from radiogaze.models.lenet import LeNet, ScaifePorterLeNet
from radiogaze.models.steerable import Group
from radiogaze.models.view import View
from radiogaze.models.zoom import ZoomNetwork


def _gating(variant: Variant) -> dict[str, Any]:
    """Return what a row says of gates and readout."""
    columns = ("normalisation", "scope", "aggregation", "head", "pooling")
    return {"gates": variant.gates or 0, **{name: getattr(variant, name) for name in columns}}


def _agcnn(variant: Variant) -> nn.Module:
    return AGCNN(
        unit_order=variant.unit_order,
        kernel=variant.kernel,
        width_divisor=float(variant.width_divisor),
        view=View(variant.size, variant.pixel_scaling),
        **_gating(variant),
    )


def _e2_attention(variant: Variant) -> nn.Module:
    group = Group.named(str(variant.group))
    return E2Attention(
        group,
        kernel=variant.kernel,
        width_divisor=(
            group.order if variant.width_divisor == "group" else float(variant.width_divisor)
        ),
        size=variant.size,
        pixel_scaling=variant.pixel_scaling,
        **_gating(variant),
    )


def _lenet(variant: Variant) -> nn.Module:
    return LeNet(variant.kernel, size=variant.size, pixel_scaling=variant.pixel_scaling)


def _zoom(variant: Variant) -> nn.Module:
    return ZoomNetwork(
        variant.zooms,
        variant.gates or 0,
        variant.normalisation,
        width_divisor=float(variant.width_divisor),
    )


ARCHITECTURES: dict[str, Callable[[Variant], nn.Module]] = {
    "ag-cnn": _agcnn,
    "classic-cnn": lambda _: ClassicCNN(),
    "e2-attention": _e2_attention,
    "lenet": _lenet,
    "lenet-sp": lambda variant: ScaifePorterLeNet(pixel_scaling=variant.pixel_scaling),
    "zoom": _zoom,
}


def build(variant: Variant) -> nn.Module:
    """Build the untrained network of a variant, freshly initialised from torch's generator.

    Every architecture gives ``model(images)``: images [N, 1, 150, 150] in [-1, 1] to logits
    [N, 2], and ``model.attention_maps(images)``: a list of maps [N, 1, h, w], gate 1 first.

    Raises
    ------
    RadiogazeError
        If the row names a part that the schema of sheets allows and no module has.
    """
    try:
        return ARCHITECTURES[variant.architecture](variant)
    except RadiogazeError as error:
        raise RadiogazeError(
            f"experiment sheet: {variant.variant}: {error} (src/radiogaze/models)"
        ) from None


def count_parameters(model: nn.Module) -> int:
    """Return the number of trainable parameters, shared ones counted once."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)
