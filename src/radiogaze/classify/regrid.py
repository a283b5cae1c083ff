"""Resample an image of the sky to FIRST's pixels: 1.8 arcsec, north up, east left."""

import numpy as np
from astropy.wcs import WCS
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates

from radiogaze.classify.flags import Flag
from radiogaze.classify.radio_source import Pixels, Remarks
from radiogaze.data.catalogue import CUTOUT
from radiogaze.data.preprocess import FIELD, check_size, tangential
from radiogaze.errors import RadiogazeError
from radiogaze.terms import PIXEL_ARCSEC

# of the scale, and of the cosine between the axes: 0.4 pixels at the edge of the cutout
TOLERANCE = 0.005
# arcsec; outside, the header is wrong or a source has a few pixels only
FINEST, COARSEST = 0.01, 18.0


def of_scale(shape: tuple[int, ...], pixel_arcsec: float, name: str) -> WCS:
    """Return coordinates of an image [H, W] of which only the side of a pixel is known.

    Raises
    ------
    RadiogazeError
        If it cannot be that of an image of radio galaxies.
    """
    _check_scale(pixel_arcsec, pixel_arcsec, name)
    return tangential(shape, pixel_arcsec)


def _check_scale(x: float, y: float, name: str) -> None:
    if not all(FINEST <= side <= COARSEST for side in (x, y)):
        raise RadiogazeError(
            f"{name}: expected pixels of {FINEST:g} to {COARSEST:g} arcsec, found {x:.4g} ×"
            f" {y:.4g}; correct the scale that was given, or the header's CDELT or CD cards"
        )


def to_first_pixels(pixels: Pixels, wcs: WCS, remarks: Remarks) -> tuple[Pixels, WCS]:
    """Return an image at FIRST's scale with its coordinates; a rotation stays, a mirroring not.

    Parameters
    ----------
    pixels
        [H, W], at least 150 × 150.
    wcs
        Their celestial coordinates.
    remarks
        Of the image; resampling is added.

    Raises
    ------
    RadiogazeError
        If the image is too small, its centre is not on the sky, or the scale cannot be that of an
        image of radio galaxies.
    """
    origin = remarks.origin
    check_size(pixels, origin)
    steps = _steps(wcs, pixels.shape, origin)
    scales = np.hypot(*steps)
    x, y = scales
    _check_scale(x, y, origin)
    cosine = float(steps[:, 0] @ steps[:, 1] / (x * y))
    same_scale = bool((abs(scales / PIXEL_ARCSEC - 1) <= TOLERANCE).all())
    skewed = abs(cosine) > TOLERANCE
    mirrored = bool(np.linalg.det(steps) > 0)
    if same_scale and not skewed and not mirrored:
        return pixels, wcs
    scaled = f"pixels of {x:.4g} × {y:.4g} arcsec resampled to {PIXEL_ARCSEC:g}"
    made_square = f"axes {np.degrees(np.arccos(cosine)):.3g} degrees apart, made perpendicular"
    notices = [scaled] * (not same_scale) + [made_square] * skewed
    remarks.add(Flag.SCALE, "; ".join(notices + ["mirrored, turned round"] * mirrored))
    return regrid(pixels, wcs, scales, origin)


def _steps(wcs: WCS, shape: tuple[int, ...], name: str) -> NDArray[np.float64]:
    """Return how far a step of one pixel leads at the image's centre, on the sky and not in the
    plane of the projection: [east and north, along x and along y], arcsec.
    """
    x, y = (shape[1] - 1) / 2, (shape[0] - 1) / 2
    half = 0.5
    centre = wcs.pixel_to_world(x, y)
    around = wcs.pixel_to_world([x - half, x + half, x, x], [y, y, y - half, y + half])
    west_to_east, south_to_north = centre.spherical_offsets_to(around)
    offsets = np.array([west_to_east.arcsec, south_to_north.arcsec])
    if not np.isfinite(offsets).all():
        raise RadiogazeError(f"{name}: the centre of the image is not on the sky; check its header")
    return offsets[:, 1::2] - offsets[:, ::2]


def regrid(pixels: Pixels, wcs: WCS, scales: NDArray[np.float64], name: str) -> tuple[Pixels, WCS]:
    """Resample the centre of an image, bilinear; finer pixels are smoothed to 1.8 arcsec first.

    Parameters
    ----------
    pixels
        [H, W], NaN where there are no data.
    wcs
        Their celestial coordinates, in any frame and projection that astropy supports.
    scales
        Sides of a pixel at the image's centre, along x and along y, arcsec on the sky.
    name
        What the image is, for an error.

    Returns
    -------
    ndarray, WCS
        At most 300 × 300 pixels of 1.8 arcsec around the image's centre, ICRS, tangential.

    Raises
    ------
    RadiogazeError
        If the field is smaller than the cutout's 270 arcsec.
    """
    height, width = pixels.shape
    side = int(min(FIELD, (scales * (width, height)).min() / PIXEL_ARCSEC + TOLERANCE))
    if side < CUTOUT[0]:
        raise RadiogazeError(
            f"{name}: expected a field of at least {CUTOUT[0] * PIXEL_ARCSEC:g} arcsec, found"
            f" {scales[0] * width:.4g} × {scales[1] * height:.4g}; cut out a larger field"
        )
    centre = wcs.pixel_to_world((width - 1) / 2, (height - 1) / 2).icrs
    target = tangential((side, side), PIXEL_ARCSEC, centre.ra.deg, centre.dec.deg)
    rows, columns = np.mgrid[:side, :side]
    x, y = wcs.world_to_pixel(target.pixel_to_world(columns, rows))
    smooth = _smooth(np.asarray(pixels, dtype=np.float64), PIXEL_ARCSEC / scales[::-1])
    # a pixel has its value up to its own edge, half a pixel beyond its centre
    inside = (abs(x - (width - 1) / 2) <= width / 2) & (abs(y - (height - 1) / 2) <= height / 2)
    sampled = map_coordinates(smooth, [y, x], order=1, mode="nearest")
    return np.where(inside, sampled, np.nan), target


def _smooth(pixels: Pixels, factors: NDArray[np.float64]) -> Pixels:
    """Smooth to the resolution of the coarser grid; pixels without data stay NaN."""
    sigma = np.maximum(factors - 1, 0) / 2
    if not sigma.any():
        return pixels
    there = np.isfinite(pixels)
    weight = gaussian_filter(there.astype(np.float64), sigma)
    values = gaussian_filter(np.where(there, pixels, 0.0), sigma)
    return np.where(there, values / np.maximum(weight, np.finfo(float).tiny), np.nan)
