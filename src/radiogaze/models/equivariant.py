"""The equivariant attention networks C_N- and D_N-Attention (equivariant paper, Section 2)."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from radiogaze.models.agcnn import BLOCKS, GatedNetwork, narrowed
from radiogaze.models.batch_norm import BatchNorm
from radiogaze.models.gates import PSI_BIAS
from radiogaze.models.steerable import Group, LiftConv, RegularConv, group_max
from radiogaze.models.view import View


class SteerableUnit(nn.Module):
    """A steerable convolution, ReLU, and inner batch norm.

    Parameters
    ----------
    conv
        To regular fields.
    """

    order = "relu_bn"

    def __init__(self, conv: LiftConv | RegularConv) -> None:
        super().__init__()
        self.conv = conv
        self.norm = BatchNorm(conv.outputs, elements=conv.group.order)
        self.recompute = False

    def forward(self, x: Tensor) -> Tensor:
        """Return regular fields [N, order * outputs, H, W] of features x."""
        filters = self.conv.filters()  # outside what is recomputed: once a step
        if not (self.recompute and self.training and torch.is_grad_enabled()):
            return self._apply_filters(x, filters)
        return checkpoint(
            self._apply_filters,
            x,
            filters,
            use_reentrant=False,
            preserve_rng_state=False,  # nothing in it is random
            context_fn=self._contexts,
        )

    def _apply_filters(self, x: Tensor, filters: Tensor) -> Tensor:
        return self.norm(F.relu(self.conv(x, filters), inplace=True))

    def _contexts(self) -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        """Return what the first run and the recomputing one stand in."""
        return nullcontext(), self.norm.statistics_kept()


class E2Attention(GatedNetwork):
    """The AG-CNN with steerable convolutions, equivariant under a group of rotations.

    Every block has the AG-CNN's 6, 16, 32 and 64 channels as regular *fields*, that is, times the
    order of the group. Gates and readout see the largest value of each field, and are the
    AG-CNN's own. The image is masked to a disc. Exactly equivariant under quarter turns (and the
    mirror, with reflections) where the view's size is halved three times without a remainder: 152,
    not the published 150.

    Parameters
    ----------
    group
        Of the rotations and reflections.
    kernel
        Pixels along a side, odd.
    width_divisor
        The fields of every block are divided by it, rounded up; 1 as published.
    size, pixel_scaling
        See :class:`radiogaze.models.view.View`.
    gating
        Gates, normalisation, scope, aggregation, head, dropout and pooling; see
        :class:`radiogaze.models.agcnn.GatedNetwork`.
    """

    def __init__(
        self,
        group: Group,
        kernel: int = 5,
        width_divisor: float = 1,
        size: int = 150,
        pixel_scaling: str = "standardised",
        **gating: Any,
    ) -> None:
        fields = narrowed(width_divisor)
        units: dict[str, nn.Module] = {}
        inputs = 0
        for names, outputs in zip(BLOCKS, fields, strict=True):
            for name in names:
                conv = (
                    RegularConv(group, inputs, outputs, kernel)
                    if units
                    else LiftConv(group, 1, outputs, kernel)
                )
                units[name] = SteerableUnit(conv)
                inputs = outputs
        view = View(size, pixel_scaling, mask_margin=0)
        super().__init__(units, fields, view=view, **gating)
        self.group = group
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the published initialisation of the gates; the units have drawn their own.

        Gates: Kaiming normal, fan-in, and 10 for the psi bias, as in the AG-CNN. Inner batch norms
        begin with weights of one, linear layers keep PyTorch's default.
        """
        for gate in self.gates:
            for conv in (gate.theta, gate.phi, gate.psi):
                nn.init.kaiming_normal_(conv.weight, a=0.0, mode="fan_in")
            nn.init.constant_(gate.psi.bias, PSI_BIAS)

    def scalars(self, features: Tensor) -> Tensor:
        """Pool over the group: [N, order * fields, H, W] to [N, fields, H, W]."""
        return group_max(features, self.group.order)

    def save_memory(self) -> None:
        """Recompute each unit in the backward pass instead of keeping what is inside it.

        Gradients and batch-norm statistics stay the same, bit by bit where the device's sums are
        reproducible. Micro-batches would not: batch norm takes its statistics, and the gates their
        minimum and maximum, over the whole batch, and both would change with its parts. The price
        is one more forward pass of the trunk.
        """
        for unit in self.units.values():
            unit.recompute = True
