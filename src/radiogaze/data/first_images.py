"""Original VLA FIRST images of single sources, for Figure 3 and for checking the preprocessing."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import astropy.units as u
from astropy.coordinates import SkyCoord
from astropy.wcs.utils import proj_plane_pixel_scales

from radiogaze.data.fetch import DownloadSettings, DownloadSpec, Warn, fetch_pinned
from radiogaze.data.manifest import by_name, find_pin
from radiogaze.data.preprocess import FIELD, FitsImage, preprocess, read_fits
from radiogaze.errors import RadiogazeError
from radiogaze.files.broken_bytes import FaultError, brief
from radiogaze.files.rows import read_rows
from radiogaze.files.schema import load_schema, validate_table
from radiogaze.provenance.record import sha256_of
from radiogaze.terms import PIXEL_ARCSEC

LIMIT = 4 << 20  # bytes; a service may add to the header
SCALE_TOLERANCE = 1e-3
CENTRE_TOLERANCE_ARCSEC = 1.0


@dataclass(frozen=True)
class ImagePin:
    """One pinned FITS image; ``urls`` are tried in order.

    Attributes
    ----------
    name
        The source's name in the catalogue.
    licence
        The terms of use.
    ra_deg, dec_deg
        The image's centre (J2000).
    size, sha256
        The known file. A survey's service may give other bytes for the same pixels.
    cutout_sha256
        SHA-256 of the 22,500 pixels of the published cutout, row by row.
    urls
        Where to get it; see `radiogaze.data.fetch.DownloadSpec`.
    """

    name: str
    licence: str
    ra_deg: float
    dec_deg: float
    size: int
    sha256: str
    cutout_sha256: str
    urls: tuple[str, ...]


def load_images(path: Path) -> dict[str, ImagePin]:
    """Read and check the manifest of images, ``workflow/reference/first_images.csv``.

    Returns
    -------
    dict
        The images by name, in the manifest's order.

    Raises
    ------
    RadiogazeError
        If the file is missing or ragged, a cell is not allowed, or a name is listed twice.
    """
    rows = read_rows(path, ",")
    validate_table(rows, load_schema("first_images"), path, "name")
    pins = [
        ImagePin(
            name=row["name"],
            licence=row["licence"],
            ra_deg=float(row["ra_deg"]),
            dec_deg=float(row["dec_deg"]),
            size=int(row["bytes"]),
            sha256=row["sha256"],
            cutout_sha256=row["cutout_sha256"],
            urls=tuple(row["urls"].split()),
        )
        for row in rows
    ]
    return by_name(pins, path)


def find_image(path: Path, name: str) -> ImagePin:
    """Return one image of the manifest.

    Raises
    ------
    RadiogazeError
        If the manifest is faulty or has no such image; the nearest name is offered.
    """
    return find_pin(load_images(path), name, path, "image")


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
    if path.stat().st_size == pin.size and sha256_of(path) == pin.sha256:
        return
    try:
        image = read_fits(path)
        verify_geometry(image, pin.ra_deg, pin.dec_deg)
        cutout = preprocess(image.pixels)
    except RadiogazeError as error:
        raise FaultError(str(error)) from None
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
        If it is not 300 × 300 pixels of 1.8 arcsec about this place (J2000).
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
    wanted = SkyCoord(ra_deg * u.deg, dec_deg * u.deg, frame="fk5")
    apart = centre.transform_to(wanted.frame).separation(wanted).arcsec
    if not apart <= CENTRE_TOLERANCE_ARCSEC:
        raise FaultError(
            f"expected the centre within {CENTRE_TOLERANCE_ARCSEC:g} arcsec of RA {ra_deg},"
            f" Dec {dec_deg}, found it {apart:.1f} arcsec away"
        )


def service_urls(ra_deg: float, dec_deg: float) -> tuple[str, ...]:
    """Return the addresses that cut 300 × 300 pixels of FIRST about a place (J2000, degrees)."""
    degrees = f"{ra_deg:.6f},{dec_deg:.6f}"
    position = SkyCoord(ra_deg * u.deg, dec_deg * u.deg)
    words = position.to_string("hmsdms", sep=" ", precision=2, pad=True)
    return (
        "https://skyview.gsfc.nasa.gov/current/cgi/runquery.pl?"
        + urlencode(
            {
                "Position": degrees,
                "Survey": "VLA FIRST (1.4 GHz)",
                "Coordinates": "J2000",
                "Projection": "Tan",
                "Pixels": FIELD,
                "Size": f"{FIELD * PIXEL_ARCSEC / 3600:g},{FIELD * PIXEL_ARCSEC / 3600:g}",
                "Return": "FITS",
            }
        ),
        "https://third.ucllnl.org/cgi-bin/firstimage?"
        + urlencode(
            {
                "RA": words,
                "Equinox": "J2000",
                "ImageSize": f"{FIELD * PIXEL_ARCSEC / 60:g}",
                "ImageType": "FITS Image",
                "Download": 1,
                "FITS": 1,
            }
        ),
    )
