"""FITS images of any survey."""

import warnings
from pathlib import Path

import numpy as np
from astropy.utils.exceptions import AstropyWarning
from astropy.wcs import WCS
from astropy.wcs.utils import skycoord_to_pixel

from radiogaze.classify.images.flags import Flag
from radiogaze.classify.images.regrid import fits_first, pixel_scales, plain_wcs, regrid
from radiogaze.classify.images.source import Pixels, Place, Reading, Source, from_brightness
from radiogaze.data.catalogue import CUTOUT
from radiogaze.data.preprocess import FIELD, PIXEL_ARCSEC, FitsImage, crop_corner, read_fits
from radiogaze.errors import RadiogazeError
from radiogaze.files.broken_bytes import BROKEN_BYTES, one_line

FIRST_BEAM = 5.4  # arcsec (Becker et al. 1995)
BEAM_FACTOR = 1.5
# What coordinates that make no sense can provoke in their library.
_UNUSABLE = (*BROKEN_BYTES, UserWarning)


def read_image(path: Path, name: str, reading: Reading) -> Source:
    """Read one FITS image; its centre is where the source is.

    Parameters
    ----------
    path
        A FITS file, perhaps compressed, whose first image with two axes is taken.
    name
        Of the source.
    reading
        What is assumed of an image without celestial coordinates.

    Raises
    ------
    RadiogazeError
        If the file is not such an image, is too small, or its coordinates make no sense.
    """
    image = read_fits(path)
    with warnings.catch_warnings(action="ignore", category=AstropyWarning):
        warnings.simplefilter("ignore", RuntimeWarning)  # of the numbers of a broken header
        # a distortion that cannot be undone: the pixels would come from anywhere
        warnings.filterwarnings("error", ".*failed to converge", UserWarning)
        try:
            return _source(image, path, name, reading)
        except _UNUSABLE as error:
            raise RadiogazeError(
                f"{path}: its celestial coordinates cannot be used: {one_line(error)}; correct"
                " the header"
            ) from None


def _source(image: FitsImage, path: Path, name: str, reading: Reading) -> Source:
    """Bring an image to FIRST's scale and note what was done."""
    if min(image.pixels.shape) < CUTOUT[0]:
        raise RadiogazeError(
            f"{path}: expected an image of at least {CUTOUT[0]} × {CUTOUT[1]} pixels, found shape"
            f" {image.pixels.shape}; cut out a larger field"
        )
    pixels, wcs, flags, notices = _rescaled(image, path, reading)
    if image.beam_arcsec and not 1 / BEAM_FACTOR <= image.beam_arcsec / FIRST_BEAM <= BEAM_FACTOR:
        flags.append(Flag.BEAM)
        notices.append(
            f"{path}: the beam is {image.beam_arcsec:.3g} arcsec; the networks know FIRST's"
            f" {FIRST_BEAM:g}"
        )
    if min(pixels.shape) < FIELD:
        flags.append(Flag.SMALL_FIELD)
    place = None if wcs is None else place_of(wcs, pixels.shape)
    return from_brightness(
        pixels, name, str(path), flags=tuple(flags), notices=tuple(notices), place=place
    )


def _rescaled(
    image: FitsImage, path: Path, reading: Reading
) -> tuple[Pixels, WCS | None, list[Flag], list[str]]:
    """Return pixels of 1.8 arcsec, their coordinates, and what is to be said of them."""
    wcs = image.wcs
    if wcs is None:
        if reading.pixel_arcsec is None:
            raise RadiogazeError(
                f"{path}: expected celestial coordinates in the header, found none; say the side"
                " of a pixel with --pixel-scale ARCSEC"
            )
        wcs = plain_wcs(image.pixels.shape, reading.pixel_arcsec)
    known = None if image.wcs is None else wcs
    scales = pixel_scales(wcs, str(path))
    if fits_first(wcs, scales):
        return image.pixels, known, [], []
    pixels, target = regrid(image.pixels, wcs, str(path))
    notice = (
        f"{path}: pixels of {scales[0]:.4g} × {scales[1]:.4g} arcsec resampled to {PIXEL_ARCSEC:g}"
    )
    return pixels, None if known is None else target, [Flag.SCALE], [notice]


def place_of(wcs: WCS, shape: tuple[int, ...]) -> Place:
    """Return where the cutout of an image of this shape lies."""
    row, column = crop_corner(shape)
    middle = (CUTOUT[0] - 1) / 2
    cutout = wcs.deepcopy()
    cutout.wcs.crpix = cutout.wcs.crpix - np.array([column, row])
    centre = cutout.pixel_to_world(middle, middle).icrs
    if not all(np.isfinite(skycoord_to_pixel(centre, cutout))):
        raise ValueError("its centre is not on the sky")
    return Place(float(centre.ra.deg), float(centre.dec.deg), cutout)
