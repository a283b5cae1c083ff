"""Original VLA FIRST images of single sources, for Figure 3 and for checking the preprocessing."""

import hashlib
from pathlib import Path
from urllib.parse import urlencode

import astropy.units as u
from astropy.coordinates import SkyCoord
from astropy.wcs.utils import proj_plane_pixel_scales

from radiogaze.data.fetch import DownloadSettings, DownloadSpec, Warn, fetch_pinned
from radiogaze.data.manifest import ImagePin
from radiogaze.data.preprocess import FIELD, FitsImage, preprocess, read_fits
from radiogaze.errors import RadiogazeError
from radiogaze.files.broken_bytes import FaultError, brief
from radiogaze.provenance.record import sha256_of
from radiogaze.terms import PIXEL_ARCSEC

LIMIT = 4 << 20  # bytes; a service may add to the header
SCALE_TOLERANCE = 1e-3
CENTRE_TOLERANCE_ARCSEC = 1.0


def fetch_image(
    pin: ImagePin, destination: Path, settings: DownloadSettings, warn: Warn
) -> str | None:
    """Fetch one image: the known bytes, or others that hold the same pixels of the sky.

    Parameters, returns and errors are those of `radiogaze.data.fetch.fetch_dataset`.
    """
    spec = DownloadSpec(
        name=f"{pin.name}.fits",
        urls=pin.urls,
        limit=LIMIT,
        expected=f"the FIRST image of sha256 {brief(pin.sha256)}, or one of the same pixels",
        check=lambda path: verify_image(path, pin),
    )
    return fetch_pinned(spec, destination, settings, warn)


def verify_image(path: Path, pin: ImagePin) -> None:
    """Check that a file is the pinned image, or else that it holds the same pixels.

    Raises
    ------
    FaultError
        In one line: what was expected and what was found.
    """
    if pin.mismatch(path.stat().st_size, sha256_of(path)) is None:
        return
    try:
        image = read_fits(path)
        verify_geometry(image, pin.ra_deg, pin.dec_deg)
        cutout = preprocess(image.pixels)
    except RadiogazeError as error:
        # the caller names where it came from; the file is a temporary one
        raise FaultError(str(error).removeprefix(f"{path}: ")) from None
    found = hashlib.sha256(cutout.tobytes()).hexdigest()
    if found != pin.cutout_sha256:
        raise FaultError(
            f"expected pixels that preprocess to the published cutout, sha256"
            f" {brief(pin.cutout_sha256)}, found {brief(found)}"
        )


def verify_geometry(image: FitsImage, ra_deg: float, dec_deg: float) -> None:
    """Check size, pixel scale and centre of an image as the services cut it out.

    Raises
    ------
    FaultError
        If it is not 300 × 300 pixels of 1.8 arcsec around this position (J2000).
    """
    if image.pixels.shape != (FIELD, FIELD):
        raise FaultError(f"expected {FIELD} × {FIELD} pixels, found shape {image.pixels.shape}")
    if image.wcs is None:
        raise FaultError("expected celestial coordinates in the header, found none")
    scales = proj_plane_pixel_scales(image.wcs) * 3600
    if any(abs(scale / PIXEL_ARCSEC - 1) > SCALE_TOLERANCE for scale in scales):
        raise FaultError(
            f"expected pixels of {PIXEL_ARCSEC} arcsec, found {scales[0]:.4g} × {scales[1]:.4g}"
        )
    middle = (FIELD - 1) / 2
    centre = image.wcs.pixel_to_world(middle, middle)
    pinned = SkyCoord(ra_deg * u.deg, dec_deg * u.deg, frame="fk5")
    apart = centre.transform_to(pinned.frame).separation(pinned).arcsec
    if not apart <= CENTRE_TOLERANCE_ARCSEC:
        raise FaultError(
            f"expected the centre within {CENTRE_TOLERANCE_ARCSEC:g} arcsec of RA {ra_deg},"
            f" Dec {dec_deg}, found it {apart:.1f} arcsec away"
        )


def service_urls(ra_deg: float, dec_deg: float) -> tuple[str, ...]:
    """Return the addresses that cut 300 × 300 pixels of FIRST around a position (J2000)."""
    position = SkyCoord(ra_deg * u.deg, dec_deg * u.deg)
    side = FIELD * PIXEL_ARCSEC  # arcsec
    skyview = {
        "Position": f"{ra_deg:.6f},{dec_deg:.6f}",
        "Survey": "VLA FIRST (1.4 GHz)",
        "Coordinates": "J2000",
        "Projection": "Tan",
        "Pixels": FIELD,
        "Size": f"{side / 3600:g},{side / 3600:g}",
        "Return": "FITS",
    }
    first = {
        "RA": position.to_string("hmsdms", sep=" ", precision=2, pad=True),
        "Equinox": "J2000",
        "ImageSize": f"{side / 60:g}",
        "ImageType": "FITS Image",
        "Download": 1,
        "FITS": 1,
    }
    return (
        f"https://skyview.gsfc.nasa.gov/current/cgi/runquery.pl?{urlencode(skyview)}",
        f"https://third.ucllnl.org/cgi-bin/firstimage?{urlencode(first)}",
    )
