"""Integrated gradients and occlusion, explanations that are scored beside the attention maps.

Both explain the margin: the logit of the predicted class minus that of the other one. Their
baseline is blank sky.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from captum.attr import IntegratedGradients, Occlusion
from numpy.typing import NDArray
from torch import Tensor

from radiogaze.attention.examples import maps_and_logits
from radiogaze.attention.extract import Attentive, network_inputs
from radiogaze.models.gates import within_images
from radiogaze.terms import BEAM

STEPS = 64  # of integrated gradients, at the nodes of Gauss-Legendre
WINDOW, STRIDE = 2 * BEAM, BEAM  # pixels, of occlusion
_AT_ONCE = 32  # images in one call of captum

Floats = NDArray[np.floating[Any]]
Images = NDArray[np.uint8]


def integrated_gradients(
    network: Attentive, images: Images, predicted: NDArray[np.int64]
) -> Floats:
    """Return integrated gradients of the margin.

    Sundararajan et al. 2017, Section 3, by captum, in 64 steps.

    Parameters
    ----------
    network
        Prepared for extraction; range and standardisation act within each image.
    images
        uint8 [N, 150, 150].
    predicted
        Classes, 0 or 1, [N].

    Returns
    -------
    ndarray
        float32 [N, 150, 150].
    """
    model = within_images(network.model).requires_grad_(False)
    explain = IntegratedGradients(lambda inputs: _margins(model(inputs)))
    blank = network_inputs(network, np.zeros_like(images[:1]))
    maps = []
    for image, target in zip(network_inputs(network, images), predicted.tolist(), strict=True):
        found = explain.attribute(
            image[None],
            baselines=blank,
            target=target,
            n_steps=STEPS,
            internal_batch_size=_AT_ONCE,
        )
        maps.append(found[0, 0].detach())
    return torch.stack(maps).float().cpu().numpy()


def incompleteness(
    network: Attentive, images: Images, maps: Floats, predicted: NDArray[np.int64]
) -> Floats:
    """Return how far attributions miss completeness (Sundararajan et al. 2017, Proposition 1).

    Returns
    -------
    ndarray
        [N]: the sum of each map minus the difference of the margins of image and blank sky, as a
        fraction of this difference, without its sign.
    """
    ends = (network_inputs(network, shown) for shown in (images, np.zeros_like(images)))
    margins = (_margins_of(network, inputs).cpu().numpy() for inputs in ends)
    whole, blank = (both[np.arange(len(images)), predicted] for both in margins)
    return np.abs(maps.sum((1, 2), dtype=np.float64) / (whole - blank) - 1)


def occlusion(network: Attentive, images: Images, predicted: NDArray[np.int64]) -> Floats:
    """Return by how much the margin falls while a window around a pixel is blank sky.

    Zeiler & Fergus 2014, Section 4.2, by captum: windows of two beams (6 x 6 pixels) in steps of
    one (3), a pixel having the mean over its windows.

    Parameters
    ----------
    network, images, predicted
        As for :func:`integrated_gradients`.

    Returns
    -------
    ndarray
        float32 [N, 150, 150].
    """
    blank = float(network_inputs(network, np.zeros_like(images[:1])).mean())
    maps = []
    for image, target in zip(network_inputs(network, images), predicted.tolist(), strict=True):
        explain = Occlusion(_changed_only(network, image))
        found = explain.attribute(
            image[None],
            sliding_window_shapes=(1, WINDOW, WINDOW),
            strides=(1, STRIDE, STRIDE),
            baselines=blank,
            target=target,
            perturbations_per_eval=_AT_ONCE,
        )
        maps.append(found[0, 0])
    return torch.stack(maps).float().cpu().numpy()


def _margins(logits: Tensor) -> Tensor:
    """Return the margin of each class, its logit minus that of the other one, [N, 2]."""
    return logits - logits.flip(1)


def _margins_of(network: Attentive, inputs: Tensor) -> Tensor:
    """Return the margins [N, 2] of images [N, 1, 150, 150], each separately, without gradients."""
    return _margins(maps_and_logits(network, inputs)[1])


def _changed_only(network: Attentive, image: Tensor) -> Callable[[Tensor], Tensor]:
    """Return the margins, run only on images that a window has changed: most windows are blank."""
    whole = _margins_of(network, image[None])

    def of_changed(inputs: Tensor) -> Tensor:
        changed = (inputs != image).flatten(1).any(1)
        found = whole.repeat(len(inputs), 1)
        if changed.any():
            found[changed] = _margins_of(network, inputs[changed])
        return found

    return of_changed
