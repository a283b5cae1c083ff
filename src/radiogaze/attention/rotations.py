"""Fixed rotations in place of random augmentation (equivariant paper, Figure 3)."""

from collections.abc import Callable

import torch
from torch import Tensor

from radiogaze.augmentation.transform import Affine


def full_turn(steps: int) -> Callable[[int, Tensor], Affine]:
    """Return the transforms of a full turn in equal steps, every image alike.

    The published code rotated by 0, 2, 4 ... 358 degrees (180 steps) from November 2021 on,
    without mirroring and scaling; the paper's own Figure 3 has random augmentation.

    Parameters
    ----------
    steps
        How many; a pass is one of them.

    Returns
    -------
    callable
        A pass's number and the images' places [N] to one rotation an image, about its centre.
    """

    def rotate(pass_: int, index: Tensor) -> Affine:
        nothing = torch.zeros(len(index), dtype=torch.float64, device=index.device)
        return Affine(
            angle=nothing + 2 * torch.pi * pass_ / steps,
            scale=nothing + 1,
            shift_x=nothing,
            shift_y=nothing,
            centre=0.0,
        )

    return rotate
