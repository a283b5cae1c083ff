"""Everything that can be wrong with an image, each reported in one line."""

import gzip
import io
import zipfile

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from click.testing import CliRunner
from PIL import Image

from radiogaze.classify.images.coordinates import read_coordinates
from radiogaze.classify.images.files import expand, read_files
from radiogaze.classify.radio_source import Failure
from radiogaze.cli import cli
from radiogaze.errors import RadiogazeError
from sky_tools import double, header, write_fits


def empty(folder):
    path = folder / "a.fits"
    path.touch()
    return path


def missing(folder):
    return folder / "a.fits"


def web_page(folder):
    path = folder / "a.fits"
    path.write_text("<!DOCTYPE html>\n<html><body>No data at this position</body></html>")
    return path


def plain_text(folder):
    path = folder / "a.fits"
    path.write_text("SIMPLE = perhaps\n" * 40)
    return path


def cube(folder):
    path = folder / "a.fits"
    fits.writeto(path, np.zeros((1, 8, 160, 160), np.float32))
    return path


def no_image(folder):
    path = folder / "a.fits"
    Table({"flux": [1.0, 2.0]}).write(path)
    return path


def cut_short(folder):
    path = write_fits(folder / "a.fits")
    path.write_bytes(path.read_bytes()[:100_000])
    return path


def cut_short_gz(folder):
    path = folder / "a.fits.gz"
    path.write_bytes(gzip.compress(write_fits(folder / "b.fits").read_bytes())[:50_000])
    return path


def gz_of_nothing(folder):
    path = folder / "a.fits.gz"
    path.write_bytes(gzip.compress(b""))
    return path


def all_nan(folder):
    return write_fits(folder / "a.fits", np.full((300, 300), np.nan, np.float32))


def too_small(folder):
    return write_fits(folder / "a.fits", double(149))


def huge(folder):
    path = folder / "a.fits"
    unit = fits.PrimaryHDU(np.zeros((2, 2), np.float32), header((2, 2)))
    unit.header["NAXIS1"] = unit.header["NAXIS2"] = 60_000
    path.write_bytes(unit.header.tostring().encode())
    return path


def no_coordinates(folder):
    path = folder / "a.fits"
    fits.writeto(path, double())
    return path


def no_scale(folder):
    return write_fits(folder / "a.fits", CDELT1=0.0)


def absurd_scale(folder):
    return write_fits(folder / "a.fits", scale=3600.0)


def small_field(folder):
    return write_fits(folder / "a.fits", double(300, 0.5), scale=0.5)


def broken_coordinates(folder):
    return write_fits(folder / "a.fits", CTYPE1="RA---TAN", CTYPE2="GLAT-TAN")


def unknown_ending(folder):
    path = folder / "a.docx"
    path.write_bytes(b"PK")
    return path


def unreadable(folder):
    path = folder / "a.fits"
    path.symlink_to(path)  # root reads files without permission, but no loop of links
    return path


def broken_png(folder):
    path, whole = folder / "a.png", io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (200, 200), np.uint8)).save(
        whole, "png"
    )
    path.write_bytes(whole.getvalue()[:20_000])
    return path


def no_png(folder):
    path = folder / "a.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\nthat is all")
    return path


def small_png(folder):
    path = folder / "a.png"
    Image.fromarray(np.ones((64, 64), np.uint8)).save(path)
    return path


def huge_png(folder):
    path = folder / "a.png"
    Image.new("1", (9000, 9000)).save(path)
    return path


def pickled(folder):
    path = folder / "a.npy"
    np.save(path, np.array([{"an": "object"}], dtype=object), allow_pickle=True)
    return path


def no_npy(folder):
    path = folder / "a.npy"
    path.write_bytes(b"not an array")
    return path


def short_npy(folder):
    path = folder / "a.npy"
    np.save(path, double())
    path.write_bytes(path.read_bytes()[:-8])
    return path


def one_axis(folder):
    path = folder / "a.npy"
    np.save(path, np.zeros(22500))
    return path


def complex_npy(folder):
    path = folder / "a.npy"
    np.save(path, np.zeros((150, 150), complex))
    return path


def ambiguous_npz(folder):
    path = folder / "a.npz"
    np.savez(path, one=double(), two=double())
    return path


def no_npz(folder):
    path = folder / "a.npz"
    path.write_bytes(b"PK\x03\x04 and no more")
    return path


def text_npz(folder):
    path = folder / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "no array")
    return path


FAILING = {
    empty: "the file is empty",
    missing: "no such file",
    web_page: "found a web page",
    plain_text: "expected a FITS image",
    cube: r"expected an image with two axes, found \(1, 8, 160, 160\)",
    no_image: "expected an image with two axes, found none",
    cut_short: "expected a FITS image",
    cut_short_gz: "expected a FITS image",
    gz_of_nothing: "expected a FITS image",
    all_nan: "no finite pixel",
    too_small: r"at least 150 × 150 pixels, found shape \(149, 149\)",
    huge: r"at most 25,000,000 pixels, found shape \(60000, 60000\)",
    no_coordinates: "expected celestial coordinates in the header, found none; .*--pixel-scale",
    no_scale: "celestial coordinates cannot be used: .*singular",
    absurd_scale: "expected pixels of 0.01 to 18 arcsec, found 3600 × 3600",
    small_field: "expected a field of at least 270 arcsec, found 150 × 150",
    broken_coordinates: "celestial coordinates cannot be used",
    unknown_ending: "expected a name that ends in .fits",
    unreadable: "cannot be read",
    broken_png: "expected a whole picture",
    no_png: "expected a",
    small_png: r"at least 150 × 150 pixels, found shape \(64, 64\)",
    huge_png: "at most 25,000,000 pixels, found 9000 × 9000",
    pickled: "expected numbers, found the type object",
    no_npy: "expected a whole NumPy file",
    short_npy: "expected a whole NumPy file of numbers, found the end of the file",
    one_axis: r"\(H, W\) or \(N, H, W\), found \(22500,\)",
    complex_npy: "expected numbers, found the type complex128",
    ambiguous_npz: "expected one array, or one called images, found one, two",
    no_npz: "expected a whole NumPy file",
    text_npz: "expected a whole NumPy file",
}


@pytest.mark.parametrize("make", FAILING, ids=lambda make: make.__name__)
def test_a_bad_file_is_one_line_and_the_next_is_read(make, tmp_path):
    bad, good = make(tmp_path), write_fits(tmp_path / "good.fits")
    failure, source = read_files([bad, good])
    assert isinstance(failure, Failure)
    assert failure.reason.startswith(str(bad))
    assert "\n" not in failure.reason
    assert len(failure.reason) < 600
    with pytest.raises(RadiogazeError, match=FAILING[make]):
        raise RadiogazeError(failure.reason)
    assert source.name == "good"


def constant(folder):
    return write_fits(folder / "a.fits", np.full((300, 300), 1e-3, np.float32) * 0)


def negative(folder):
    return write_fits(folder / "a.fits", -np.abs(double()))


def noise_only(folder):
    return write_fits(folder / "a.fits", double(apart=2000.0).clip(-1e-4, 1e-4))


def black(folder):
    path = folder / "a.png"
    Image.fromarray(np.zeros((150, 150), np.uint8)).save(path)
    return path


@pytest.mark.parametrize("make", [constant, negative, noise_only, black])
def test_a_blank_image_is_a_row_without_a_class(make, tmp_path):
    (source,) = read_files([make(tmp_path)])
    assert source.cutout is None
    assert "blank" in source.flags
    assert len(source.notices) == 1
    assert "\n" not in source.notices[0]


def test_a_duplicate_name_is_reported_with_both_files(tmp_path):
    (tmp_path / "b").mkdir()
    first, second = write_fits(tmp_path / "a.fits"), write_fits(tmp_path / "b" / "a.fits")
    found, failure = read_files([first, second])
    assert found.name == "a"
    assert failure.reason == (f"{second}: the name a was used by {first}; rename one of the files")


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


TABLES = {
    "a.csv": ("flux,mag\n1,2\n", "expected a column called ra or ra_deg"),
    "b.csv": ("ra,dec\n", "the table has no rows"),
    "c.csv": ("", "expected a table of coordinates|has no rows"),
    "d.xml": ("<html>no</html>", "expected a table of coordinates"),
    "e.doc": ("ra,dec\n1,2\n", "expected a table that ends in"),
    "f.csv": ("ra,dec\n1,2\n3,4,5\n", "expected a table of coordinates"),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_bad_table_is_one_line(name, tmp_path):
    text, match = TABLES[name]
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(RadiogazeError, match=match) as caught:
        list(read_coordinates(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("cells", ["400,10", "10,95", "abc,10", "nan,10", ",10", "1e400,10"])
def test_a_row_that_is_no_position_is_one_line(cells, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(f"ra,dec\n{cells}\n10,20\n")
    failure, position = read_coordinates(path)
    assert failure.reason.startswith(f"{path}: row 1: coordinates")
    assert "\n" not in failure.reason
    assert (position.ra_deg, position.dec_deg) == (10, 20)


@pytest.mark.parametrize(
    ("out", "match"),
    [
        ("p.docx", "expected a table that ends in .csv .vot .xml .fits, found .docx"),
        ("folder.csv", "is a folder"),
        ("file/p.csv", "cannot be written"),
    ],
)
def test_an_unwritable_output_is_refused_before_anything_is_read(out, match, tmp_path):
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "file").touch()
    run = CliRunner().invoke(
        cli, ["classify", str(tmp_path / "none.fits"), "--out", str(tmp_path / out)]
    )
    if isinstance(run.exception, RadiogazeError):
        assert match.split(",")[0] in str(run.exception)
        assert "\n" not in str(run.exception)
    else:  # click itself refuses a folder
        assert run.exit_code == 2
        assert "is a directory" in run.output
