"""What is known of one source before it is classified."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiogaze.classify.flags import Flag, inspect
from radiogaze.data.catalogue import CUTOUT
from radiogaze.data.preprocess import BlankError, crop_corner, preprocess

Pixels = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class SkyPosition:
    """Where a cutout lies on the sky.

    Attributes
    ----------
    ra_deg, dec_deg
        Centre of the cutout, ICRS.
    wcs
        Celestial coordinates (`astropy.wcs.WCS`) of the cutout's pixels.
    """

    ra_deg: float
    dec_deg: float
    wcs: Any


@dataclass(frozen=True)
class RadioSource:
    """One source, ready for a network.

    Attributes
    ----------
    name
        Its name in the output, unique in a call.
    origin
        The file (and the index in it), or the coordinates that were requested.
    cutout
        uint8 [150, 150], 1.8 arcsec a pixel, noise clipped, faintest pixel 0 and brightest 255;
        None if nothing is brighter than the noise.
    flags
        What to be careful about; `radiogaze.classify.flags.Flag` explains each.
    position
        None if the image has no celestial coordinates.
    notices
        One line each: what was done to the image or is missing in it.
    """

    name: str
    origin: str
    cutout: NDArray[np.uint8] | None
    flags: tuple[Flag, ...]
    position: SkyPosition | None = None
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Failure:
    """An input that gives no source; ``reason`` is one line that begins with ``origin``."""

    origin: str
    reason: str


def from_brightness(
    pixels: Pixels,
    name: str,
    origin: str,
    *,
    flags: tuple[Flag, ...] = (),
    notices: tuple[str, ...] = (),
    position: SkyPosition | None = None,
) -> RadioSource:
    """Make a source of an image at 1.8 arcsec a pixel.

    Parameters
    ----------
    pixels
        Brightness in any unit, [H, W], at least 150 × 150; NaN where there are no data.
    name, origin, flags, notices, position
        See `RadioSource`.

    Raises
    ------
    RadiogazeError
        If the image is too small or has no finite pixel.
    """
    missing = ~np.isfinite(_cutout_of(pixels)) if pixels.ndim == len(CUTOUT) else np.zeros(0)
    if missing.any():
        flags = (*flags, Flag.NAN)
        notices = (
            *notices,
            f"{origin}: {missing.sum()} of {missing.size} pixels of the cutout have no finite"
            " value; taken as blank background",
        )
    try:
        cutout = preprocess(pixels, origin)
    except BlankError as error:
        return RadioSource(
            name, origin, None, (*flags, Flag.BLANK), position, (*notices, str(error))
        )
    return RadioSource(name, origin, cutout, (*flags, *inspect(cutout)), position, notices)


def _cutout_of(pixels: Pixels) -> Pixels:
    """Return the pixels that become the cutout."""
    row, column = (max(corner, 0) for corner in crop_corner(pixels.shape))
    return pixels[row : row + CUTOUT[0], column : column + CUTOUT[1]]
