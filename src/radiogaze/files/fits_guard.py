"""What a FITS file may not be, seen before the libraries that would read it on trust."""

import re
from math import inf
from pathlib import Path
from typing import IO, Any

from astropy.io import fits

from radiogaze.errors import RadiogazeError
from radiogaze.files.compression import decompressed

UNPACKED = 1 << 28  # bytes of a compressed file; an image of the most pixels has 200 million
BLOCK, CARD = 2880, 80  # bytes (FITS standard 4.0, Section 3.1 and 3.2)
BLOCKS = 1000  # of a header: 36,000 cards
MOST_AXES = 9
MOST_ORDER = 9  # of a distortion (Shupe et al. 2005)
# Longitudes of the Earth, the Sun and the planets are not the sky's, and need tables that a library
# would fetch; astropy.wcs takes ecliptic ones for right ascensions, and refuses supergalactic ones.
SKY = ("RA", "GLON")
_LATITUDE = re.compile("DEC-|.LAT-")
_NUMBERS = {
    re.compile(r"WCSAXES[A-Z]?"): MOST_AXES,  # above 20,000 the coordinates' library crashes
    re.compile(r"[AB]P?_ORDER"): MOST_ORDER,  # a reader tries as many terms as its square
}
_COORDINATES = re.compile(r"(CRVAL|CRPIX|CDELT|CROTA)[12]|(CD|PC)[12]_[12]|EQUINOX|EPOCH")
_FORTRAN = re.compile(r"(= *[+-]?[\d.]+)D(?=[+-]?\d)")


def check_file(path: Path) -> None:
    """Check that a file has a header with an end, and does not unpack without bound.

    Raises
    ------
    RadiogazeError
        If it is packed as FITS never is (a zip would be unpacked on the disk), or unpacks to
        more than any image that is read.
    ValueError, OSError, EOFError, zlib.error, lzma.LZMAError
        If it is broken.
    """
    with path.open("rb") as file:
        start = file.read(6)
        file.seek(0)
        if start.startswith((b"PK", b"\x1f\x9d")):
            raise RadiogazeError(
                f"{path}: expected a FITS image, plain or compressed by gzip, bzip2 or xz, found"
                " another archive; unpack it first"
            )
        with decompressed(file) as stream:
            left = UNPACKED - _check_header(stream)
            if stream is file:
                return
            while data := stream.read(1 << 20):
                left -= len(data)
                if left < 0:
                    raise RadiogazeError(
                        f"{path}: expected at most {UNPACKED:,} bytes unpacked, found more; unpack"
                        " it and cut out the field of the source first"
                    )


def _check_header(stream: IO[bytes]) -> int:
    """Read the first header to its end; returns its bytes."""
    for number in range(1, BLOCKS + 1):
        block = stream.read(BLOCK)
        cards = (block[at : at + CARD] for at in range(0, len(block), CARD))
        if any(card.rstrip() == b"END" for card in cards):
            return number * BLOCK
        if len(block) < BLOCK:
            break
    raise ValueError("a header without its END card")


def check_coordinates(header: fits.Header, path: Path) -> None:
    """Check the numbers of axes and of terms, which libraries take at their word, and latitudes.

    Raises
    ------
    RadiogazeError
        If one is larger than in any image.
    """
    for keyword, kind in header["CTYPE?"].items():
        latitude = _number(header.get(f"CRVAL{keyword[-1]}"))
        degrees = header.get(f"CUNIT{keyword[-1]}", "deg") == "deg"
        if _LATITUDE.match(str(kind)) and degrees and 90 < abs(latitude) < inf:  # noqa: PLR2004
            raise RadiogazeError(
                f"{path}: CRVAL{keyword[-1]}: found {latitude:g}, expected a latitude from -90 to"
                " 90 degrees; correct the header"
            )
    for keyword in header:
        for pattern, most in _NUMBERS.items():
            if pattern.fullmatch(keyword) and not _number(header[keyword]) <= most:
                raise RadiogazeError(
                    f"{path}: {keyword}: found {str(header[keyword])[:20]}, expected at most"
                    f" {most}; correct the header"
                )


def check_numbers(header: fits.Header, path: Path) -> None:
    """Check that no coordinate of the sky is a text, which wcslib passes over: an RA would be 0.

    Raises
    ------
    RadiogazeError
        If one is.
    """
    for keyword in filter(_COORDINATES.fullmatch, header):
        value = header[keyword]
        default = keyword in ("EQUINOX", "EPOCH") and "2000" in str(value)
        if isinstance(value, str) and not default:
            raise RadiogazeError(
                f"{path}: {keyword}: found the text {value[:20]!r}, expected a number without"
                " quotes; correct the header"
            )


def with_plain_exponents(header: fits.Header) -> fits.Header:
    """Return a header without Fortran's exponents: wcslib reads 1.8D+02 as 1.8.

    They are allowed (FITS standard 4.0, Section 4.2.4), and astropy.io.fits reads them.
    """
    return fits.Header.fromstring(_FORTRAN.sub(r"\1E", header.tostring()))


def _number(value: Any) -> float:
    """Return a card's value as a number, infinite where it is none."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return inf
