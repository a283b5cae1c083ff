"""What is known of one source before it is classified."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiogaze.classify.images.flags import Flag, inspect
from radiogaze.data.catalogue import CUTOUT
from radiogaze.data.preprocess import PIXEL_ARCSEC, BlankError, crop_corner, preprocess

Pixels = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Place:
    """Where an image lies on the sky.

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
class Source:
    """One source, ready for a network.

    Attributes
    ----------
    name
        Its name in the output, unique in a call.
    origin
        The file (and position in it), or the coordinates that were asked for.
    cutout
        uint8 [150, 150], 1.8 arcsec a pixel, noise clipped, faintest pixel 0 and brightest 255;
        None if nothing is brighter than the noise.
    flags
        What to be careful about; `radiogaze.classify.images.flags.Flag` explains each.
    place
        None if the image has no celestial coordinates.
    notices
        One line each: what was done to the image or is missing in it.
    """

    name: str
    origin: str
    cutout: NDArray[np.uint8] | None
    flags: tuple[Flag, ...]
    place: Place | None = None
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Failure:
    """An input that gives no source; ``reason`` is one line that begins with ``origin``."""

    origin: str
    reason: str


@dataclass(frozen=True)
class Reading:
    """How images without coordinates are read.

    Attributes
    ----------
    pixel_arcsec
        Side of their pixels; None where it was not said: pictures and arrays are then taken to
        have FIRST's 1.8 arcsec, and a FITS image without coordinates is refused.
    """

    pixel_arcsec: float | None = None

    @property
    def scale(self) -> float:
        """Side of a pixel of images without coordinates, in arcsec."""
        return PIXEL_ARCSEC if self.pixel_arcsec is None else self.pixel_arcsec


def from_brightness(
    pixels: Pixels,
    name: str,
    origin: str,
    *,
    flags: tuple[Flag, ...] = (),
    notices: tuple[str, ...] = (),
    place: Place | None = None,
) -> Source:
    """Make a source of an image at 1.8 arcsec a pixel.

    Parameters
    ----------
    pixels
        Brightness in any unit, [H, W], at least 150 × 150; NaN where there are no data.
    name, origin, flags, notices, place
        See `Source`.

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
            " value; taken as empty sky",
        )
    try:
        cutout = preprocess(pixels, origin)
    except BlankError as error:
        return Source(name, origin, None, (*flags, Flag.BLANK), place, (*notices, str(error)))
    return Source(name, origin, cutout, (*flags, *inspect(cutout)), place, notices)


def _cutout_of(pixels: Pixels) -> Pixels:
    """Return the pixels that become the cutout."""
    row, column = (max(corner, 0) for corner in crop_corner(pixels.shape))
    return pixels[row : row + CUTOUT[0], column : column + CUTOUT[1]]
