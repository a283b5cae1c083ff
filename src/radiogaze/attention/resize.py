"""Bring a gate's map to the size of the cutout."""

import torch
import torch.nn.functional as F
from torch import Tensor

from radiogaze.terms import CUTOUT_PIXELS


def to_cutout(maps: Tensor, margin: int, resize: str = "zero-border") -> Tensor:
    """Resize maps to the 150 x 150 pixels of the cutout.

    A network whose view frames the cutout with blank background (:mod:`radiogaze.models.view`) has
    maps of the framed image; the frame is cut off.
    ``zero-border`` equals ``skimage.transform.resize(map, (150, 150), order=1, mode="constant")``,
    which the gating paper's figures used; both are linear in the map.

    Parameters
    ----------
    maps
        One gate's maps [N, 1, h, w].
    margin
        Blank background around the cutout, in its pixels: the ``margin`` of the network's view.
    resize
        One of ``radiogaze.terms.RESIZES``.

    Returns
    -------
    Tensor
        [N, 150, 150], of the maps' type.
    """
    if resize == "plain":
        framed = CUTOUT_PIXELS + 2 * margin
        size, inside = (framed, framed), slice(margin, margin + CUTOUT_PIXELS)
        whole = F.interpolate(maps, size=size, mode="bilinear", align_corners=False)
        return whole[:, 0, inside, inside]
    rows, columns = (_zero_border_weights(side, margin, maps) for side in maps.shape[-2:])
    return rows @ maps[:, 0] @ columns.T


def mean_map(maps: list[Tensor], margin: int, resize: str = "zero-border") -> Tensor:
    """Return *the attention map*: the plain mean over gates of their resized maps.

    Parameters
    ----------
    maps
        One tensor a gate, [N, 1, h, w].
    margin, resize
        See :func:`to_cutout`.

    Returns
    -------
    Tensor
        [N, 150, 150] (gating paper, Section 5, Figure 4: "averaged attention maps").
    """
    return torch.stack([to_cutout(gate, margin, resize) for gate in maps]).mean(0)


def _zero_border_weights(side: int, margin: int, like: Tensor) -> Tensor:
    """Return the matrix [150, side] of bilinear up-sampling of one axis with zeros outside."""
    pixels = torch.arange(CUTOUT_PIXELS, dtype=torch.float64) + margin + 0.5
    centres = pixels * side / (CUTOUT_PIXELS + 2 * margin) - 0.5
    distance = centres[:, None] - torch.arange(side, dtype=torch.float64)
    return (1 - distance.abs()).clamp(min=0).to(like)
