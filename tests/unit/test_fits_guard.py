"""Headers of FITS files that libraries would misread."""

import re

import pytest

from radiogaze.data.preprocess import read_fits
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
