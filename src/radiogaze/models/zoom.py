"""A small network of this project's own: two zooms into one cutout, read only through its gates.

The median source of MiraBest covers a sixth of the cutout's side. One trunk therefore looks twice,
at the whole field in bins of 2 x 2 pixels and at its central half at full resolution, with the same
weights. Three additive gates (gating paper, Equations 7 to 9) pool each zoom's features, and the
classes follow from nothing but what they pool.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from radiogaze.errors import RadiogazeError
from radiogaze.models.aggregation import OUTPUTS
from radiogaze.models.batch_norm import BatchNorm
from radiogaze.models.gates import AttentionGate, Normaliser
from radiogaze.models.view import View

SIDE = 80  # pixels of each zoom
CHANNELS = (16, 32, 48)  # on sides of 40, 20 and 10
_GATE_WIDTH = 48
_FAINT = 1e-4  # keeps the slope of the square root finite at the blank background
_INPUTS = 2  # pixel values and their square roots


class ResidualBlock(nn.Module):
    """Two convolutions of 3 x 3 with batch norm, and what they change added to their input.

    Sides are halved by means over 2 x 2 cells: a stride of 2 in an odd kernel would shift the
    features, and with them the attention maps, by up to half a cell.

    Parameters
    ----------
    inputs, outputs
        Channels.
    halve
        Whether the input's side is halved first.
    """

    def __init__(self, inputs: int, outputs: int, *, halve: bool = True) -> None:
        super().__init__()
        self.halve = halve
        self.first = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.first_norm = BatchNorm(outputs, relu=True)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.second_norm = BatchNorm(outputs)
        self.shortcut = (
            nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1, bias=False)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return features [N, outputs, H, W] of x [N, inputs, H, W], or twice the sides."""
        x = F.avg_pool2d(x, 2) if self.halve else x
        y = self.second_norm(self.second(self.first_norm(self.first(x))))
        return F.relu(y + self.shortcut(x))


class ZoomNetwork(nn.Module):
    """Two zooms, one trunk, three gates.

    Parameters
    ----------
    zooms
        2, or 1 for the whole field alone.
    gates
        3, or 0 for the plain mean over each block's positions in place of attention.
    normalisation
        Of the gates' maps, see :mod:`radiogaze.models.gates`; ignored without gates. The range and
        standardisation of an image are its own.
    dropout
        Probability of dropping a pooled feature in training.
    width_divisor
        The channels of blocks and gates are divided by it, rounded up.
    """

    def __init__(
        self,
        zooms: int = 2,
        gates: int = 3,
        normalisation: str | None = "softmax",
        dropout: float = 0.3,
        width_divisor: float = 1,
    ) -> None:
        super().__init__()
        if zooms not in (1, 2):
            raise RadiogazeError(f"zooms {zooms!r}, expected 1 or 2")
        if gates not in (0, len(CHANNELS)):
            raise RadiogazeError(f"gates {gates!r}, expected 0 or {len(CHANNELS)}")
        self.zooms = zooms
        self.view = View(SIDE)  # the whole field, and the frame of the maps
        first, second, third = channels = [math.ceil(c / width_divisor) for c in CHANNELS]
        gate_width = math.ceil(_GATE_WIDTH / width_divisor)
        self.stem = nn.Conv2d(_INPUTS, first, 6, stride=2, padding=2, bias=False)
        self.stem_norm = BatchNorm(first, relu=True)
        self.blocks = nn.ModuleList(
            [
                ResidualBlock(first, first, halve=False),
                ResidualBlock(first, second),
                ResidualBlock(second, third),
            ]
        )
        self.gates = nn.ModuleList(
            AttentionGate(width, third, Normaliser(str(normalisation), "image"), gate_width)
            for width in channels[::-1][:gates]
        )
        for gate in self.gates:
            nn.init.zeros_(gate.psi.bias)
        self.dropout = nn.Dropout(dropout)
        self.readout = nn.Linear(zooms * sum(channels), OUTPUTS)

    def views(self, images: Tensor) -> Tensor:
        """Return the zooms of images [N, 1, 150, 150] in [-1, 1], the whole fields first.

        Returns
        -------
        Tensor
            [zooms * N, 2, 80, 80]: pixel values in 0..1, and their square roots.

        Raises
        ------
        ValueError
            If the images have another shape.
        """
        zoomed = self.view(images)
        if self.zooms > 1:
            edge = (images.shape[-1] - SIDE) // 2
            zoomed = torch.cat([zoomed, images[..., edge : edge + SIDE, edge : edge + SIDE]])
        zoomed = (zoomed + 1) / 2
        return torch.cat([zoomed, (zoomed + _FAINT).sqrt() - _FAINT**0.5], dim=1)

    def features(self, images: Tensor) -> list[Tensor]:
        """Return the ends of the blocks, last first: [zooms * N, C, h, w], as the gates go."""
        x = self.views(images).contiguous(memory_format=torch.channels_last)
        x = self.stem_norm(self.stem(x))
        ends = []
        for block in self.blocks:
            x = block(x)
            ends.append(x)
        return ends[::-1]

    def forward(self, images: Tensor) -> Tensor:
        """Classify images [N, 1, 150, 150] in [-1, 1]; return logits [N, 2] (FRI, FRII)."""
        ends = self.features(images)
        if self.gates:
            gated = zip(self.gates, ends, strict=True)
            return self.read([gate.summed(x, ends[0]) for gate, x in gated])
        return self.read([x.mean((2, 3)) for x in ends])

    def read(self, pooled: list[Tensor]) -> Tensor:
        """Return logits [N, 2] of each block's pooled features [zooms * N, C]."""
        features = torch.cat(pooled, dim=1)
        together = features.view(self.zooms, -1, features.shape[1]).transpose(0, 1).flatten(1)
        return self.readout(self.dropout(together))

    def attend(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Return the logits of images and, from the same pass, their `attention_maps`."""
        ends = self.features(images)
        gated = [gate(x, ends[0]) for gate, x in zip(self.gates, ends, strict=True)]
        maps = [merge_zooms(a, len(images)) for _, a in gated]
        return self.read([y.sum((2, 3)) for y, _ in gated]), maps

    def attention_maps(self, images: Tensor) -> list[Tensor]:
        """Return one map a gate, gate 1 first: [N, 1, h, w] with h of 20, 40 and 80.

        A map is over the whole field in the finer zoom's cells. Where a gate has two maps it is
        their mean: that of the whole field spread over the cells, that of the centre in its place.
        A softmax over each zoom's positions leaves a sum of 1. Without gates there is none.
        """
        return self.attend(images)[1] if self.gates else []


def merge_zooms(zoomed: Tensor, count: int) -> Tensor:
    """Put the maps of the zooms of ``count`` images, [zooms * count, 1, h, w], into one a image."""
    whole, *centre = zoomed.split(count)
    spread = F.interpolate(whole, scale_factor=2, mode="nearest") / 4
    if not centre:
        return spread
    return (spread + F.pad(centre[0], (whole.shape[-1] // 2,) * 4)) / 2
