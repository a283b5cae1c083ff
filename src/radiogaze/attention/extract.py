"""Extract the maps of a network's gates, normalised per image, many images at once."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from radiogaze.augmentation.transform import to_network_input
from radiogaze.errors import RadiogazeError
from radiogaze.models.agcnn import GatedNetwork
from radiogaze.models.gates import AttentionGate, Normaliser
from radiogaze.models.inference import FastAGCNN, PlainNetwork, Summary
from radiogaze.models.view import View
from radiogaze.models.zoom import ZoomNetwork


def scale(images: Tensor, scaling: str = "network", view: View | None = None) -> Tensor:
    """Turn 8-bit images uint8 [N, 150, 150] into the network's input float32 [N, 1, 150, 150].

    Parameters
    ----------
    images
        The images.
    scaling
        One of ``radiogaze.terms.SCALINGS``.
    view
        The network's ``view``, so that ``raw`` and ``unit`` are the values that its first
        convolution sees, whatever pixel scaling the network applies. None: the gating paper's.
    """
    if scaling == "network":
        return to_network_input(images)
    values = images.float().unsqueeze(1) / {"raw": 1, "unit": 255}[scaling]
    return values if view is None else view.before(values)


class AttentiveNetwork(FastAGCNN):
    """A gated network that gives its maps and its summary (for logits) in one pass over the images.

    The published maps are taken one image at a time, so that minimum and maximum of range
    normalisation are those of the image. Nothing else couples the images of a batch: with each
    map normalised per image, any number of images at once gives the same maps.

    Parameters
    ----------
    model
        The network; it stays as it is. Its own scope still applies to :meth:`classify`.
    """

    def __init__(self, model: GatedNetwork) -> None:
        super().__init__(model)
        self._recorded: list[Tensor] = []

    def attend(self, images: Tensor) -> tuple[Summary, list[Tensor]]:
        """Run the network on images [N, 1, 150, 150].

        Returns
        -------
        Summary
            For :meth:`classify`.
        list of Tensor
            Each gate's maps [N, 1, h, w], gate 1 first, normalised per image.
        """
        self._recorded.clear()
        summary = self.summarise(images)
        maps = [
            Normaliser(gate.normaliser.name, "image")(scores)
            for gate, scores in zip(self.model.gates, self._recorded, strict=True)
        ]
        return summary, maps

    def _scores(self, gate: AttentionGate, x: Tensor, g: Tensor) -> tuple[Tensor, Tensor]:
        scores, flat = super()._scores(gate, x, g)
        self._recorded.append(scores.view(len(x), 1, *x.shape[-2:]))
        return scores, flat


class AttentiveZoom(PlainNetwork):
    """The network of two zooms with AttentiveNetwork's interface; its images are independent."""

    model: ZoomNetwork

    @torch.inference_mode()
    def attend(self, images: Tensor) -> tuple[Summary, list[Tensor]]:
        """Run the network on images [N, 1, 150, 150]; see :meth:`AttentiveNetwork.attend`."""
        logits, maps = self.model.attend(images)
        return Summary([], logits), maps


Attentive = AttentiveNetwork | AttentiveZoom


def attention_network(model: nn.Module, variant: str, device: str = "cpu") -> Attentive:
    """Prepare a model for extraction.

    Raises
    ------
    RadiogazeError
        If it has no attention gates.
    """
    if isinstance(model, ZoomNetwork) and len(model.gates):
        return AttentiveZoom(model.to(device))
    if not isinstance(model, GatedNetwork) or not len(model.gates):
        raise RadiogazeError(
            f"variant {variant}: has no attention gates and so no attention maps; choose one with"
            " 1 to 3 gates"
        )
    return AttentiveNetwork(model.to(device))


def network_inputs(
    network: Attentive, images: NDArray[np.uint8], scaling: str = "network"
) -> Tensor:
    """Return images uint8 [N, 150, 150] as the network's input (:func:`scale`), on its device."""
    device = next(network.model.parameters()).device
    return scale(torch.from_numpy(images).to(device), scaling, network.model.view)


def check_finite(maps: list[Tensor], what: str) -> None:
    """Refuse maps that are not finite.

    Raises
    ------
    RadiogazeError
        Naming the model and the gate: its normalisation is singular on these images.
    """
    for number, gate in enumerate(maps, start=1):
        if not bool(torch.isfinite(gate).all()):
            raise RadiogazeError(
                f"{what}: the maps of gate {number} are not finite: its normalisation is singular"
                " on these images (constant scores); check the weights and the cutouts"
            )
