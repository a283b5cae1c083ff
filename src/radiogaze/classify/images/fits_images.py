"""FITS images of any survey."""

import warnings
from pathlib import Path

import numpy as np
from astropy.utils.exceptions import AstropyWarning
from astropy.wcs import WCS
from astropy.wcs.utils import skycoord_to_pixel

from radiogaze.classify.flags import Flag
from radiogaze.classify.radio_source import Pixels, RadioSource, SkyPosition, from_brightness
from radiogaze.classify.regrid import fits_first, pixel_scales, plain_wcs, regrid
from radiogaze.data.catalogue import CUTOUT
from radiogaze.data.preprocess import FIELD, FitsImage, crop_corner, read_fits
from radiogaze.errors import RadiogazeError
from radiogaze.files.broken_bytes import BROKEN_BYTES, one_line
from radiogaze.terms import PIXEL_ARCSEC

FIRST_BEAM = 5.4  # arcsec (Becker et al. 1995)
BEAM_FACTOR = 1.5
# What invalid coordinates raise in astropy.
_UNUSABLE = (*BROKEN_BYTES, UserWarning)


def read_image(path: Path, name: str, pixel_arcsec: float | None = None) -> RadioSource:
    """Read one FITS image with the source in its centre.

    Parameters
    ----------
    path
        A FITS file, perhaps compressed, whose first image with two axes is taken.
    name
        Of the source.
    pixel_arcsec
        Side of a pixel of an image without celestial coordinates; None: such an image is refused.

    Raises
    ------
    RadiogazeError
        If the file is not such an image, is too small, or has invalid coordinates.
    """
    image = read_fits(path)
    with warnings.catch_warnings(action="ignore", category=AstropyWarning):
        warnings.simplefilter("ignore", RuntimeWarning)  # of the numbers of a broken header
        # a distortion that cannot be inverted: the sampled pixels would be meaningless
        warnings.filterwarnings("error", ".*failed to converge", UserWarning)
        try:
            return _source(image, path, name, pixel_arcsec)
        except _UNUSABLE as error:
            raise RadiogazeError(
                f"{path}: its celestial coordinates cannot be used: {one_line(error)}; correct"
                " the header"
            ) from None


def _source(image: FitsImage, path: Path, name: str, pixel_arcsec: float | None) -> RadioSource:
    """Resample an image to FIRST's scale and record what was done."""
    if min(image.pixels.shape) < CUTOUT[0]:
        raise RadiogazeError(
            f"{path}: expected an image of at least {CUTOUT[0]} × {CUTOUT[1]} pixels, found shape"
            f" {image.pixels.shape}; cut out a larger field"
        )
    pixels, wcs, flags, notices = _rescaled(image, path, pixel_arcsec)
    if image.beam_arcsec and not 1 / BEAM_FACTOR <= image.beam_arcsec / FIRST_BEAM <= BEAM_FACTOR:
        flags.append(Flag.BEAM)
        notices.append(
            f"{path}: the beam is {image.beam_arcsec:.3g} arcsec; the networks were trained on"
            f" FIRST's {FIRST_BEAM:g}"
        )
    if min(pixels.shape) < FIELD:
        flags.append(Flag.SMALL_FIELD)
    position = None if wcs is None else sky_position(wcs, pixels.shape)
    return from_brightness(
        pixels, name, str(path), flags=tuple(flags), notices=tuple(notices), position=position
    )


def _rescaled(
    image: FitsImage, path: Path, pixel_arcsec: float | None
) -> tuple[Pixels, WCS | None, list[Flag], list[str]]:
    """Return pixels of 1.8 arcsec, their coordinates, flags and notices."""
    wcs = image.wcs
    if wcs is None:
        if pixel_arcsec is None:
            raise RadiogazeError(
                f"{path}: expected celestial coordinates in the header, found none; give the"
                " side of a pixel with --pixel-scale ARCSEC"
            )
        wcs = plain_wcs(image.pixels.shape, pixel_arcsec)
    known = None if image.wcs is None else wcs
    scales = pixel_scales(wcs, str(path))
    if fits_first(wcs, scales):
        return image.pixels, known, [], []
    pixels, target = regrid(image.pixels, wcs, str(path))
    notice = (
        f"{path}: pixels of {scales[0]:.4g} × {scales[1]:.4g} arcsec resampled to {PIXEL_ARCSEC:g}"
    )
    return pixels, None if known is None else target, [Flag.SCALE], [notice]


def sky_position(wcs: WCS, shape: tuple[int, ...]) -> SkyPosition:
    """Return where the cutout of an image of this shape lies."""
    row, column = crop_corner(shape)
    middle = (CUTOUT[0] - 1) / 2
    cutout = wcs.deepcopy()
    cutout.wcs.crpix = cutout.wcs.crpix - np.array([column, row])
    centre = cutout.pixel_to_world(middle, middle).icrs
    if not all(np.isfinite(skycoord_to_pixel(centre, cutout))):
        raise ValueError("its centre is not on the sky")
    return SkyPosition(float(centre.ra.deg), float(centre.dec.deg), cutout)
