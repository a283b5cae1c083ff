"""Grad-CAM of the last convolution, beside the attention maps.

Selvaraju et al. 2017 (Grad-CAM), by captum's ``LayerGradCam``: the features of a layer, weighted
by the mean gradient of a class's logit, summed and rectified. The layer is the end of block 4,
which is also the gating signal of every gate.
"""

import torch
from captum.attr import LayerGradCam
from torch import Tensor

from radiogaze.attention.resize import to_cutout
from radiogaze.errors import RadiogazeError
from radiogaze.models.agcnn import GatedNetwork
from radiogaze.models.zoom import ZoomNetwork, merge_zooms

LAST_UNIT = "4b"


def grad_cam(model: GatedNetwork | ZoomNetwork, inputs: Tensor) -> Tensor:
    """Return Grad-CAM of both classes.

    Parameters
    ----------
    model
        In evaluation mode.
    inputs
        float32 [N, 1, 150, 150], scaled as for the network. They go through one at a time.

    Returns
    -------
    Tensor
        [N, 2, 150, 150], bilinear from 18 x 18, or 20 x 20 of two zooms put together.

    Raises
    ------
    RadiogazeError
        If the attention is uniform: then no logit depends on the last convolution.
    """
    zooms = isinstance(model, ZoomNetwork)
    if not zooms and any(gate.normaliser.name == "uniform" for gate in model.gates):
        raise RadiogazeError(
            "no Grad-CAM of uniform attention: without maps block 4 reaches no logit; choose a"
            " variant with another normalisation"
        )
    explain = LayerGradCam(model, model.blocks[-1] if zooms else model.units[LAST_UNIT])

    def of_class(image: Tensor, target: int) -> Tensor:
        found = explain.attribute(image[None], target=target, relu_attributions=True).detach()
        return merge_zooms(found, 1) if zooms else found

    maps = [torch.cat([of_class(image, target) for target in (0, 1)]) for image in inputs]
    return torch.stack([to_cutout(both, model.view, "plain") for both in maps])
