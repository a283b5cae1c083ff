"""FITS images of any survey."""

import warnings
from pathlib import Path

import numpy as np
from astropy.utils.exceptions import AstropyWarning
from astropy.wcs import WCS
from astropy.wcs.utils import skycoord_to_pixel

from radiogaze.classify.flags import Flag
from radiogaze.classify.radio_source import (
    RadioSource,
    Remarks,
    SkyPosition,
    from_brightness,
    without_padding,
)
from radiogaze.classify.regrid import of_scale, to_first_pixels
from radiogaze.data.catalogue import CUTOUT
from radiogaze.data.preprocess import FitsImage, crop_corner, read_fits
from radiogaze.errors import RadiogazeError
from radiogaze.files.broken_bytes import BROKEN_BYTES, one_line
from radiogaze.terms import BEAM_ARCSEC

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
    remarks = Remarks(str(path))
    if image.damaged:
        remarks.add(Flag.CHECKSUM, "its checksum is not that of its content; get the file again")
    if image.others:
        remarks.notices.append(
            f"{path}: has {image.others + 1} images with two axes, of which the first is read"
        )
    wcs = image.wcs
    if wcs is None:
        if pixel_arcsec is None:
            raise RadiogazeError(
                f"{path}: expected celestial coordinates in the header, found none; give the"
                " side of a pixel with --pixel-scale ARCSEC"
            )
        wcs = of_scale(image.pixels.shape, pixel_arcsec, str(path))
    pixels, wcs = to_first_pixels(without_padding(image.pixels), wcs, remarks)
    if image.beam_arcsec and not 1 / BEAM_FACTOR <= image.beam_arcsec / BEAM_ARCSEC <= BEAM_FACTOR:
        remarks.add(
            Flag.BEAM,
            f"the beam is {image.beam_arcsec:.3g} arcsec; the networks were trained on FIRST's"
            f" {BEAM_ARCSEC:g}",
        )
    position = SkyPosition() if image.wcs is None else _position(wcs, pixels.shape)
    return from_brightness(pixels, name, remarks, position)


def _position(wcs: WCS, shape: tuple[int, ...]) -> SkyPosition:
    """Return where the cutout of an image of this shape lies."""
    row, column = crop_corner(shape)
    middle = (CUTOUT[0] - 1) / 2
    cutout = wcs[row : row + CUTOUT[0], column : column + CUTOUT[1]]
    centre = cutout.pixel_to_world(middle, middle).icrs
    if not all(np.isfinite(skycoord_to_pixel(centre, cutout))):
        raise ValueError("its centre is not on the sky")
    return SkyPosition(float(centre.ra.deg), float(centre.dec.deg), cutout)
