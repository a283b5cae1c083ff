"""From a raw FIRST image to the cutout that a network sees (gating paper, Section 4.2).

The steps are those that made MiraBest's published batches, pixel for pixel.
"""

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from astropy.stats import sigma_clipped_stats
from astropy.utils.exceptions import AstropyWarning
from astropy.wcs import WCS
from astropy.wcs.utils import wcs_to_celestial_frame
from numpy.typing import NDArray

from radiogaze.data.catalogue import CUTOUT
from radiogaze.errors import RadiogazeError
from radiogaze.files.broken_bytes import BROKEN_BYTES, one_line
from radiogaze.files.fits_guard import (
    SKY,
    check_coordinates,
    check_file,
    check_numbers,
    with_plain_exponents,
)
from radiogaze.files.npz import MOST_PIXELS

FIELD = 300  # pixels; the noise is that of a field of 9 arcmin
THRESHOLD = 3.0  # in units of the noise

# What a broken header can provoke in the reader of coordinates.
_BROKEN = (*BROKEN_BYTES, OSError, fits.VerifyError)


class BlankError(RadiogazeError):
    """An image without anything brighter than its noise."""


@dataclass(frozen=True)
class FitsImage:
    """An image of the sky.

    Attributes
    ----------
    pixels
        float64 [H, W], Jy/beam, NaN where the survey has no data.
    wcs
        Its celestial coordinates, or None if the header has none.
    beam_arcsec
        Major axis of the beam (FWHM), or None if the header has none.
    others
        How many more images with two axes the file has.
    damaged
        Whether the file has a checksum that is not that of its content.
    """

    pixels: NDArray[np.float64]
    wcs: WCS | None
    beam_arcsec: float | None = None
    others: int = 0
    damaged: bool = False


def read_fits(path: Path) -> FitsImage:
    """Read the first image of a FITS file; axes of length one are dropped.

    Raises
    ------
    RadiogazeError
        If the file is missing, not FITS, cut short, compressed by HCOMPRESS, or holds no
        two-dimensional image.
    """
    if not path.is_file():
        raise RadiogazeError(f"{path}: no such file; expected a FITS image")
    try:
        check_file(path)
        # headers of survey services hold cards that the standard does not allow
        with warnings.catch_warnings(action="always", category=AstropyWarning, record=True) as said:
            image = _read(path)
    except RadiogazeError:
        raise
    except Exception as error:  # a decompressor's own is only an Exception
        raise RadiogazeError(
            f"{path}: expected a FITS image, found {one_line(error)}; get the file again"
        ) from None
    return replace(image, damaged=any("verification failed" in str(one.message) for one in said))


def _read(path: Path) -> FitsImage:
    """Read the first image that has two axes longer than one."""
    shapes = []
    # not as unsigned integers, whose blank pixels astropy would take for numbers
    with fits.open(path, memmap=False, uint=False, checksum=True) as units:
        images = _images(units)
        for unit in images:
            if _axes(unit.shape) != len(CUTOUT):
                shapes.append(unit.shape)
                continue
            if math.prod(unit.shape) > MOST_PIXELS:
                raise RadiogazeError(
                    f"{path}: expected at most {MOST_PIXELS:,} pixels, found shape {unit.shape};"
                    " cut out the field of the source first"
                )
            if getattr(unit, "compression_type", None) == "HCOMPRESS_1":
                raise RadiogazeError(
                    f"{path}: is compressed by HCOMPRESS, whose decoder a damaged file can crash;"
                    " unpack it first, for example by funpack"
                )
            return FitsImage(
                np.squeeze(unit.data).astype(np.float64),
                _celestial(unit.header, unit.shape, path),
                _beam(unit.header),
                sum(_axes(other.shape) == len(CUTOUT) for other in images),
            )
    if not shapes:
        raise RadiogazeError(
            f"{path}: expected an image with two axes, found none in the file; is it a table?"
        )
    cube = max(map(_axes, shapes)) > len(CUTOUT)
    raise RadiogazeError(
        f"{path}: expected an image with two axes of several pixels, found shape"
        f" {', '.join(map(str, shapes))}"
        f"; {'extract one plane of a cube' if cube else 'cut out the field of a source'} first"
    )


def _images(units: fits.HDUList) -> Iterator[Any]:
    """Yield the units that are images."""
    for number, unit in enumerate(units):
        # the next unit would begin where this one does, and so on without end: a header that
        # cannot be read in a compressed file, or parameters that are counted backwards
        if unit.size < 0:
            raise ValueError(f"unit {number} with a broken header")
        if unit.is_image and unit.shape:
            yield unit


def _axes(shape: tuple[int, ...]) -> int:
    """Count the axes of more than one pixel."""
    return len([side for side in shape if side != 1])


def _celestial(header: fits.Header, shape: tuple[int, ...], path: Path) -> WCS | None:
    """Return the celestial coordinates of a header, None if it has none."""
    check_coordinates(header, path)
    try:
        wcs = WCS(with_plain_exponents(header))
        celestial = wcs.celestial if wcs.has_celestial else None
    except _BROKEN as error:
        raise RadiogazeError(
            f"{path}: its celestial coordinates cannot be used: {one_line(error)}; correct the"
            " header"
        ) from None
    if celestial is None:
        return None
    if celestial.wcs.lngtyp not in SKY:
        raise RadiogazeError(
            f"{path}: its coordinates are {celestial.wcs.lngtyp} and {celestial.wcs.lattyp},"
            f" expected {' or '.join(SKY)} and their latitudes"
        )
    check_numbers(header, path)
    _check_frame(celestial, path)
    shown = [number for number, side in enumerate(shape[::-1]) if side != 1]
    if {wcs.wcs.lng, wcs.wcs.lat} != {*shown}:
        found = " and ".join(str(header.get(f"CTYPE{number + 1}", "unknown")) for number in shown)
        raise RadiogazeError(
            f"{path}: its axes of several pixels are {found}, expected the two of the sky; extract"
            " an image of the sky first"
        )
    return celestial


def _check_frame(celestial: WCS, path: Path) -> None:
    """Refuse a reference system that astropy does not know, which it reports only in use."""
    try:
        wcs_to_celestial_frame(celestial)
    except ValueError:
        raise RadiogazeError(
            f"{path}: RADESYS: found {celestial.wcs.radesys}, expected ICRS, FK5, FK4 or FK4-NO-E;"
            " correct the header"
        ) from None


def _beam(header: fits.Header) -> float | None:
    """Return the beam's major axis in arcsec, where the header has it (BMAJ is in degrees)."""
    major = header.get("BMAJ")
    return float(major) * 3600 if isinstance(major, int | float) and major > 0 else None


def tangential(
    shape: tuple[int, ...], pixel_arcsec: float, ra: float = 0.0, dec: float = 0.0
) -> WCS:
    """Return tangential coordinates of an image [H, W], north up and east left.

    ``ra`` and ``dec`` are those of its centre, degrees; 0 where only the scale is known.
    """
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.crval = [ra, dec]
    wcs.wcs.crpix = [(shape[1] + 1) / 2, (shape[0] + 1) / 2]
    wcs.wcs.cdelt = [-pixel_arcsec / 3600, pixel_arcsec / 3600]
    wcs.wcs.radesys = "ICRS"
    return wcs


def preprocess(image: NDArray[np.floating], name: str = "image") -> NDArray[np.uint8]:
    """Clip the noise, crop the centre and scale to 8 bits (gating paper, Equation 14).

    The noise is the standard deviation of the central 300 × 300 pixels after clipping at 3 sigma
    about the median, at most five times. What is fainter than three times the noise becomes zero.

    Parameters
    ----------
    image
        float [H, W], Jy/beam, at least 150 × 150 pixels of 1.8 arcsec. Pixels that are not
        finite count as blank background.
    name
        What the image is, for an error.

    Returns
    -------
    ndarray of uint8, shape [150, 150]
        In the orientation of the input; the faintest pixel is 0, the brightest 255.

    Raises
    ------
    RadiogazeError
        If the image is not two-dimensional, too small, or without a finite pixel.
    BlankError
        If it is blank after clipping.
    """
    return clip(image, measure_field(image, name)[1], name)


def measure_field(image: NDArray[np.floating], name: str) -> tuple[float, float]:
    """Return the background and the noise of the field; see `preprocess`.

    The background is the median of the same pixels; of an interferometer's image it is near 0.
    """
    check_size(image, name)
    field = centre_crop(image, FIELD).astype(np.float64)
    if not np.isfinite(field).any():
        raise RadiogazeError(
            f"{name}: expected brightness, found no finite pixel; is the source in the survey?"
        )
    _, median, noise = sigma_clipped_stats(field[np.isfinite(field)], sigma=3.0, maxiters=5)
    return float(median), float(noise)


def clip(image: NDArray[np.floating], noise: float, name: str) -> NDArray[np.uint8]:
    """Clip a known noise, crop the centre and scale to 8 bits; see `preprocess`."""
    threshold = THRESHOLD * noise
    cutout = centre_crop(image, CUTOUT[0]).astype(np.float64)
    clipped = np.where(np.isfinite(cutout) & (cutout >= threshold), cutout, 0)
    low, high = clipped.min(), clipped.max()
    if high == low:
        raise BlankError(
            f"{name}: expected a source brighter than {THRESHOLD:g} times the noise"
            f" ({noise:.3g}) in the central {CUTOUT[0]} × {CUTOUT[1]} pixels, found none"
        )
    # divided first, so that the brightest pixel is 255 whatever the rounding
    return (255 * ((clipped - low) / (high - low))).astype(np.uint8)


def check_size(image: NDArray[np.floating], name: str) -> None:
    """Check that a cutout can be cropped from an image.

    Raises
    ------
    RadiogazeError
        If it is not two-dimensional, or too small.
    """
    if image.ndim != len(CUTOUT) or min(image.shape) < min(CUTOUT):
        raise RadiogazeError(
            f"{name}: expected an image of at least {CUTOUT[0]} × {CUTOUT[1]} pixels, found shape"
            f" {image.shape}; cut out a larger field"
        )


def crop_corner(shape: tuple[int, ...], size: int = CUTOUT[0]) -> tuple[int, int]:
    """Return row and column of the first pixel of the central crop; (75, 75) of 300 × 300."""
    return (shape[0] - size) // 2, (shape[1] - size) // 2


def centre_crop(image: NDArray[np.floating], size: int) -> NDArray[np.floating]:
    """Crop the centre, where the image is larger."""
    row, column = (max(corner, 0) for corner in crop_corner(image.shape, size))
    return image[row : row + size, column : column + size]
