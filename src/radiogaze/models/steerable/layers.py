"""Layers between fields: a field is a scalar, or a regular field of one channel an element.

Features stand as [N, order * fields, H, W], all fields of the first element before those of the
second: in channels-last layout the values of one field at one pixel are then a column of a
matrix [N * H * W * order, fields], and batch norm and pooling over the group are plain ones.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from radiogaze.models.steerable.basis import sample_basis
from radiogaze.models.steerable.group import Group


class _GroupConv(nn.Module):
    """A convolution whose filters are combinations of turned base functions.

    Parameters
    ----------
    group
        Whose elements turn the filters.
    inputs, outputs
        Fields.
    kernel
        Pixels along a side; padding keeps the size of the image.
    elements
        Channels of an input field: 1, or the group's order.
    """

    def __init__(self, group: Group, inputs: int, outputs: int, kernel: int, elements: int) -> None:
        super().__init__()
        self.group, self.inputs, self.outputs = group, inputs, outputs
        self.kernel_size = (kernel, kernel)
        basis = sample_basis(kernel, group)
        self.register_buffer("basis", basis.to(torch.get_default_dtype()), persistent=False)
        self.weight = nn.Parameter(torch.empty(outputs, inputs * elements, basis.shape[1]))
        self._kept: tuple[tuple[Any, ...], Tensor] | None = None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the weights as He's initialisation of a convolution has the filters' variance.

        N(0, 1 / (input channels x base functions)): filters of the same size as those of the
        library that the equivariant paper used (generalised He; Weiler & Cesa 2019).
        """
        nn.init.normal_(self.weight, std=(self.weight.shape[1] * self.weight.shape[2]) ** -0.5)

    def filters(self) -> Tensor:
        """Return the filters, [order * outputs, input channels, kernel, kernel].

        In training they are computed at every call, with gradients; call it once a step. In
        evaluation without gradients they are kept until a weight changes.
        """
        if self.training or torch.is_grad_enabled():
            self._kept = None
            return self._expand()
        # _version counts the changes in place, such as an optimiser's or a load_state_dict's.
        of = (id(self.weight), self.weight._version, self.weight.device, self.weight.dtype)
        if self._kept is None or self._kept[0] != of:
            self._kept = of, self._expand()
        return self._kept[1]

    def train(self, mode: bool = True) -> "_GroupConv":
        """Switch between training and evaluation; kept filters are dropped."""
        self._kept = None
        super().train(mode)
        return self

    def forward(self, x: Tensor, filters: Tensor | None = None) -> Tensor:
        """Convolve features [N, input channels, H, W] to [N, order * outputs, H, W].

        Parameters
        ----------
        x
            Features.
        filters
            What :meth:`filters` gave, where it was called before.
        """
        filters = self.filters() if filters is None else filters
        return F.conv2d(x, filters, padding=self.kernel_size[0] // 2)

    def _expand(self) -> Tensor:
        # At full precision: it is little work, and the filters are rounded where they are used.
        with torch.autocast(self.weight.device.type, enabled=False):
            filters = self._combine(self.weight, self.basis.to(self.weight.dtype))
        shape = (self.group.order * self.outputs, -1, *self.kernel_size)
        return filters.reshape(shape).contiguous(memory_format=torch.channels_last)

    def _combine(self, weight: Tensor, basis: Tensor) -> Tensor:
        raise NotImplementedError

    def __getstate__(self) -> dict[str, Any]:
        """Leave kept filters out of copies."""
        return {**super().__getstate__(), "_kept": None}

    def extra_repr(self) -> str:
        """Show group, fields and kernel when the module is printed."""
        return f"{self.group.name}, {self.inputs}, {self.outputs}, kernel_size={self.kernel_size}"


class LiftConv(_GroupConv):
    """From scalar to regular fields: ``filter[(g, o), i](x) = sum_j w[o, i, j] b_j(g^-1 x)``.

    Parameters
    ----------
    group, inputs, outputs, kernel
        See the base class; inputs are scalars.
    """

    def __init__(self, group: Group, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__(group, inputs, outputs, kernel, elements=1)

    def _combine(self, weight: Tensor, basis: Tensor) -> Tensor:
        return weight.flatten(0, 1) @ basis  # [order, outputs * inputs, pixels]


class RegularConv(_GroupConv):
    """Between regular fields.

    ``filter[(g, o), (h, i)](x) = sum_j w[o, i, g^-1 h, j] b_j(g^-1 x)``.

    Parameters
    ----------
    group, inputs, outputs, kernel
        See the base class.
    """

    def __init__(self, group: Group, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__(group, inputs, outputs, kernel, elements=group.order)
        chosen = F.one_hot(group.quotients(), group.order)
        self.register_buffer("chosen", chosen.to(torch.get_default_dtype()), persistent=False)

    def _combine(self, weight: Tensor, basis: Tensor) -> Tensor:
        order, functions = self.group.order, weight.shape[-1]
        by_element = weight.view(self.outputs, self.inputs, order, functions)
        # A product with ones and zeros instead of an index: its gradient is a product too, summed
        # in a fixed order on every device.
        moved = torch.einsum("ghu,oiuj->gohij", self.chosen.to(weight.dtype), by_element)
        return moved.reshape(order, -1, functions) @ basis  # [order, out * order * in, pixels]


def group_max(x: Tensor, order: int) -> Tensor:
    """Return the largest value of each regular field: a scalar field, [N, fields, H, W].

    Parameters
    ----------
    x
        Regular fields, [N, order * fields, H, W]. Equal largest values share the gradient, so
        that it turns with the image as the values do.
    order
        Of the group.
    """
    count, channels, height, width = x.shape
    pixels = x.permute(0, 2, 3, 1).reshape(count, height, width, order, channels // order)
    return pixels.amax(3).permute(0, 3, 1, 2)
