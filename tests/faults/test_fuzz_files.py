"""Whatever a file of data holds: it is read as it is meant or refused in one line, in time."""

import bz2
import functools
import gzip
import lzma
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from formats import Bytes, Format, files_of, fuzz, to_bytes
from hypothesis import strategies as st
from PIL import Image
from strategies import changed_bytes

from radiogaze.classify.images.coordinates import read_coordinates
from radiogaze.classify.images.files import read_files
from radiogaze.classify.radio_source import Failure
from radiogaze.data.steps import Steps, load_steps, save_steps
from radiogaze.data.store import Cutouts, load_cutouts, save_cutouts
from radiogaze.data.synthetic import synthesise
from radiogaze.errors import RadiogazeError
from sky_tools import double, header

# images and positions of the user

PLAIN = to_bytes(fits.PrimaryHDU(double(152), header((152, 152))).writeto)
HEAD = len(PLAIN) - 2880 * (152 * 152 * 4 // 2880 + 1)
PICTURE = Image.fromarray((double(152) / 0.02 * 255).clip(0, 255).astype(np.uint8))
RASTERS = {
    "a.png": to_bytes(lambda file: PICTURE.save(file, "png")),
    "a.jpg": to_bytes(lambda file: PICTURE.save(file, "jpeg")),
    "a.npy": to_bytes(lambda file: np.save(file, double(152))),
    "a.npz": to_bytes(lambda file: np.savez(file, images=double(152)[None])),
}
KEYWORDS = (
    "CTYPE1 CTYPE2 CUNIT1 CRPIX1 CRVAL2 CDELT1 CDELT2 CROTA2 PC1_2 RADESYS EQUINOX LONPOLE LATPOLE"
    " PV2_1 BSCALE BZERO BLANK BMAJ A_ORDER B_ORDER A_2_0 WCSAXES WCSAXESB MJD-OBS DATE-OBS"
    " OBSGEO-X CD1_1 CD2_2 PS1_0 VELREF RESTFRQ CPDIS1 D2IMDIS1 EXTEND NAXIS3"
)
WORDS = (
    "RA---TAN RA---TAN-SIP DEC--TAN GLON-CAR TLON-TAN TLAT-TAN MALN-TAN FREQ RA---TAB HPLN-TAN"
    " LOOKUP FK4 GAPPT ICRS 2031-01-01 deg"
)
values_of_cards = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(2**40), 2**40),
    st.sampled_from([-1, 0, 1, 2, 9, 1e-30, 1e300, 20_000, 100_000]),
    st.booleans(),
    st.sampled_from(["", *WORDS.split()]),
)
cards = st.dictionaries(st.sampled_from(KEYWORDS.split()), values_of_cards, max_size=4)


def with_cards(changes: dict) -> bytes:
    with warnings.catch_warnings(action="ignore"):
        try:
            return to_bytes(fits.PrimaryHDU(double(152), header((152, 152), **changes)).writeto)
        except (ValueError, fits.VerifyError):  # no header can hold these
            return PLAIN


def packed(name: str, pack: Callable[[bytes], bytes]) -> Format:
    """FITS with bytes changed in the header before it is compressed, or in the file after."""
    heads = changed_bytes(PLAIN[:HEAD]).map(lambda head: pack(head + PLAIN[HEAD:]))
    both = st.one_of(heads, changed_bytes(pack(PLAIN)))
    return Format(name, pack(PLAIN), read_images, are_images, both)


def changed_head(whole: bytes) -> Bytes:
    """Bytes changed from one of the first 200 on, where a byte means most."""
    rest = lambda n: changed_bytes(whole[n:], most=2).map(lambda end: whole[:n] + end)  # noqa: E731
    return st.integers(0, 200).flatmap(rest)


def read_images(path: Path) -> list:
    found = list(read_files([path]))
    if failures := [one for one in found if isinstance(one, Failure)]:
        raise RadiogazeError(failures[0].reason)
    return found


def are_images(found: list) -> bool:
    cutouts = [source.cutout for source in found if source.cutout is not None]
    return all((c.dtype, c.shape, c.max()) == (np.uint8, (150, 150), 255) for c in cutouts)


def are_positions(found: list) -> bool:
    known = [one for one in found if not isinstance(one, Failure)]
    inside = all(0 <= one.ra_deg <= 360 and -90 <= one.dec_deg <= 90 for one in known)
    return inside and all(one.name.isprintable() for one in known)


def read_all(path: Path) -> list:
    return list(read_coordinates(path))


ROWS = "name,ra,dec\na,10.5,20\n-12.3,11:22:33,-1:2:3\nc,3,4"
TABLE = Table({"name": ["a", "b"], "ra": [1.0, 2.0], "dec": [3.0, 4.0]})
FORMS = {"a.vot": "votable", "table.fits": "fits"}
OF_USERS = [
    packed("a.fits", bytes),
    packed("a.fits.gz", gzip.compress),
    packed("a.fits.bz2", bz2.compress),
    packed("a.fits.xz", lzma.compress),
    Format("cards.fits", PLAIN, read_images, are_images, cards.map(with_cards)),
    *(
        Format(n, whole, read_images, are_images, changed_head(whole))
        for n, whole in RASTERS.items()
    ),
    *(
        Format(name, ROWS.replace(",", delimiter).encode(), read_all, are_positions)
        for name, delimiter in {"a.csv": ",", "a.tsv": "\t", "a.txt": " "}.items()
    ),
    *(
        Format(name, to_bytes(functools.partial(TABLE.write, format=form)), read_all, are_positions)
        for name, form in FORMS.items()
    ),
]

# data sets

SKY = synthesise(20, 20, 0)
FEW = Cutouts(SKY.images[:3], SKY.catalogue[:3])
CUTOUTS = files_of(functools.partial(save_cutouts, FEW), "images.npz", "catalogue.csv")
CUTOUT = np.zeros((150, 150), np.uint8)
STEPS = Steps(np.zeros((160, 160), np.float32), np.zeros(2, int), CUTOUT, CUTOUT, CUTOUT > 0)


def read_cutouts(path: Path) -> Cutouts:
    """Read images with a catalogue, of which one is changed."""
    for name in set(CUTOUTS) - {path.name}:
        path.with_name(name).write_bytes(CUTOUTS[name])
    return load_cutouts(path.with_name("images.npz"), path.with_name("catalogue.csv"))


def are_cutouts(found: Cutouts) -> bool:
    names = found.catalogue["source_name"]
    return found.images.shape == (len(names), 150, 150) and all(n.isprintable() for n in names)


OF_DATA = [
    *(Format(name, whole, read_cutouts, are_cutouts) for name, whole in CUTOUTS.items()),
    Format(
        "steps.npz",
        *files_of(functools.partial(save_steps, STEPS), "steps.npz").values(),
        load_steps,
        lambda found: (found.original.ndim, found.corner.shape) == (2, (2,)),
    ),
]


@pytest.mark.parametrize("form", [*OF_USERS, *OF_DATA], ids=lambda form: form.name)
def test_a_file_is_read_or_refused(form, tmp_path):
    fuzz(form, tmp_path)
