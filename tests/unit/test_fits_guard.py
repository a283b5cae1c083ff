"""Headers of FITS files that libraries would misread."""

import re

import pytest

from radiogaze.data.preprocess import read_fits
from radiogaze.errors import RadiogazeError
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


@pytest.mark.parametrize("card", ["CRVAL1", "CRPIX2", "CDELT1", "CROTA2", "PC1_2", "EQUINOX"])
def test_a_coordinate_in_quotes_is_refused(card, tmp_path):
    """wcslib passes over a text: the RA would be 0, and B1950 would be taken for J2000."""
    path = write_fits(tmp_path / "a.fits", **{card: "1950.0"})
    with pytest.raises(RadiogazeError, match=f"{card}: found the text '1950.0', expected a number"):
        read_fits(path)


def test_texts_that_change_no_coordinate_are_read(tmp_path):
    for cards in (
        {"EQUINOX": "J2000.0"},
        {"CRVAL3": "1.4e9"},
        {"CTYPE1": "", "CTYPE2": "", "CRVAL1": "x"},
    ):
        read_fits(write_fits(tmp_path / "a.fits", **cards))
    read_fits(with_card(tmp_path / "a.fits", "MJDREF", "no value"))  # which cannot be parsed
