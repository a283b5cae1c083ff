import gzip
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from radiogaze.data.preprocess import crop_corner, measure_field, preprocess, read_fits
from radiogaze.errors import RadiogazeError


@pytest.fixture
def field() -> np.ndarray:
    """Noise of 0.15 mJy/beam and a source of 10 mJy/beam at the centre of 300 x 300 pixels."""
    image = np.random.default_rng(0).normal(0, 1.5e-4, (300, 300))
    image[145:155, 140:160] += 1e-2
    return image


def write(path: Path, *units: fits.hdu.base.ExtensionHDU | fits.PrimaryHDU) -> Path:
    fits.HDUList(list(units)).writeto(path)
    return path


def test_real_images_give_the_published_cutouts_pixel_for_pixel(fixtures, mirabest):
    names = mirabest.catalogue["source_name"].tolist()
    paths = sorted((fixtures / "fits").glob("*.fits"))
    assert len(paths) == 13
    for path in paths:
        image = read_fits(path)
        found = preprocess(image.pixels)
        assert np.array_equal(found, mirabest.images[names.index(path.stem)]), path.name
        ra, dec = image.wcs.wcs.crval
        row = mirabest.catalogue.iloc[names.index(path.stem)]
        assert (ra, dec) == pytest.approx((row["ra_deg"], row["dec_deg"]), abs=1e-3)


def test_the_crop_is_the_centre_and_nothing_is_flipped(field):
    field[80, 220] = 0.02  # the brightest pixel, upper right in memory
    cutout = preprocess(field)
    assert cutout.shape == (150, 150)
    assert cutout.dtype == np.uint8
    assert np.argwhere(cutout == 255).tolist() == [[5, 145]]
    assert crop_corner(field.shape) == (75, 75)
    field[74, 100] = 1.0  # just outside
    assert np.argwhere(preprocess(field) == 255).tolist() == [[5, 145]]


def test_only_what_is_three_times_the_noise_stays(field):
    cutout = preprocess(field)
    # the noise is a little under 0.15 mJy/beam after clipping
    threshold = 3 * 1.5e-4
    inner = field[75:225, 75:225]
    assert not cutout[inner < 0.98 * threshold].any()
    assert cutout[inner > 1.02 * threshold].all()
    source = inner > 5e-3
    expected = np.floor(255 * inner[source] / inner.max())
    assert np.abs(cutout[source] - expected).max() <= 1


def test_the_noise_is_clipped_about_the_median():
    """Of -1, 1 and 9, the last is 3.4 standard deviations above the median, 2.8 above the mean."""
    values = np.repeat([-1.0, 1.0, 9.0], [49_500, 31_500, 9_000])
    image = np.random.default_rng(0).permutation(values).reshape(300, 300)
    # three standard deviations are 2.9 without the 9s, and 8.8 with them
    image[150, 150] = 5.0
    assert preprocess(image)[75, 75] == np.floor(255 * 5 / 9)


def test_the_noise_is_clipped_five_times_at_most():
    """Of a heavy tail each clipping takes some more away, and would go on."""
    image = np.abs(np.random.default_rng(0).standard_t(1.2, (300, 300)))
    kept = image.ravel()
    for _ in range(5):
        kept = kept[np.abs(kept - np.median(kept)) <= 3 * kept.std()]
    assert measure_field(image, "") == pytest.approx((np.median(kept), kept.std()), rel=1e-6)
    again = kept[np.abs(kept - np.median(kept)) <= 3 * kept.std()]
    assert again.std() < 0.95 * kept.std()


def test_the_unit_does_not_matter_and_a_larger_field_is_cut(field):
    cutout = preprocess(field)
    assert np.abs(preprocess(field * 1e3).astype(int) - cutout).max() <= 1
    larger = np.pad(field, 50, constant_values=7.0)
    assert np.array_equal(preprocess(larger), cutout)


def test_missing_pixels_are_blank_background(field):
    field[:, :130] = np.nan
    cutout = preprocess(field)
    assert not cutout[:, :55].any()
    assert cutout.max() == 255


@pytest.mark.parametrize(
    ("image", "match"),
    [
        (np.full((300, 300), np.nan), "no finite pixel"),
        (np.ones((149, 300)), "at least 150 × 150"),
        (np.full((300, 300), -1.0), "brighter than 3 times the noise"),
    ],
)
def test_images_without_a_source_are_one_line(image, match):
    with pytest.raises(RadiogazeError, match=match) as caught:
        preprocess(image, "mine.fits")
    assert str(caught.value).startswith("mine.fits: ")
    assert "\n" not in str(caught.value)


def test_degenerate_axes_and_extensions_are_read(field, tmp_path):
    plain = read_fits(write(tmp_path / "plain.fits", fits.PrimaryHDU(field))).pixels
    deep = write(tmp_path / "deep.fits", fits.PrimaryHDU(field[None, None]))
    later = write(tmp_path / "later.fits", fits.PrimaryHDU(), fits.ImageHDU(field))
    assert np.array_equal(plain, field)
    assert np.array_equal(read_fits(deep).pixels, field)
    assert np.array_equal(read_fits(later).pixels, field)
    assert read_fits(later).wcs is None


def test_scaled_integers_are_read_as_brightness(field, tmp_path):
    unit = fits.PrimaryHDU(field)
    unit.scale("int16", bscale=1e-6, bzero=0.0)
    found = read_fits(write(tmp_path / "scaled.fits", unit)).pixels
    assert np.abs(found - field).max() <= 1e-6


def test_files_that_hold_no_image_are_one_line(tmp_path):
    whole = write(tmp_path / "whole.fits", fits.PrimaryHDU(np.ones((300, 300)))).read_bytes()
    packed = gzip.compress(whole)
    for number, content in enumerate(
        [
            b"",
            b"<html><body>404 Not Found</body></html>",
            whole[:100_000],
            whole.replace(b"NAXIS1  =                  300", b"NAXIS1  =           1000000000"),
            packed[: len(packed) // 2],
            packed[:40] + bytes(30) + packed[70:],
        ]
    ):
        path = tmp_path / f"{number}.fits"
        path.write_bytes(content)
        refused(path)
    refused(tmp_path / "missing.fits")
    refused(write(tmp_path / "cube.fits", fits.PrimaryHDU(np.ones((3, 200, 200)))))


def refused(path: Path) -> None:
    with pytest.raises(RadiogazeError, match="expected") as caught:
        read_fits(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
