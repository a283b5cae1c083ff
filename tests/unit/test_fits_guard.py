"""Headers of FITS files that libraries would misread."""

import bz2
import gzip
import lzma
import re
from pathlib import Path

import pytest
from astropy.io import fits

from radiogaze.data.preprocess import read_fits
from radiogaze.errors import RadiogazeError
from radiogaze.files import fits_guard
from radiogaze.files.fits_guard import BLOCK, UNPACKED, check_coordinates, check_file
from radiogaze.files.npz import MOST_PIXELS
from sky_tools import write_fits


def with_card(path, keyword, value):
    """Write an image with one card changed, as text: astropy would write it otherwise."""
    content = write_fits(path).read_bytes()
    card = f"{keyword:8}= {value:>20}".ljust(80).encode()
    path.write_bytes(re.sub(card[:10] + b".{70}", card, content, count=1))
    return path


@pytest.mark.parametrize(
    ("keyword", "value"),
    [("CRVAL1", "18.0D1 / degrees"), ("CRPIX1", "1.505000000000D+02"), ("CDELT1", "-5d-04")],
)
def test_exponents_of_fortran_are_read(keyword, value, tmp_path):
    """FITS standard 4.0, Section 4.2.4: the exponent is E or D."""
    plain = read_fits(write_fits(tmp_path / "plain.fits")).wcs
    found = read_fits(with_card(tmp_path / "a.fits", keyword, value)).wcs
    assert found.wcs.compare(plain.wcs)


@pytest.mark.parametrize(
    "card", ["CRVAL1", "CRPIX2", "CDELT1", "CROTA2", "PC1_2", "EQUINOX", "EPOCH"]
)
def test_a_coordinate_in_quotes_is_refused(card, tmp_path):
    """wcslib passes over a text: the RA would be 0, and B1950 would be taken for J2000."""
    value = "1950.0" if card in ("EQUINOX", "EPOCH") else "2000.0"
    path = write_fits(tmp_path / "a.fits", **{card: value})
    with pytest.raises(RadiogazeError, match=f"{card}: found the text '{value}', expected a num"):
        read_fits(path)


def test_texts_that_change_no_coordinate_are_read(tmp_path):
    for cards in (
        {"EQUINOX": "J2000.0"},
        {"EPOCH": "J2000"},
        {"CRVAL3": "1.4e9", "CRVAL1A": "x"},
        {"CTYPE1": "", "CTYPE2": "", "CRVAL1": "x"},
    ):
        read_fits(write_fits(tmp_path / "a.fits", **cards))
    read_fits(with_card(tmp_path / "a.fits", "MJDREF", "no value"))  # which cannot be parsed


END = b"END".ljust(80)
BLANK = b" " * 80


def written(folder, content):
    (folder / "a.fits").write_bytes(content)
    return folder / "a.fits"


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_the_bytes_of_a_compressed_file_are_bounded_to_the_byte(pack, tmp_path, monkeypatch):
    assert UNPACKED >= 8 * MOST_PIXELS  # the largest image that is read, in double precision
    monkeypatch.setattr(fits_guard, "UNPACKED", 3 * BLOCK)
    head = END.ljust(BLOCK)
    check_file(written(tmp_path, pack(head + bytes(2 * BLOCK))))
    check_file(written(tmp_path, head + bytes(9 * BLOCK)))  # plain: nothing is unpacked
    with pytest.raises(RadiogazeError, match="at most 8,640 bytes unpacked, found more"):
        check_file(written(tmp_path, pack(head + bytes(2 * BLOCK + 1))))


def test_a_header_has_an_end_within_its_blocks(tmp_path):
    cards = BLANK * 35_999
    for whole in (END, END.rstrip(), cards + END, BLANK + END + bytes(80)):
        check_file(written(tmp_path, whole))
    unended = (b"", cards + BLANK + END, b"ENDING  = 1".ljust(80), b"COMMENT END".ljust(80))
    for broken in unended:
        with pytest.raises(ValueError, match="a header without its END card"):
            check_file(written(tmp_path, broken))


@pytest.mark.parametrize("start", [b"PK\x03\x04", b"\x1f\x9d\x90"])  # of zip and of compress
def test_other_archives_are_refused(start, tmp_path):
    with pytest.raises(RadiogazeError, match="found another archive; unpack it first"):
        check_file(written(tmp_path, start + END.ljust(BLOCK)))


GALACTIC = {"CTYPE1": "GLON-TAN", "CTYPE2": "GLAT-TAN"}


@pytest.mark.parametrize(
    "cards",
    [
        *({"CTYPE2": "DEC--TAN", "CRVAL2": value} for value in (90.0, -90.0, "x")),
        {"CTYPE2": "DEC--TAN"},
        {"CTYPE2": "DEC--TAN", "CRVAL2": 1800.0, "CUNIT2": "arcmin"},
        {"CTYPE1": 3, "CTYPE2": "FREQ", "CRVAL2": 1.4e9},
        GALACTIC | {"CRVAL1": 350.0},
        {"WCSAXES": 9, "WCSAXESA": 9, "A_ORDER": 9, "BP_ORDER": 9, "A_ORDER1": 100},
    ],
    ids=str,
)
def test_coordinates_within_bounds(cards):
    check_coordinates(fits.Header(cards), Path("a"))


@pytest.mark.parametrize(
    ("cards", "message"),
    [
        ({"CTYPE2": "DEC--TAN", "CRVAL2": 90.5}, "CRVAL2: found 90.5, expected a latitude"),
        ({"CTYPE1": "DEC--SIN", "CRVAL1": -120.0, "CRVAL2": 10.0}, "CRVAL1: found -120, expected"),
        (GALACTIC | {"CRVAL2": -91.0, "CUNIT2": "deg"}, "CRVAL2: found -91, expected a latitude"),
        ({"WCSAXES": 10}, "WCSAXES: found 10, expected at most 9"),
        ({"A_ORDER": 10}, "A_ORDER: found 10, expected at most 9"),
        ({"B_ORDER": "nan"}, "B_ORDER: found nan, expected at most 9"),
        ({"AP_ORDER": "x" * 60}, "AP_ORDER: found x{20}, expected at most 9"),
    ],
)
def test_coordinates_out_of_bounds(cards, message):
    with pytest.raises(RadiogazeError, match=f"^a: {message}"):
        check_coordinates(fits.Header(cards), Path("a"))
