"""What a network makes of the image that it is given: size, pixel values, a circular mask.

Every network of this project takes images [N, 1, 150, 150] in [-1, 1], blank background at
-1. What a variant's row says of the input beyond that happens here, inside the network, so that
training, evaluation and attention maps cannot differ in it.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from radiogaze.errors import RadiogazeError
from radiogaze.terms import CUTOUT_PIXELS


class Framing(NamedTuple):
    """Blank background around the image, in its pixels, and how many pixels a side become one."""

    margin: int
    binning: int


# By the side of the network's input. 152 = 8 x 19 and the two binned ones are halved three times
# without a remainder: only then is an equivariant network exactly so under quarter turns. Binning
# takes means: it keeps the whole field, lobes and all, and what it loses is resolution, in pixels
# of 3.6 (or 5.4) arcsec for FIRST's beam of 5.4. A crop would keep the resolution and cut off the
# outer lobes, which are what distinguishes an FRII from an FRI.
FRAMINGS = {150: Framing(0, 1), 152: Framing(1, 1), 80: Framing(5, 2), 56: Framing(9, 3)}

# Mean and standard deviation of pixel values in 0..1 that the published codes standardise with:
# 0.5 and 0.5 (gating; values in [-1, 1]), and MiraBest's own (equivariant).
PIXEL_SCALINGS = {"symmetric": (0.5, 0.5), "standardised": (0.0031, 0.0350)}

_MASK_VARIANCE = 4.0


class View(nn.Module):
    """The first, fixed operation of a network.

    Parameters
    ----------
    size
        A key of ``FRAMINGS``.
    pixel_scaling
        A key of ``PIXEL_SCALINGS``.
    mask_margin
        None for no mask; otherwise a disc that leaves out this fraction of the image's half width.
    """

    def __init__(
        self,
        size: int = CUTOUT_PIXELS,
        pixel_scaling: str = "symmetric",
        mask_margin: float | None = None,
    ) -> None:
        super().__init__()
        if size not in FRAMINGS:
            raise RadiogazeError(f"size {size!r}, expected {', '.join(map(str, FRAMINGS))}")
        if pixel_scaling not in PIXEL_SCALINGS:
            known = ", ".join(PIXEL_SCALINGS)
            raise RadiogazeError(f"pixel_scaling {pixel_scaling!r}, expected {known}")
        self.size, self.pixel_scaling = size, pixel_scaling
        self.margin, self.binning = FRAMINGS[size]
        image = CUTOUT_PIXELS / self.binning
        mask = None if mask_margin is None else circular_mask(size, image, mask_margin)
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """Turn images [N, 1, 150, 150] in [-1, 1] into the input [N, 1, size, size].

        Raises
        ------
        ValueError
            If the images have another shape.
        """
        check_images(images)
        x = images
        if self.margin:
            x = F.pad(x, (self.margin,) * 4, value=-1.0)
        if self.binning > 1:
            x = F.avg_pool2d(x, self.binning)
        if self.pixel_scaling != "symmetric":
            mean, deviation = PIXEL_SCALINGS[self.pixel_scaling]
            x = ((x + 1) / 2 - mean) / deviation
        return x if self.mask is None else x * self.mask

    @property
    def sky(self) -> float:
        """What the blank background becomes."""
        mean, deviation = PIXEL_SCALINGS[self.pixel_scaling]
        return -mean / deviation

    def before(self, values: Tensor) -> Tensor:
        """Return the images from which the pixel scaling makes these values, of any shape.

        The published figures feed 0..255 to networks that were trained with standardised pixels.
        """
        mean, deviation = PIXEL_SCALINGS[self.pixel_scaling]
        if self.pixel_scaling == "symmetric":
            return values
        return (values * deviation + mean) * 2 - 1

    def extra_repr(self) -> str:
        """Show size, scaling and mask when the module is printed."""
        return f"{self.size}, {self.pixel_scaling}, mask={self.mask is not None}"


def circular_mask(size: int, diameter: float, margin: float) -> Tensor:
    """Return 1 in a disc and a steep fall to 0 around it, float32 [size, size].

    ``exp((t - r^2) / 4)`` with the squares of the distance and of the disc's radius, in pixels:
    essentially a hard edge. The radius is that to the centres of the outermost pixels.

    Parameters
    ----------
    size
        Pixels along a side; the disc lies in the centre.
    diameter
        Pixels along a side of the image that the disc is drawn into.
    margin
        Fraction of the radius that is left out.
    """
    axis = torch.arange(size, dtype=torch.float64) - (size - 1) / 2
    squared = axis[:, None] ** 2 + axis**2
    limit = ((diameter - 1) / 2 * (1 - margin)) ** 2
    return torch.exp((limit - squared).clamp(max=0) / _MASK_VARIANCE).float()


def check_images(images: Tensor) -> None:
    """Refuse anything but a batch of single-channel 150 x 150 images.

    Raises
    ------
    ValueError
        Naming the shape found and the one expected.
    """
    expected = (1, CUTOUT_PIXELS, CUTOUT_PIXELS)
    if images.ndim != len(expected) + 1 or images.shape[1:] != expected or not len(images):
        raise ValueError(
            f"images of shape {list(images.shape)}, expected [N, 1, {expected[1]}, {expected[2]}]"
            " with N of at least 1"
        )
