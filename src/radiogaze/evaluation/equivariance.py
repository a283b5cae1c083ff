"""How far a network is from equivariance: its logits and maps against the angle of rotation.

The equivariant paper takes the equivariance of its networks for granted. Their input of 150
pixels is halved to 75, 37 and 18; each halving of an odd side drops a row and a column on one
side only, so that not even quarter turns are exact. Blank background around the image, to 152
pixels, fixes that.
"""

import copy
import math
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from radiogaze.attention.class_difference import disc
from radiogaze.attention.examples import maps_and_logits
from radiogaze.attention.extract import Attentive, attention_network
from radiogaze.attention.resize import mean_map
from radiogaze.augmentation.transform import to_network_input
from radiogaze.campaigns.variants import Variant
from radiogaze.data.store import Cutouts
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.equivariance_errors import EquivarianceMeasurement
from radiogaze.models.agcnn import GatedNetwork
from radiogaze.models.inference import CHUNK, prepare
from radiogaze.models.view import View, circular_mask
from radiogaze.terms import CUTOUT_PIXELS

QUARTER = 90.0  # degrees; its multiples move pixels onto pixels
_HALVED = 8  # three poolings by two


class Answers(NamedTuple):
    """FRII minus FRI of the logits, [N], and the attention maps, [N, 150, 150], if any."""

    margins: Tensor
    maps: Tensor | None


Network = Callable[[Tensor], Answers]


class Reframed(View):
    """A view of the same pixel size and scaling, with another amount of blank background around.

    Parameters
    ----------
    view
        The network's own.
    padded
        Whether the size is brought to a multiple of eight, or nothing is added.
    """

    def __init__(self, view: View, padded: bool) -> None:
        super().__init__(view.size, view.pixel_scaling)
        image = CUTOUT_PIXELS // view.binning
        self.size = -(-image // _HALVED) * _HALVED if padded else image
        self.margin = (self.size - image) * view.binning // 2
        if view.mask is not None:
            mask = circular_mask(self.size, image, 0.0).to(view.mask.device)
            self.register_buffer("mask", mask, persistent=False)


def equivariance_errors(
    variant: Variant,
    model: nn.Module,
    cutouts: Cutouts,
    sources: int,
    angles: Iterable[float],
    device: str = "cpu",
) -> list[EquivarianceMeasurement]:
    """Measure the equivariance errors of a trained network, un-padded and padded.

    Sources are classified one at a time, so that no other source of a batch changes a map. A
    network with fully connected layers on its maps has one size only, its own.

    Parameters
    ----------
    variant, model
        A row of the sheet and its trained network.
    cutouts
        The archive that the variant's data set is a choice of.
    sources
        How many test sources, evenly picked; all where there are fewer.
    angles
        Of the rotations, degrees. A mirror image is added.
    device
        A torch device.

    Raises
    ------
    RadiogazeError
        If a class has no test source, or the network's answers are not finite.
    """
    images = cutouts.scored_test(variant.dataset).images
    picked = np.unique(np.linspace(0, len(images) - 1, min(sources, len(images))).astype(int))
    inputs = to_network_input(torch.from_numpy(images[picked]).to(device))
    turns = [(angle % 360, False) for angle in angles] + [(0.0, True)]
    errors = []
    for size, padded, network in _framed(variant, model, device):
        plain = network(inputs)
        for angle, mirrored in turns:
            moved = network(transform(inputs + 1, angle, mirrored) - 1)
            measured = _compare(plain, moved, angle, mirrored)
            if not np.isfinite([value for value in measured if value is not None]).all():
                raise RadiogazeError(
                    f"{variant.variant}: logits or maps are not finite at {angle:g} degrees and"
                    f" {size} pixels; check the weights and the cutouts"
                )
            errors.append(
                EquivarianceMeasurement(size, padded, angle, mirrored, len(inputs), *measured)
            )
    return errors


def transform(images: Tensor, angle: float, mirrored: bool) -> Tensor:
    """Rotate images about their centre, or mirror them left to right.

    Parameters
    ----------
    images
        [N, 1, H, H], zero where there is nothing.
    angle
        Degrees. Multiples of 90 move pixels onto pixels; other angles are bilinear, which blurs,
        so that they cannot be exact for any network.
    mirrored
        Mirror, and do not rotate.
    """
    if mirrored:
        return images.flip(-1)
    if angle % QUARTER == 0:
        return images.rot90(int(angle // QUARTER), (-2, -1))
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    theta = torch.tensor([[cos, -sin, 0.0], [sin, cos, 0.0]]).to(images).expand(len(images), 2, 3)
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def _framed(variant: Variant, model: nn.Module, device: str) -> Iterator[tuple[int, bool, Network]]:
    """Yield the network in each framing: its size, whether that is padded, and the network."""
    if not isinstance(model, GatedNetwork):
        padded = variant.size % _HALVED == 0
        yield variant.size, padded, _answers(model, variant, device)
        return
    for padded in (False, True):
        framed = copy.deepcopy(model)
        framed.view = Reframed(model.view, padded)
        yield framed.view.size, padded, _answers(framed, variant, device)


def _answers(model: nn.Module, variant: Variant, device: str) -> Network:
    """Return the function from images in [-1, 1] to a network's answers, image by image."""
    gated = isinstance(model, GatedNetwork) and len(model.gates)
    network = attention_network(model, variant.variant, device) if gated else prepare(model, device)

    def answers(images: Tensor) -> Answers:
        if isinstance(network, Attentive):
            maps, logits = maps_and_logits(network, images)
            mean = mean_map(maps, network.model.view, "plain")
            return Answers(logits[:, 1] - logits[:, 0], mean)
        alone = [
            network.classify(network.summarise(chunk), list(torch.arange(len(chunk)).split(1)))
            for chunk in images.split(CHUNK)
        ]
        logits = torch.cat(alone)
        return Answers(logits[:, 1] - logits[:, 0], None)

    return answers


def _compare(
    plain: Answers, moved: Answers, angle: float, mirrored: bool
) -> tuple[float | None, float, float | None, float | None]:
    """Return the errors in the order of :class:`EquivarianceMeasurement`."""
    change = (moved.margins - plain.margins).double()
    spread = float(plain.margins.double().std()) if len(change) > 1 else 0.0
    logits = float(change.square().mean().sqrt()) / spread if spread else None
    changed = float(((moved.margins > 0) != (plain.margins > 0)).double().mean())
    if plain.maps is None or moved.maps is None:
        return logits, changed, None, None
    expected = transform(plain.maps[:, None], angle, mirrored)[:, 0]
    inside = torch.from_numpy(disc(CUTOUT_PIXELS)).to(expected.device)
    difference = (moved.maps - expected)[:, inside].double()
    return logits, changed, float(difference.square().mean().sqrt()), float(difference.abs().max())
