"""The attention-gated network AG-CNN (gating paper, Section 3, Table 1, Figure 2)."""

from math import ceil
from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor, nn

from radiogaze.errors import RadiogazeError
from radiogaze.models.aggregation import OUTPUTS, Readout
from radiogaze.models.batch_norm import BatchNorm
from radiogaze.models.gates import PSI_BIAS, AttentionGate, Normaliser
from radiogaze.models.view import View

# Blocks of convolutions and their output channels; a 2x2 max pool follows blocks 1 to 3.
BLOCKS = (("1a", "1b", "1c"), ("2a", "2b", "2c"), ("3a", "3b", "3c"), ("4a", "4b"))
CHANNELS = (6, 16, 32, 64)
UNIT_ORDERS = ("bn_relu", "relu_bn")
POOLINGS = ("sum", "mean")


class Features(NamedTuple):
    """What the trunk hands on: the ends of blocks 1-3 before pooling, and of block 4."""

    blocks: list[Tensor]
    top: Tensor


class GatedNetwork(nn.Module):
    """Four blocks of convolution units, up to three attention gates, one readout.

    The gates stand in order: gate 1 on block 3, gate 2 on block 2, gate 3 on block 1, each gated
    by the end of block 4. Without gates, block 4 is pooled and read by one linear layer.

    Parameters
    ----------
    units
        The convolution units by name, see ``BLOCKS``.
    channels
        What the gates see of each block.
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
    dropout
        Probability of dropping a summed feature in training; the published code has 0.5 with
        three gates and none with fewer.
    view
        What it makes of its images; None for the gating paper's.
    pooling
        ``"sum"`` (as published) or ``"mean"`` over the positions of each gated map: a sum of
        22,500 features makes the first logits hundreds, which the head must first unlearn.
    """

    def __init__(
        self,
        units: dict[str, nn.Module],
        channels: tuple[int, ...],
        gates: int = 3,
        normalisation: str | None = "range",
        scope: str | None = "batch",
        aggregation: str | None = "ft",
        head: str | None = "relu",
        dropout: float = 0.5,
        view: View | None = None,
        pooling: str = "sum",
    ) -> None:
        super().__init__()
        if pooling not in POOLINGS:
            raise RadiogazeError(f"pooling {pooling!r}, expected {', '.join(POOLINGS)}")
        if gates not in range(4):
            raise RadiogazeError(f"gates {gates!r}, expected 0, 1, 2 or 3")
        self.view = view or View()
        self.units = nn.ModuleDict(units)
        self.pool = nn.MaxPool2d(2)
        gated = channels[:3][::-1][:gates]
        self.gates = nn.ModuleList(
            AttentionGate(width, channels[3], Normaliser(str(normalisation), scope))
            for width in gated
        )
        self.dropout = nn.Dropout(dropout) if gates else nn.Identity()
        sides = [self.view.size // 2**halvings for halvings in range(5)]
        pooled = sides[4]
        means = tuple(1 / side**2 for side in sides[2::-1][:gates])
        scales = means if pooling == "mean" else None
        self.readout: nn.Module = (
            Readout(str(aggregation), gated, head, scales)
            if gates
            else nn.Linear(channels[3] * pooled**2, OUTPUTS)
        )

    def scalars(self, features: Tensor) -> Tensor:
        """Return what the gates see of the end of a block, [N, C, H, W]."""
        return features

    def features(self, images: Tensor, units: dict[str, nn.Module] | None = None) -> Features:
        """Run the trunk.

        Parameters
        ----------
        images
            [N, 1, 150, 150] in [-1, 1].
        units
            Equal units in a faster form, in place of the network's own.
        """
        chosen = self.units if units is None else units
        x = self.view(images)
        ends: list[Tensor] = []
        for names in BLOCKS:
            if ends:
                x = self.pool(x)
            for name in names:
                x = chosen[name](x)
            ends.append(self.scalars(x))
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
            One tensor a gate, gate 1 first: [N, 1, 37, 37], [N, 1, 75, 75], [N, 1, 150, 150];
            other sides where the view has another size (a quarter, a half, and all of it).
        """
        features = self.features(images)
        return [gate(x, features.top)[1] for gate, x in self.gated(features)]

    def gated(self, features: Features) -> list[tuple[AttentionGate, Tensor]]:
        """Pair each gate, gate 1 first, with the features that it gates."""
        return list(zip(self.gates, features.blocks[::-1], strict=False))


class ConvUnit(nn.Module):
    """A convolution with batch norm and ReLU.

    Parameters
    ----------
    inputs, outputs
        Channels.
    order
        ``"bn_relu"`` (what the released models have) or ``"relu_bn"`` (the gating paper's Table 1,
        and the equivariant paper's Attention model).
    kernel
        Pixels along a side, odd.
    """

    def __init__(self, inputs: int, outputs: int, order: str, kernel: int) -> None:
        super().__init__()
        if order not in UNIT_ORDERS:
            raise RadiogazeError(f"unit_order {order!r}, expected {', '.join(UNIT_ORDERS)}")
        self.order = order
        self.conv = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2)
        self.norm = BatchNorm(outputs, relu=order == "bn_relu")

    def forward(self, x: Tensor) -> Tensor:
        """Return features [N, outputs, H, W] of x [N, inputs, H, W]."""
        x = self.conv(x)
        if self.order == "relu_bn":
            x = F.relu(x, inplace=True)  # the convolution's backward pass does not read its output
        return self.norm(x)


class AGCNN(GatedNetwork):
    """The AG-CNN, with units of one ordinary convolution each.

    With kernels of 5, ``relu_bn`` and standardised pixels it is the equivariant paper's
    Attention model.

    Parameters
    ----------
    gates, normalisation, scope, aggregation, head, dropout, view, pooling
        See :class:`GatedNetwork`.
    unit_order, kernel
        See :class:`ConvUnit`.
    width_divisor
        The channels of every block are divided by it, rounded up.
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
        kernel: int = 3,
        width_divisor: float = 1,
        view: View | None = None,
        pooling: str = "sum",
    ) -> None:
        channels = narrowed(width_divisor)
        units: dict[str, nn.Module] = {}
        inputs = 1
        for names, outputs in zip(BLOCKS, channels, strict=True):
            for name in names:
                units[name] = ConvUnit(inputs, outputs, unit_order, kernel)
                inputs = outputs
        super().__init__(
            units, channels, gates, normalisation, scope, aggregation, head, dropout, view, pooling
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


def narrowed(divisor: float) -> tuple[int, ...]:
    """Return the channels (or fields) of the four blocks divided by ``divisor``, rounded up."""
    return tuple(ceil(channels / divisor) for channels in CHANNELS)
