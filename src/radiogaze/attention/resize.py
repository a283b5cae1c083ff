"""Bring a gate's map to the size of the cutout."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from radiogaze.models.view import Framing, View
from radiogaze.terms import CUTOUT_PIXELS


def to_cutout(maps: Tensor, view: View | Framing, resize: str = "zero-border") -> Tensor:
    """Resize maps to the 150 x 150 pixels of the cutout.

    A network whose view frames the cutout with blank background (:mod:`radiogaze.models.view`) has
    maps of the framed image; the frame is cut off.
    ``plain`` puts every cell of a map where the pixels are that it was pooled from, and repeats the
    outermost cells beyond them: 150 halves to 75, 37 and 18 cells of 2, 4 and 8 pixels, and what is
    left over is to the right and below.
    ``zero-border`` equals ``skimage.transform.resize(map, (150, 150), order=1, mode="constant")``,
    which the gating paper's figures used. It stretches the map over the whole cutout, so that the
    centre of a map of 37 cells lies 1 pixel off, and that of one of 18 cells 3. Both are linear in
    the map.

    Parameters
    ----------
    maps
        One gate's maps [N, 1, h, w].
    view
        The network's view, or its framing: the blank background around the cutout, and how many
        of its pixels a side become one.
    resize
        One of ``radiogaze.terms.RESIZES``.

    Returns
    -------
    Tensor
        [N, 150, 150], of the maps' type.
    """
    if resize == "plain":
        framed = CUTOUT_PIXELS + 2 * view.margin
        side = maps.shape[-1]
        halvings = round(math.log2(framed / view.binning / side))
        pooled = side * view.binning * 2**halvings
        found = F.interpolate(maps, size=(pooled, pooled), mode="bilinear", align_corners=False)
        left_over = framed - pooled
        whole = F.pad(found, (0, left_over, 0, left_over), mode="replicate")
        inside = slice(view.margin, view.margin + CUTOUT_PIXELS)
        return whole[:, 0, inside, inside]
    rows, columns = (_zero_border_weights(side, view.margin, maps) for side in maps.shape[-2:])
    return rows @ maps[:, 0] @ columns.T


def mean_map(maps: list[Tensor], view: View | Framing, resize: str = "zero-border") -> Tensor:
    """Return *the attention map*: the plain mean over gates of their resized maps.

    Parameters
    ----------
    maps
        One tensor a gate, [N, 1, h, w].
    view, resize
        See :func:`to_cutout`.

    Returns
    -------
    Tensor
        [N, 150, 150] (gating paper, Section 5, Figure 4: "averaged attention maps").
    """
    return torch.stack([to_cutout(gate, view, resize) for gate in maps]).mean(0)


def _zero_border_weights(side: int, margin: int, like: Tensor) -> Tensor:
    """Return the matrix [150, side] of bilinear up-sampling of one axis with zeros outside."""
    pixels = torch.arange(CUTOUT_PIXELS, dtype=torch.float64) + margin + 0.5
    centres = pixels * side / (CUTOUT_PIXELS + 2 * margin) - 0.5
    distance = centres[:, None] - torch.arange(side, dtype=torch.float64)
    return (1 - distance.abs()).clamp(min=0).to(like)
