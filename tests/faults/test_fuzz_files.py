"""Whatever is in a file of data: it is read as it is meant, or refused in one line, soon."""

import gzip
import io
import lzma
import warnings
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from hypothesis import given, settings
from hypothesis import strategies as st
from limits import outcome
from PIL import Image
from strategies import (
    batch_of,
    batch_values,
    changed_bytes,
    changed_tables,
    pickle_programs,
    pickled,
    texts,
)

from radiogaze.classify.images.coordinates import parse_coordinates, read_coordinates
from radiogaze.classify.images.files import read_files
from radiogaze.classify.radio_source import Failure
from radiogaze.data.catalogue import RELEASES, check_meta, describe, read_batch
from radiogaze.data.steps import Steps, load_steps, save_steps
from radiogaze.data.store import Cutouts, load_cutouts, save_cutouts
from radiogaze.data.synthetic import synthesise
from radiogaze.data.unpickle import load_pickle
from radiogaze.errors import RadiogazeError
from sky_tools import double, header

FEWER = settings(max_examples=max(20, settings().max_examples // 4))


@given(pickle_programs)
def test_programs_for_a_pickles_reader(data):
    outcome(load_pickle, data)


@given(st.sampled_from(["labels", "data", "filenames", "extra"]), batch_values, st.integers(0, 156))
def test_batches_with_one_thing_that_is_not_meant(key, value, place):
    batch = batch_of()
    batch[key] = [*batch[key][:place], value, *batch[key][place + 1 :]] if key in batch else value
    read = outcome(read_batch, pickled(batch), RELEASES["mirabest"])
    if read is not None:
        outcome(describe, read, "test_batch", RELEASES["mirabest"])


@given(batch_values)
def test_batches_and_lists_of_labels_that_are_something_else(value):
    assert outcome(read_batch, pickled(value), RELEASES["mirabest"]) is None
    outcome(check_meta, pickled({"label_names": value}), RELEASES["mirabest"])
    outcome(check_meta, pickled(value), RELEASES["mirabest"])


def read_image(path: Path):
    """Read one image; a source must be what a network takes."""
    (found,) = read_files([path])
    if isinstance(found, Failure):
        raise RadiogazeError(found.reason)
    if found.cutout is not None:
        assert found.cutout.dtype == np.uint8
        assert found.cutout.shape == (150, 150)
        assert found.cutout.max() == 255
    return found


def fits_bytes(**cards) -> bytes:
    file = io.BytesIO()
    image = double(152)
    fits.PrimaryHDU(image, header(image.shape, **cards)).writeto(file)
    return file.getvalue()


PLAIN = fits_bytes()
CARDS = len(PLAIN) - 2880 * (152 * 152 * 4 // 2880 + 1)


def write_and_read(folder: Path, name: str, data: bytes):
    path = folder / name
    path.write_bytes(data)
    return outcome(read_image, path)


@pytest.mark.parametrize("name", ["a.fits", "a.fits.gz", "a.fits.bz2", "a.fits.xz"])
@FEWER
@given(data=st.data())
def test_images_with_bytes_changed(name, data, tmp_path_factory):
    pack = {".gz": gzip.compress, ".xz": lzma.compress}.get(Path(name).suffix, bytes)
    if data.draw(st.booleans()):
        content = pack(data.draw(changed_bytes(PLAIN[:CARDS])) + PLAIN[CARDS:])
    else:
        content = data.draw(changed_bytes(pack(PLAIN)))
    write_and_read(tmp_path_factory.getbasetemp(), name, content)


_KEYWORDS = (
    *("CTYPE1", "CTYPE2", "CUNIT1", "CRPIX1", "CRVAL2", "CDELT1", "CDELT2", "CROTA2", "PC1_2"),
    *("RADESYS", "EQUINOX", "LONPOLE", "LATPOLE", "PV2_1", "BSCALE", "BZERO", "BLANK", "BMAJ"),
    *("A_ORDER", "B_ORDER", "A_2_0", "WCSAXES", "WCSAXESB", "MJD-OBS", "DATE-OBS", "OBSGEO-X"),
    *("CD1_1", "CD2_2", "PS1_0", "VELREF", "RESTFRQ", "CPDIS1", "D2IMDIS1", "EXTEND", "NAXIS3"),
)
_CARDS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(2**40), 2**40),
    st.sampled_from([-1, 0, 1, 2, 9, 1e-30, 1e300, 20_000, 100_000]),
    st.booleans(),
    st.sampled_from(
        [
            "RA---TAN",
            "RA---TAN-SIP",
            "DEC--TAN",
            "GLON-CAR",
            "TLON-TAN",
            "TLAT-TAN",
            "MALN-TAN",
            "FREQ",
            "RA---TAB",
            "HPLN-TAN",
            "LOOKUP",
            "FK4",
            "GAPPT",
            "ICRS",
            "2031-01-01",
            "deg",
            "",
        ]
    ),
)


@FEWER
@given(st.dictionaries(st.sampled_from(_KEYWORDS), _CARDS, max_size=4))
def test_images_with_cards_changed(tmp_path_factory, cards):
    with warnings.catch_warnings(action="ignore"):
        try:
            data = fits_bytes(**cards)
        except (ValueError, fits.VerifyError):
            return
    write_and_read(tmp_path_factory.getbasetemp(), "b.fits", data)


def picture(form: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray((double(152) / 0.02 * 255).clip(0, 255).astype(np.uint8)).save(file, form)
    return file.getvalue()


def array(**arrays) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays) if "images" in arrays else np.save(file, arrays["one"])
    return file.getvalue()


FILES = {
    "a.png": picture("png"),
    "a.jpg": picture("jpeg"),
    "a.npy": array(one=double(152)),
    "a.npz": array(images=double(152)[None]),
}


@pytest.mark.parametrize("name", FILES)
@FEWER
@given(data=st.data())
def test_pictures_and_arrays_with_bytes_changed(name, data, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / name
    # the headers are where a byte means most
    place = data.draw(st.integers(0, 200))
    whole = FILES[name]
    path.write_bytes(whole[:place] + data.draw(changed_bytes(whole[place:], most=2)))
    outcome(lambda: [str(found) for found in read_files([path])])


@given(texts, texts)
def test_words_that_are_coordinates_or_not(ra, dec):
    found = outcome(parse_coordinates, ra, dec)
    if found is not None:
        assert 0 <= found.ra_deg <= 360
        assert -90 <= found.dec_deg <= 90
        assert found.name.isprintable()


TABLE = "name,ra,dec\na,10.5,20\n-12.3,11:22:33,-1:2:3\nc,3,4"


def table_bytes(form: str) -> bytes:
    file = io.BytesIO()
    Table({"name": ["a", "b"], "ra": [1.0, 2.0], "dec": [3.0, 4.0]}).write(file, format=form)
    return file.getvalue()


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.txt", "a.vot", "a.fits"])
@FEWER
@given(data=st.data())
def test_tables_of_coordinates(name, data, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / name
    form = {".vot": "votable", ".fits": "fits"}.get(path.suffix)
    if form:
        path.write_bytes(data.draw(changed_bytes(table_bytes(form))))
    else:
        delimiter = {".csv": ",", ".tsv": "\t", ".txt": " "}[path.suffix]
        text = TABLE.replace(",", delimiter)
        path.write_bytes(data.draw(changed_tables(text, delimiter, texts)))
    for found in outcome(lambda: list(read_coordinates(path))) or []:
        if not isinstance(found, Failure):
            assert 0 <= found.ra_deg <= 360


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prepared")
    sky = synthesise(20, 20, 0)
    few = Cutouts(sky.images[:3], sky.catalogue[:3])
    save_cutouts(few, folder / "images.npz", folder / "catalogue.csv")
    return folder


@given(data=st.data())
def test_catalogues(data, prepared):
    text = (prepared / "catalogue.csv").read_text()
    path = prepared / "changed.csv"
    path.write_bytes(data.draw(changed_tables(text, ",", texts)))
    found = outcome(load_cutouts, prepared / "images.npz", path)
    if found is not None:
        assert len(found.catalogue) == len(found.images) == 3
        assert all(name and name.isprintable() for name in found.catalogue["source_name"])


@FEWER
@given(data=st.data())
def test_prepared_images(data, prepared):
    path = prepared / "changed.npz"
    path.write_bytes(data.draw(changed_bytes((prepared / "images.npz").read_bytes())))
    found = outcome(load_cutouts, path, prepared / "catalogue.csv")
    assert found is None or found.images.shape == (3, 150, 150)


@FEWER
@given(data=st.data())
def test_the_steps_of_preprocessing(data, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "steps.npz"
    cutout = np.zeros((150, 150), np.uint8)
    steps = Steps(np.zeros((160, 160), np.float32), np.zeros(2, int), cutout, cutout, cutout > 0)
    save_steps(steps, path)
    path.write_bytes(data.draw(changed_bytes(path.read_bytes())))
    found = outcome(load_steps, path)
    assert found is None or (found.original.ndim, found.corner.shape) == (2, (2,))
