"""Everything that can be wrong with a user's image, each refused in one line, soon."""

import bz2
import gzip
import io
import os
import socket
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from PIL import Image

from limits import within
from radiogaze.classify.images.files import expand, read_files
from radiogaze.classify.radio_source import Failure, distinct
from radiogaze.errors import RadiogazeError
from sky_tools import double, header, npy_head, write_fits


def to_bytes(write: Callable[[io.BytesIO], object]) -> bytes:
    file = io.BytesIO()
    write(file)
    return file.getvalue()


def image(pixels: np.ndarray | None = None, **cards) -> bytes:
    """A FITS image with coordinates."""
    pixels = double() if pixels is None else pixels
    return to_bytes(fits.PrimaryHDU(pixels, header(pixels.shape, **cards)).writeto)


def packed(form: str) -> bytes:
    """A tile-compressed FITS image."""
    unit = fits.CompImageHDU(double(), header((300, 300)), compression_type=form)
    return to_bytes(fits.HDUList([fits.PrimaryHDU(), unit]).writeto)


def without_coordinates(*shape: int) -> bytes:
    return to_bytes(fits.PrimaryHDU(np.zeros(shape, np.float32)).writeto)


def head(**cards) -> bytes:
    """The header of an image that is not there."""
    return fits.Header(list(cards.items())).tostring().encode()


def picture(size: tuple[int, int], form: str = "png", mode: str = "L") -> bytes:
    return to_bytes(lambda file: Image.new(mode, size).save(file, form))


def npy(array: np.ndarray) -> bytes:
    return to_bytes(lambda file: np.save(file, array))


def zipped(name: str, content: bytes) -> bytes:
    def write(file: io.BytesIO) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, content)

    return to_bytes(write)


def bomb(pack: Callable[[bytes], bytes], end: bytes = b"END") -> bytes:
    """A small file that unpacks to 270 MB."""
    start = head(SIMPLE=True, BITPIX=8, NAXIS=3, NAXIS1=700, NAXIS2=700, NAXIS3=700)
    return pack(start.replace(b"END", end) + b" " * 270_000_000)


def deep_png(colour_type: int, channels: int) -> bytes:
    """A PNG picture of 16 bits a channel, which Pillow cannot write."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return len(data).to_bytes(4) + body + zlib.crc32(body).to_bytes(4)

    form = (160).to_bytes(4) * 2 + bytes([16, colour_type, 0, 0, 0])
    rows = zlib.compress((b"\0" + bytes(range(160)) * 2 * channels) * 160)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", form)
    return start + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


RICE = packed("RICE_1")
NOISE = to_bytes(lambda file: Image.effect_noise((200, 200), 80).save(file, "png"))
CUBE = fits.PrimaryHDU(np.zeros((2, 3, 4), np.uint8))
CUBE.header["PCOUNT"], CUBE.header["GCOUNT"] = 0, 1
UNITS = to_bytes(fits.HDUList([CUBE, fits.ImageHDU(np.zeros((2, 3, 4)))]).writeto)
# Units that follow each other without end: what the headers hold, and what it is changed to.
ENDLESS = [
    (b"SIMPLE  =                    T", b"SIMPLE  =                    \0"),
    (b"XTENSION= 'IMAGE", b"XTENSION= \0IMAGE"),
    (b"PCOUNT  =                    0", b"PCOUNT  =                -2904"),
]
PAGE = b"<!DOCTYPE html>\n<html><body>No data at this position</body></html>"
SIP = {"CTYPE1": "RA---TAN-SIP", "CTYPE2": "DEC--TAN-SIP"}
PIXELS = "at most 25,000,000 pixels"

FITS = "expected a FITS image"
NUMPY = "expected a whole NumPy file"
UNUSABLE = "celestial coordinates cannot be used"
# A plane of right ascension and frequency, at one declination.
VELOCITY = {"CTYPE2": "FREQ", "CUNIT2": "Hz", "CDELT2": 1e6, "CRVAL2": 1.4e9}
VELOCITY |= {"CTYPE3": "DEC--TAN", "CUNIT3": "deg", "CDELT3": 0.0005, "CRVAL3": 30.0}
DISTORTED = {"A_ORDER": 2, "B_ORDER": 2, "A_2_0": 0.5, "B_0_2": 0.9}
SIDES = {"NAXIS": 2, "NAXIS1": 60_000, "NAXIS2": 60_000}

# By the name of the file: its bytes, or what makes them, and a part of the message.
BAD = {
    "a.fits": [
        (b"", "the file is empty"),
        (PAGE, "found a web page"),
        (b"SIMPLE = perhaps\n" * 40, FITS),
        (image()[:100_000], FITS),
        (
            without_coordinates(1, 8, 160, 160),
            "shape (1, 8, 160, 160); extract one plane of",
        ),
        (without_coordinates(1, 1), "shape (1, 1); cut out the field of a source first"),
        (to_bytes(fits.table_to_hdu(Table({"flux": [1.0]})).writeto), "found none in the file; is"),
        (zipped("a.fits", image()), "found another archive; unpack it first"),
        (image(double() * np.float32("nan")), "no finite pixel"),
        (image(double(149)), "150 × 150 pixels, found shape (149, 149)"),
        (head(SIMPLE=True, BITPIX=-32, **SIDES), f"{PIXELS}, found shape (60000, 60000)"),
        (without_coordinates(300, 300), "celestial coordinates in the header, found none; "),
        (image(CDELT1=0.0), f"{UNUSABLE}: Linear transformation matrix is singular. PCi_ja matrix"),
        (image(CTYPE2="GLAT-TAN"), f"{UNUSABLE}: Inconsistent projection types"),
        (image(double()[None], **VELOCITY), "several pixels are RA---TAN and FREQ, expected the"),
        (image(CRVAL2=120.0), "CRVAL2: found 120, expected a latitude from -90 to 90 degrees"),
        (image(scale=3.0, **SIP, **DISTORTED), f"{UNUSABLE}: 'WCS.all_world2pix' failed"),
        (image(scale=3600.0), "0.01 to 18 arcsec, found 3600 × 3600"),
        (image(double(300, 0.5), scale=0.5), "at least 270 arcsec, found 150 × 150"),
        *(
            (image(**SIP, **{card: 100_000}), f"{card}: found 100000, expected at most 9")
            for card in ("WCSAXES", "WCSAXESA", "A_ORDER", "BP_ORDER")
        ),
        *(
            (pack(UNITS.replace(*change)), "expected ")
            for change in ENDLESS
            for pack in (bytes, gzip.compress, bz2.compress)
        ),
    ],
    "a.fits.gz": [
        (gzip.compress(image())[:50_000], FITS),
        (gzip.compress(b""), FITS),
        (lambda: bomb(gzip.compress), "unpacked, found more"),
        (lambda: bomb(bz2.compress), "unpacked, found more"),
        (lambda: bomb(gzip.compress, b"   "), "without its END card"),
    ],
    "a.fits.fz": [
        (RICE[:30_000] + b"\xff" * 300 + RICE[30_300:], "found decompression error"),
        (packed("HCOMPRESS_1"), "is compressed by HCOMPRESS, whose decoder a damaged file can"),
    ],
    "a.docx": [(b"PK", "expected a name that ends in .fits")],
    "a.png": [
        (NOISE[:20_000], "expected a whole picture"),
        (b"\x89PNG\r\n\x1a\nthat is all", "expected a"),
        (picture((64, 64)), "150 × 150 pixels, found shape (64, 64)"),
        (picture((9000, 9000), mode="1"), f"{PIXELS}, found 9000 × 9000"),
        *((deep_png(*form), "transparency of 16 bits") for form in ((2, 3), (4, 2), (6, 4))),
    ],
    "a.npy": [
        (npy(np.array([{}], object)), "expected numbers, found the type object"),
        (b"not an array", NUMPY),
        (npy(double())[:-8], f"{NUMPY} of numbers, found the end of the file"),
        (npy(np.zeros(22500)), "(H, W) or (N, H, W), found (22500,)"),
        (npy(np.zeros((150, 150), complex)), "numbers, found the type complex128"),
        (npy(np.zeros((150, 150, 3))), "found 150 of 150 × 3 in the shape (150, 150, 3); take one"),
        (npy(np.zeros((7, 64, 64))), "found 7 of 64 × 64 in the shape (7, 64, 64); cut out larger"),
        (npy_head((2**40, 2**40)), f"images of {PIXELS}"),
    ],
    "a.npz": [
        (
            to_bytes(lambda file: np.savez(file, one=double(), two=double())),
            "expected one array, or one called images, found one, two",
        ),
        (b"PK\x03\x04 and no more", NUMPY),
        (zipped("readme.txt", b"no array"), NUMPY),
    ],
}
ROWS = [
    pytest.param(name, *row, id=f"{name}-{number}-{row[1]}")
    for name, rows in BAD.items()
    for number, row in enumerate(rows)
]


def refused(path: Path, message: str) -> None:
    """Read a bad file and a good one: one line for the first, and the second is read."""
    good = write_fits(path.with_name("good.fits"))
    with within(10):
        failure, source = read_files([path, good])
    assert isinstance(failure, Failure)
    assert failure.reason.startswith(str(path))
    assert failure.reason.isprintable()
    assert len(failure.reason) < 600
    assert message in failure.reason
    assert source.cutout is not None


@pytest.mark.parametrize(("name", "content", "message"), ROWS)
def test_a_bad_file_is_one_line_and_the_next_is_read(name, content, message, tmp_path):
    (tmp_path / name).write_bytes(content() if callable(content) else content)
    refused(tmp_path / name, message)


def test_a_file_that_is_not_there_or_cannot_be_opened(tmp_path):
    refused(tmp_path / "a.fits", "no such file")
    (tmp_path / "b.fits").symlink_to(tmp_path / "b.fits")  # root may read what nobody else may
    refused(tmp_path / "b.fits", "cannot be read")


def test_coordinates_for_which_a_library_would_use_the_network(tmp_path, monkeypatch):
    def no_network(*arguments, **_):
        raise AssertionError(f"asked the network: {arguments[:2]}")

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    monkeypatch.setattr(socket.socket, "connect", no_network)
    cards = {"CTYPE1": "TLON-TAN", "CTYPE2": "TLAT-TAN", "DATE-OBS": "2031-01-01T00:00:00"}
    path = write_fits(tmp_path / "a.fits", scale=3.0, **cards)
    refused(path, "its coordinates are TLON and TLAT, expected ")


@pytest.mark.parametrize(
    ("cards", "message"),
    [
        ({"CTYPE1": "ELON-TAN", "CTYPE2": "ELAT-TAN"}, "its coordinates are ELON and ELAT, exp"),
        ({"CTYPE1": "SLON-TAN", "CTYPE2": "SLAT-TAN"}, "its coordinates are SLON and SLAT, exp"),
        ({"RADESYS": "J2000"}, "RADESYS: found J2000, expected ICRS, FK5, FK4 or FK4-NO-E; corr"),
    ],
)
def test_a_frame_that_is_not_known_is_named(cards, message, tmp_path):
    refused(write_fits(tmp_path / "a.fits", **cards), message)


def test_a_picture_that_would_start_a_program(tmp_path, monkeypatch):
    """PostScript under the name of a PNG is not given to Ghostscript."""
    marker = tmp_path / "started"
    (tmp_path / "gs").write_text(f"#!/bin/sh\ntouch {marker}\n")
    (tmp_path / "gs").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr("PIL.EpsImagePlugin.gs_binary", None)  # looked for only once
    (tmp_path / "a.png").write_bytes(picture((200, 200), "eps", "RGB"))
    refused(tmp_path / "a.png", "expected a PNG or JPEG picture")
    assert not marker.exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("constant.fits", image(np.zeros((300, 300), np.float32))),
        ("negative.fits", image(-np.abs(double()))),
        ("noise.fits", image(double(apart=2000.0).clip(-1e-4, 1e-4))),
        ("black.png", picture((150, 150))),
    ],
)
def test_a_blank_image_is_a_row_without_a_class(name, content, tmp_path):
    (tmp_path / name).write_bytes(content)
    (source,) = read_files([tmp_path / name])
    assert source.cutout is None
    assert "blank" in source.flags
    assert len(source.notices) == 1 + ("background" in source.flags)
    assert all(notice.isprintable() for notice in source.notices)
    assert "found none" in source.notices[-1] or "nothing" in source.notices[-1]


def test_a_duplicate_name_is_refused_with_both_files(tmp_path):
    (tmp_path / "b").mkdir()
    first, second = write_fits(tmp_path / "a.fits"), write_fits(tmp_path / "b" / "a.fits")
    found, failure = distinct(read_files([first, second]))
    assert found.name == "a"
    assert failure.reason.startswith(f"{second}: the name a ")
    assert str(first) in failure.reason


def test_a_bad_image_of_an_array_is_one_line_and_the_others_are_read(tmp_path):
    stack = np.stack([double(), np.full((300, 300), np.nan, np.float32), double(seed=1)])
    path = tmp_path / "stack.npy"
    np.save(path, stack)
    first, failure, last = read_files([path])
    assert (first.name, last.name) == ("stack_0", "stack_2")
    assert f"{path}[1]: expected brightness, found no finite pixel" in failure.reason


def test_a_folder_without_images(tmp_path):
    (tmp_path / "notes.txt").write_text("none")
    with pytest.raises(RadiogazeError, match="no images in this folder"):
        expand([tmp_path])
