"""Grad-CAM of the last convolution, beside the attention maps.

Selvaraju et al. 2017 (Grad-CAM), by captum's ``LayerGradCam``: the features of a layer, weighted
by the mean gradient of a class's logit, summed and rectified. The layer is the end of block 4,
which is also the gating signal of every gate.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from captum.attr import LayerGradCam
from numpy.typing import NDArray
from torch import Tensor, nn

from radiogaze.attention.examples import Extraction, run
from radiogaze.attention.extract import attentive, check_finite, scale
from radiogaze.attention.resize import mean_map, to_cutout
from radiogaze.campaigns.variants import Variant
from radiogaze.models.agcnn import GatedNetwork
from radiogaze.terms import CLASSES

LAST_UNIT = "4b"

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Explained:
    """Attention and Grad-CAM of the same images; N images.

    Attributes
    ----------
    images
        uint8 [N, 150, 150].
    attention
        Attention maps (mean over gates), [N, 150, 150].
    cams
        Grad-CAM of FRI and of FRII, [N, 2, 150, 150]; not normalised, never negative.
    logits
        [N, 2], each image by itself.
    """

    images: NDArray[np.uint8]
    attention: Floats
    cams: Floats
    logits: Floats


def grad_cam(model: GatedNetwork, inputs: Tensor) -> Tensor:
    """Return Grad-CAM of both classes.

    Parameters
    ----------
    model
        In evaluation mode.
    inputs
        float32 [N, 1, 150, 150], scaled as for the network. Each goes through by itself.

    Returns
    -------
    Tensor
        [N, 2, 150, 150], bilinear from 18 x 18.
    """
    explain = LayerGradCam(model, model.units[LAST_UNIT])
    maps = [
        torch.cat(
            [
                explain.attribute(image[None], target=target, relu_attributions=True).detach()
                for target in range(len(CLASSES))
            ]
        )
        for image in inputs
    ]
    return torch.stack([to_cutout(both, "plain") for both in maps])


def explain_sources(
    variant: Variant, model: nn.Module, images: NDArray[np.uint8], extraction: Extraction
) -> Explained:
    """Take attention and Grad-CAM of images uint8 [N, 150, 150].

    Raises
    ------
    RadiogazeError
        If the model has no gates, or a map is singular.
    """
    network = attentive(model, variant.variant, extraction.device)
    inputs = scale(
        torch.from_numpy(images).to(extraction.device), extraction.scaling, network.model.view
    )
    maps, logits = run(network, inputs)
    check_finite(maps, variant.variant)
    return Explained(
        images=images,
        attention=mean_map(maps, extraction.resize).cpu().numpy(),
        cams=grad_cam(network.model, inputs).cpu().numpy(),
        logits=logits.cpu().numpy(),
    )


def class_means(explained: Explained, classes: NDArray[np.str_]) -> Explained:
    """Average over the sources of each class: first FRI, then FRII; N = 2.

    Every source's Grad-CAM is scaled by its own maximum first, since its size is that of the
    logits' gradient, which differs between sources by orders of magnitude.
    """
    peaks = explained.cams.max((-2, -1), keepdims=True)
    cams = explained.cams / np.where(peaks > 0, peaks, 1)
    members = [classes == name for name in CLASSES]

    def means(values: NDArray[Any]) -> Floats:
        return np.stack([values[here].mean(0) for here in members])

    return Explained(
        images=means(explained.images).round().astype(np.uint8),
        attention=means(explained.attention),
        cams=means(cams),
        logits=means(explained.logits),
    )
