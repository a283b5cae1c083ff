"""The attention-gated network AG-CNN (gating paper, Section 3, Table 1, Figure 2)."""

from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor, nn

from radiogaze.models.aggregation import CLASSES, Readout
from radiogaze.models.gates import PSI_BIAS, AttentionGate, Normaliser

IMAGE_SIZE = 150
# Blocks of 3x3 convolutions and their output channels; a 2x2 max pool follows blocks 1 to 3.
BLOCKS = (("1a", "1b", "1c"), ("2a", "2b", "2c"), ("3a", "3b", "3c"), ("4a", "4b"))
CHANNELS = (6, 16, 32, 64)
UNIT_ORDERS = ("bn_relu", "relu_bn")


class Features(NamedTuple):
    """What the trunk hands on: the ends of blocks 1-3 before pooling, and of block 4."""

    blocks: list[Tensor]
    top: Tensor


class ConvUnit(nn.Module):
    """A 3x3 convolution with batch norm and ReLU.

    Parameters
    ----------
    inputs, outputs
        Channels.
    order
        ``"bn_relu"`` (what the released models have) or ``"relu_bn"`` (the paper's Table 1).
    """

    def __init__(self, inputs: int, outputs: int, order: str) -> None:
        super().__init__()
        if order not in UNIT_ORDERS:
            raise ValueError(f"unit_order {order!r}, expected {', '.join(UNIT_ORDERS)}")
        self.order = order
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Return features [N, outputs, H, W] of x [N, inputs, H, W]."""
        x = self.conv(x)
        return F.relu(self.norm(x)) if self.order == "bn_relu" else self.norm(F.relu(x))


class AGCNN(nn.Module):
    """The AG-CNN: four convolution blocks, up to three attention gates, one readout.

    The gates stand in order: gate 1 on block 3, gate 2 on block 2, gate 3 on block 1, each gated
    by the end of block 4. Without gates, block 4 is pooled and read by one linear layer.

    Parameters
    ----------
    gates
        0, 1, 2 or 3.
    normalisation
        See :mod:`radiogaze.models.gates`; ignored without gates.
    scope
        ``"batch"`` (as published) or ``"image"`` for range and standardisation.
    aggregation
        See :class:`radiogaze.models.aggregation.Readout`; ignored without gates.
    head
        ``"relu"`` (as published) or ``"linear"`` for the fine-tuned aggregation.
    unit_order
        ``"bn_relu"`` (as published) or ``"relu_bn"`` (Table 1).
    dropout
        Probability of dropping a summed feature in training; the published code has 0.5 with
        three gates and none with fewer.
    """

    def __init__(
        self,
        gates: int = 3,
        normalisation: str | None = "range",
        scope: str | None = "batch",
        aggregation: str | None = "ft",
        head: str | None = "relu",
        unit_order: str = "bn_relu",
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        if gates not in range(4):
            raise ValueError(f"gates {gates!r}, expected 0, 1, 2 or 3")
        self.units = nn.ModuleDict()
        inputs = 1
        for names, outputs in zip(BLOCKS, CHANNELS, strict=True):
            for name in names:
                self.units[name] = ConvUnit(inputs, outputs, unit_order)
                inputs = outputs
        self.pool = nn.MaxPool2d(2)
        gated = CHANNELS[:3][::-1][:gates]
        self.gates = nn.ModuleList(
            AttentionGate(width, CHANNELS[3], Normaliser(str(normalisation), scope))
            for width in gated
        )
        self.dropout = nn.Dropout(dropout)
        pooled = IMAGE_SIZE // 2**4
        self.readout: nn.Module = (
            Readout(str(aggregation), gated, head)
            if gates
            else nn.Linear(CHANNELS[3] * pooled**2, CLASSES)
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the published initialisation (specification of the released code).

        Convolutions: Kaiming normal, fan-in; batch-norm weights: N(1, 0.02); the psi bias is 10;
        linear layers and other biases keep PyTorch's default.
        """
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, a=0.0, mode="fan_in")
            elif isinstance(module, nn.BatchNorm2d):
                nn.init.normal_(module.weight, 1.0, 0.02)
                nn.init.zeros_(module.bias)
        for gate in self.gates:
            nn.init.constant_(gate.psi.bias, PSI_BIAS)

    def features(self, images: Tensor) -> Features:
        """Run the trunk on images [N, 1, 150, 150]."""
        check_images(images)
        ends: list[Tensor] = []
        x = images
        for names in BLOCKS:
            if ends:
                x = self.pool(x)
            for name in names:
                x = self.units[name](x)
            ends.append(x)
        return Features(blocks=ends[:3], top=ends[3])

    def forward(self, images: Tensor) -> Tensor:
        """Classify cutouts.

        Parameters
        ----------
        images
            [N, 1, 150, 150], pixel values scaled to [-1, 1]. With batch scope the N images are
            normalised together, so the logits of one depend on the others.

        Returns
        -------
        Tensor
            Logits [N, 2] (FRI, FRII), before any softmax.

        Raises
        ------
        ValueError
            If the images have another shape.
        """
        features = self.features(images)
        if not self.gates:
            return self.readout(self.pool(features.top).flatten(1))
        summed = [gate.summed(x, features.top) for gate, x in self.gated(features)]
        return self.readout([self.dropout(f) for f in summed])

    def attention_maps(self, images: Tensor) -> list[Tensor]:
        """Return the attention maps of cutouts.

        Parameters
        ----------
        images
            [N, 1, 150, 150] in [-1, 1]. With batch scope pass one image at a time for the maps
            that the paper shows.

        Returns
        -------
        list of Tensor
            One tensor a gate, gate 1 first: [N, 1, 37, 37], [N, 1, 75, 75], [N, 1, 150, 150].
        """
        features = self.features(images)
        return [gate(x, features.top)[1] for gate, x in self.gated(features)]

    def gated(self, features: Features) -> list[tuple[AttentionGate, Tensor]]:
        """Pair each gate, gate 1 first, with the features that it gates."""
        return list(zip(self.gates, features.blocks[::-1], strict=False))


def check_images(images: Tensor) -> None:
    """Refuse anything but a batch of single-channel 150 x 150 images.

    Raises
    ------
    ValueError
        Naming the shape found and the one expected.
    """
    expected = (1, IMAGE_SIZE, IMAGE_SIZE)
    if images.ndim != len(expected) + 1 or images.shape[1:] != expected or not len(images):
        raise ValueError(
            f"images of shape {list(images.shape)}, expected [N, 1, {IMAGE_SIZE}, {IMAGE_SIZE}]"
            " with N of at least 1"
        )
