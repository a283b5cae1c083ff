"""The functions that a filter is made of: Gaussian rings times waves around them.

Weiler & Cesa (2019), Section 2.6 and their library's defaults, which the equivariant paper used:
rings one pixel apart, and on each only the angular frequencies that its pixels can tell apart.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from radiogaze.models.steerable.group import Group

_CENTRE_WIDTH, _INNER_WIDTH, _OUTER_WIDTH = 0.005, 0.6, 0.4
_OUTER_FREQUENCY = 2


class Ring(NamedTuple):
    """Where a ring lies, in pixels, how wide its Gaussian is, and its highest frequency."""

    radius: int
    width: float
    frequency: int


def rings(kernel: int) -> list[Ring]:
    """Return the rings of a square kernel of an odd number of pixels, at least 3.

    The highest frequency is the library's default: 0 in the centre, 2 on the outermost ring, and
    between them 2 r, less one where r is even. The functions number 6, 11, 18 and 31 for kernels
    of 3, 5, 7 and 9 pixels.
    """
    last = kernel // 2
    found = [Ring(0, _CENTRE_WIDTH, 0)]
    for radius in range(1, last):
        found.append(Ring(radius, _INNER_WIDTH, 2 * radius - (radius + 1) % 2))
    return [*found, Ring(last, _OUTER_WIDTH, _OUTER_FREQUENCY)]


def sample_basis(kernel: int, group: Group) -> Tensor:
    """Sample every base function b_j at g^-1 x, for every element g and pixel x.

    Parameters
    ----------
    kernel
        Pixels along a side, odd.
    group
        Its elements turn the functions about the kernel's centre.

    Returns
    -------
    Tensor
        float64 [order, functions, kernel * kernel], pixels row by row from the top. Unturned, each
        function has unit norm.
    """
    axis = torch.arange(kernel, dtype=torch.float64) - kernel // 2
    y, x = torch.meshgrid(-axis, axis, indexing="ij")
    pixels = torch.stack([x.flatten(), y.flatten()])
    turned = group.matrices().mT @ pixels  # g^-1 x
    radius, angle = turned.norm(dim=1), torch.atan2(turned[:, 1], turned[:, 0])
    functions = []
    for ring in rings(kernel):
        profile = torch.exp(-((radius - ring.radius) ** 2) / (2 * ring.width**2))
        functions.append(profile)
        off_centre = profile * (radius > 0)  # a wave has no value where all its phases meet
        for frequency in range(1, ring.frequency + 1):
            functions.append(off_centre * torch.cos(frequency * angle))
            functions.append(off_centre * torch.sin(frequency * angle))
    stacked = torch.stack(functions, dim=1)
    return stacked / stacked[:1].norm(dim=-1, keepdim=True)
