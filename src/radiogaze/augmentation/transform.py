"""Random rotation, scaling, shift and mirroring of cutouts as one batched affine.

Gating paper, Section 4.3: one resampling an image, as published: rotation by [-180, 180] degrees
and scaling by [0.9, 1.1] around the centre, then a shift of -2..2 whole pixels in the output frame,
bilinear, zero outside.
(Equation 15 rotates last; see docs/differences.md.)

FixMatch's strong augmentation also changes the contrast and blanks a square.

Equivariant paper, Section 2: with probability 1/2 the image is mirrored top to bottom, then
rotated and scaled likewise, around its own centre, and not shifted.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from radiogaze.augmentation.counter_rng import Stream, uniform

MAX_SHIFT = 2
SCALES = (0.9, 1.1)
HALF = 0.5  # probability of a mirror image


@dataclass(frozen=True)
class Scheme:
    """What is drawn for an image besides its rotation.

    Attributes
    ----------
    scales
        The range of the magnification.
    max_shift
        Of the shift, in whole pixels.
    flips
        Whether half of the images are mirrored.
    centre
        Of the rotation, in pixels beyond the image's own centre, right and down.
    contrast
        Largest size of the logarithm of the exponent of the brightness, which is between 0 and 1.
    hole
        Side of a square that is blanked, in pixels.
    """

    scales: tuple[float, float] = SCALES
    max_shift: int = 0
    flips: bool = False
    centre: float = 0.0
    contrast: float = 0.0
    hole: int = 0


# The library version of the gating paper put the centre of rotation half a pixel off; that of the
# equivariant paper is not recorded, and gets the centre around which quarter turns are exact.
SCHEMES = {
    "rotate-scale-shift": Scheme(max_shift=MAX_SHIFT, centre=0.5),
    "flip-rotate-scale": Scheme(flips=True),
    "flip-rotate-scale-shift": Scheme(max_shift=MAX_SHIFT, flips=True),
    "flip-rotate-scale-shift-wide": Scheme(scales=(0.85, 1.18), max_shift=3, flips=True),
    "rotate": Scheme(scales=(1.0, 1.0)),
    "strong": Scheme(scales=(0.7, 1.4), max_shift=8, flips=True, contrast=0.5, hole=40),
}
DEFAULT = "rotate-scale-shift"
SYMMETRIES = 8  # of the square


@dataclass(frozen=True)
class Affine:
    """One transform an image; every tensor has shape [N].

    Attributes
    ----------
    angle
        Rotation in radians, float64.
    scale
        Magnification, float64.
    shift_x, shift_y
        Shift of the output, in pixels, float64.
    flip
        Whether the image is mirrored top to bottom before all else, bool; None for never.
    centre
        See :class:`Scheme`.
    exponent
        Of the brightness after all else, float64; None for 1.
    hole
        Where the blanked square is, from 0 (top, left) to 1 (bottom, right), float64 [2, N]; None
        for no square.
    hole_side
        In pixels.
    """

    angle: Tensor
    scale: Tensor
    shift_x: Tensor
    shift_y: Tensor
    flip: Tensor | None = None
    centre: float = 0.0
    exponent: Tensor | None = None
    hole: Tensor | None = None
    hole_side: int = 0


def draw(seed: int, epoch: int, pass_: int, index: Tensor, augmentation: str = DEFAULT) -> Affine:
    """Draw the transform of each image, a function of (seed, epoch, pass, index) alone.

    Training, validation and test share it: docs/training.md describes what that means.

    Parameters
    ----------
    seed, epoch, pass_
        Non-negative integers. Evaluation uses epoch 0.
    index
        int64 [N]: rows of the catalogue in training and validation, positions in the test file
        in evaluation.
    augmentation
        A key of ``SCHEMES``.
    """
    scheme = SCHEMES[augmentation]
    low, high = scheme.scales
    u_angle, u_x, u_y, u_scale = uniform(Stream.AUGMENTATION, seed, epoch, pass_, index)
    strong = uniform(Stream.STRONG, seed, epoch, pass_, index) if scheme.hole else None
    return Affine(
        angle=(2 * u_angle - 1) * torch.pi,
        scale=low + (high - low) * u_scale,
        # Rounding makes the end values half as likely as the others, as in the published code.
        shift_x=torch.round((2 * u_x - 1) * scheme.max_shift),
        shift_y=torch.round((2 * u_y - 1) * scheme.max_shift),
        flip=_flip(scheme, u_x, (seed, epoch, pass_, index)),
        centre=scheme.centre,
        exponent=None if strong is None else torch.exp((2 * strong[0] - 1) * scheme.contrast),
        hole=None if strong is None else strong[1:3],
        hole_side=scheme.hole,
    )


def _flip(scheme: Scheme, u_x: Tensor, coordinates: tuple[int, int, int, Tensor]) -> Tensor | None:
    """Draw which images are mirrored; without a shift its number is free."""
    if not scheme.flips:
        return None
    return (uniform(Stream.FLIP, *coordinates)[0] if scheme.max_shift else u_x) < HALF


def apply(images: Tensor, affine: Affine) -> Tensor:
    """Resample images as Pillow's bilinear affine transform of 8-bit images does.

    Parameters
    ----------
    images
        uint8 [N, H, W].
    affine
        One transform an image.

    Returns
    -------
    Tensor
        uint8 [N, H, W] on the device of ``images``; equal to Pillow's within 1.
    """
    count, height, width = images.shape
    if affine.flip is not None:
        images = torch.where(affine.flip[:, None, None], images.flip(1), images)
    grid = _sampling_grid(affine, height, width)
    values = F.grid_sample(
        images.reshape(count, 1, height, width).float(),
        grid,
        mode="bilinear",
        # Pillow repeats the edge for the half pixel around it and cuts off beyond.
        padding_mode="border",
        align_corners=False,
    )
    inside = ((grid >= -1) & (grid < 1)).all(-1)
    # Pillow truncates, and its form of the interpolation keeps a constant area exact; torch's sum
    # of four weights may fall below it by rounding. The addend is larger than that, and raises one
    # lit pixel in 800 by a level.
    values = (values[:, 0] + 1e-3).mul_(inside)
    if affine.exponent is not None:
        values = 255 * (values / 255) ** affine.exponent.float()[:, None, None]
    if affine.hole is not None:
        values = values.masked_fill(_square(affine.hole, affine.hole_side, height, width), 0)
    return values.to(torch.uint8)


def _square(place: Tensor, side: int, height: int, width: int) -> Tensor:
    """Return the pixels of each image's square, bool [N, H, W]."""
    of_axis = []
    for position, length in zip(place, (height, width), strict=True):
        first = torch.round(position * (length - side))[:, None]
        pixels = torch.arange(length, device=place.device)
        of_axis.append((pixels >= first) & (pixels < first + side))
    return of_axis[0][:, :, None] & of_axis[1][:, None, :]


def _sampling_grid(affine: Affine, height: int, width: int) -> Tensor:
    """Return where in the input each output pixel's centre comes from, float32 [N, H, W, 2].

    (x, y) run from -1 to 1 between the image's outer edges.
    """
    device = affine.angle.device
    cos, sin = torch.cos(affine.angle) / affine.scale, torch.sin(affine.angle) / affine.scale
    centre_x, centre_y = width / 2 + affine.centre, height / 2 + affine.centre
    columns = torch.arange(width, dtype=torch.float64, device=device) + 0.5 - centre_x
    rows = torch.arange(height, dtype=torch.float64, device=device) + 0.5 - centre_y
    x = columns - affine.shift_x[:, None]
    y = rows - affine.shift_y[:, None]
    # Each coordinate is a term of the column plus a term of the row: the full-size sum is float32.
    of_columns = torch.stack(
        [
            (cos[:, None] * x + centre_x) * 2 / width - 1,
            (-sin[:, None] * x + centre_y) * 2 / height - 1,
        ],
        dim=-1,
    )
    of_rows = torch.stack([sin[:, None] * y * 2 / width, cos[:, None] * y * 2 / height], dim=-1)
    return of_columns.float()[:, None, :, :] + of_rows.float()[:, :, None, :]


def symmetry(images: Tensor, number: int) -> Tensor:
    """Return images [N, H, W] turned by ``number`` quarters; mirrored first if that is 4 to 7."""
    return (images if number < SYMMETRIES // 2 else images.flip(1)).rot90(number, (1, 2))


def to_network_input(images: Tensor) -> Tensor:
    """Scale 8-bit images [N, H, W] to float32 [N, 1, H, W] in [-1, 1], blank background at -1."""
    return (images.float() / 255 - 0.5).div_(0.5).unsqueeze(1)
