import hashlib

import numpy as np
import pytest
from astropy.io import fits

from http_server import Answer, serving
from radiogaze.data.fetch import DownloadSettings
from radiogaze.data.first_images import fetch_image
from radiogaze.data.manifest import find_image, load_images
from radiogaze.errors import RadiogazeError

NAME = "100_208.637+028.243_0.0645_0082.21"


@pytest.fixture
def manifest(root):
    return root / "workflow/reference/first_images.csv"


def of_address(pin, url):
    """The pin with one URL only."""
    return type(pin)(**{**vars(pin), "urls": (url,)})


def test_the_pins_are_those_of_the_files_and_of_the_archive(manifest, fixtures, mirabest):
    names = mirabest.catalogue["source_name"].tolist()
    pins = load_images(manifest)
    assert len(pins) == 13
    for name, pin in pins.items():
        content = (fixtures / "fits" / f"{name}.fits").read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (pin.size, pin.sha256)
        cutout = mirabest.images[names.index(name)]
        assert hashlib.sha256(cutout.tobytes()).hexdigest() == pin.cutout_sha256


def test_an_image_comes_from_the_mirror_and_is_kept(manifest, fixtures, tmp_path):
    pin, out = find_image(manifest, NAME), tmp_path / "image.fits"
    served = fetch_image(pin, out, DownloadSettings(str(fixtures)), pytest.fail)
    assert served == str(fixtures / "fits" / f"{NAME}.fits")
    assert fetch_image(pin, out, DownloadSettings(None), pytest.fail) is None


def changed(path, tmp_path, change):
    """The file with its header or pixels changed, as a service might send it."""
    out = tmp_path / "changed.fits"
    with fits.open(path, output_verify="ignore") as units:
        unit = fits.PrimaryHDU(units[0].data.copy())
        for key in ("CRVAL1", "CRVAL2", "CRPIX1", "CRPIX2", "CDELT1", "CDELT2", "CTYPE1", "CTYPE2"):
            unit.header[key] = units[0].header[key]
        change(unit)
        unit.writeto(out, overwrite=True)
    return out.read_bytes()


def nothing(unit):
    unit.header["COMMENT"] = "generated today"


def off(unit):
    unit.header["CRVAL2"] += 2 / 3600


def coarse(unit):
    unit.header["CDELT1"] *= 1.1


def dimmed(unit):
    unit.data[140:160] *= np.float32(0.8)


def shorn(unit):
    unit.data = unit.data[:299]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (nothing, None),
        (off, r"centre within 1 arcsec of RA 208.637, Dec 28.2434, found it 2.0 arcsec"),
        (coarse, r"pixels of 1.8 arcsec, found 1.98 × 1.8"),
        (dimmed, r"pixels that preprocess to the published cutout"),
        (shorn, r"300 × 300 pixels, found shape \(299, 300\)"),
    ],
)
@pytest.mark.filterwarnings("ignore::astropy.utils.exceptions.AstropyWarning")
def test_a_services_own_file_must_hold_the_same_sky(change, match, manifest, fixtures, tmp_path):
    body = changed(fixtures / "fits" / f"{NAME}.fits", tmp_path, change)
    out = tmp_path / "out" / "image.fits"
    with serving() as server:
        server.routes["/cutout"] = [Answer(body)]
        pin = of_address(find_image(manifest, NAME), f"{server.url}/cutout")
        if match is None:
            assert fetch_image(pin, out, DownloadSettings(), pytest.fail) == f"{server.url}/cutout"
            assert out.read_bytes() == body
            return
        with pytest.raises(RadiogazeError, match=match) as caught:
            fetch_image(pin, out, DownloadSettings(), lambda line: None)
    assert "\n" not in str(caught.value)
    assert list(out.parent.iterdir()) == []


def test_a_name_that_is_not_pinned(manifest):
    with pytest.raises(RadiogazeError, match=f"no 100_208.637.* the nearest is {NAME[:4]}"):
        find_image(manifest, "100_208.637")


def test_what_is_no_image_is_named_by_where_it_came_from(manifest, tmp_path):
    with serving() as server:
        server.routes["/cutout"] = [Answer(b"<html>busy</html>")]
        pin = of_address(find_image(manifest, NAME), f"{server.url}/cutout")
        lines = []
        with pytest.raises(RadiogazeError):
            fetch_image(pin, tmp_path / "image.fits", DownloadSettings(), lines.append)
    assert lines[0].startswith(f"{NAME}.fits: {server.url}/cutout: expected a FITS image, found")
