"""Bring a gate's map to the size of the cutout."""

import torch
import torch.nn.functional as F
from torch import Tensor

from radiogaze.models.agcnn import IMAGE_SIZE

# zero-border: as published, bilinear with zeros outside the map, so that its edge is blended with
# zero (over 2 px for gate 1, 1 px for gate 2); plain: bilinear, the edge repeated.
RESIZES = ("zero-border", "plain")


def to_cutout(maps: Tensor, resize: str = "zero-border") -> Tensor:
    """Resize maps to 150 x 150.

    ``zero-border`` equals ``skimage.transform.resize(map, (150, 150), order=1, mode="constant")``,
    which the published figures used; both are linear in the map.

    Parameters
    ----------
    maps
        One gate's maps [N, 1, h, w].
    resize
        One of ``RESIZES``.

    Returns
    -------
    Tensor
        [N, 150, 150], of the maps' type.
    """
    if resize not in RESIZES:
        raise ValueError(f"resize {resize!r}, expected one of {', '.join(RESIZES)}")
    if resize == "plain":
        size = (IMAGE_SIZE, IMAGE_SIZE)
        return F.interpolate(maps, size=size, mode="bilinear", align_corners=False)[:, 0]
    rows, columns = (_zero_border_weights(side, maps) for side in maps.shape[-2:])
    return rows @ maps[:, 0] @ columns.T


def mean_map(maps: list[Tensor], resize: str = "zero-border") -> Tensor:
    """Return *the attention map*: the plain mean over gates of their resized maps.

    Parameters
    ----------
    maps
        One tensor a gate, [N, 1, h, w].
    resize
        One of ``RESIZES``.

    Returns
    -------
    Tensor
        [N, 150, 150] (gating paper, Section 5.1: "averaged attention map").
    """
    return torch.stack([to_cutout(gate, resize) for gate in maps]).mean(0)


def _zero_border_weights(side: int, like: Tensor) -> Tensor:
    """Return the matrix [150, side] of bilinear up-sampling of one axis with zeros outside."""
    centres = (torch.arange(IMAGE_SIZE, dtype=torch.float64) + 0.5) * side / IMAGE_SIZE - 0.5
    distance = centres[:, None] - torch.arange(side, dtype=torch.float64)
    return (1 - distance.abs()).clamp(min=0).to(like)
