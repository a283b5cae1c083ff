"""Pictures and arrays become the cutout that a FIRST image of the same sky becomes."""

import warnings

import numpy as np
import pytest
from astropy.io import fits
from PIL import Image
from sources_tools import read, similar

from radiogaze.classify.images.arrays import read_plane
from radiogaze.classify.images.files import read_files
from radiogaze.classify.images.fits_images import read_image
from radiogaze.data.preprocess import preprocess
from radiogaze.errors import RadiogazeError
from sky_tools import NOISE, double


def test_the_zeros_of_an_image_that_was_clipped_are_its_background(tmp_path):
    image = double()
    image[image < 3 * NOISE] = 0
    np.save(tmp_path / "a.npy", image)
    np.testing.assert_array_equal(read(tmp_path / "a.npy").cutout, preprocess(image))


def test_a_grey_picture_has_the_cutout_of_its_field(tmp_path):
    image = double()
    levels = (255 * (image - image.min()) / np.ptp(image)).round().astype(np.uint8)
    Image.fromarray(levels).save(tmp_path / "a.png")
    source = read(tmp_path / "a.png")
    assert set(source.flags) == {"8-bit", "scale-assumed", "background"}
    assert np.abs(source.cutout.astype(int) - preprocess(image)).max() < 10


def test_a_prepared_picture_is_taken_as_it_is(tmp_path):
    cutout = preprocess(double())
    Image.fromarray(cutout).save(tmp_path / "a.png")
    Image.fromarray(cutout // 2).save(tmp_path / "dim.png")
    Image.fromarray(np.stack([cutout] * 3, -1)).save(tmp_path / "grey.png")
    Image.fromarray(np.stack([cutout, cutout, cutout // 3], -1)).save(tmp_path / "colour.png")
    palette = Image.fromarray(cutout).convert("P")
    palette.save(tmp_path / "palette.png", transparency=bytes([0] * 10 + [255] * 246))
    np.testing.assert_array_equal(read(tmp_path / "a.png").cutout, cutout)
    np.testing.assert_array_equal(read(tmp_path / "grey.png").cutout, cutout)
    with warnings.catch_warnings(action="error"):
        np.testing.assert_array_equal(read(tmp_path / "palette.png").cutout, cutout)
    assert read(tmp_path / "a.png").flags == ()
    assert read(tmp_path / "dim.png").cutout.max() == 255
    assert read(tmp_path / "colour.png").flags == ("colour",)


def test_a_scale_that_is_given_counts_for_a_prepared_cutout_too(tmp_path):
    cutout = preprocess(double())
    np.save(tmp_path / "a.npy", cutout)
    same, coarse = (read(tmp_path / "a.npy", pixel_arcsec=scale) for scale in (1.8, 3.6))
    np.testing.assert_array_equal(same.cutout, cutout)
    assert same.flags == ()
    assert "scale-changed" in coarse.flags
    brightness = read_plane(cutout.astype(float), "a", "a", 3.6)
    np.testing.assert_array_equal(coarse.cutout, brightness.cutout)
    with pytest.raises(RadiogazeError, match="expected a field of at least 270 arcsec"):
        read_plane(cutout, "a", "a", 1.5)


@pytest.mark.parametrize("scale", [0, -1.8, float("nan")])
def test_a_scale_that_is_none_is_one_line(scale, tmp_path):
    fits.writeto(tmp_path / "a.fits", double())
    for read_it in (
        lambda: read_plane(double(), "a", "a", scale),
        lambda: read_plane(preprocess(double()), "a", "a", scale),
        lambda: read_image(tmp_path / "a.fits", "a", scale),
    ):
        with pytest.raises(RadiogazeError, match=r"expected pixels of 0\.01 to 18 arcsec") as line:
            read_it()
        assert "\n" not in str(line.value)


def test_a_jpeg_of_a_field_is_clipped(tmp_path):
    image = double()
    levels = (255 * (image - image.min()) / np.ptp(image)).astype(np.uint8)
    Image.fromarray(levels).save(tmp_path / "a.jpg", quality=95)
    source = read(tmp_path / "a.jpg")
    assert set(source.flags) >= {"8-bit", "jpeg", "scale-assumed"}
    assert similar(source.cutout, preprocess(image)) > 0.9


def test_arrays_of_brightness_and_of_cutouts(tmp_path):
    images = np.stack([double(seed=seed) for seed in range(3)])
    np.save(tmp_path / "one.npy", images[0])
    np.savez_compressed(tmp_path / "many.npz", images=images, labels=np.zeros(3))
    cutouts = np.stack([preprocess(image) for image in images])
    np.savez(tmp_path / "ready.npz", images=cutouts)
    np.testing.assert_array_equal(read(tmp_path / "one.npy").cutout, cutouts[0])
    for name in ("many", "ready"):
        found = list(read_files([tmp_path / f"{name}.npz"]))
        assert [source.name for source in found] == [f"{name}_{n}" for n in range(3)]
        np.testing.assert_array_equal([source.cutout for source in found], cutouts)
    coarse = double(160, 3.6)
    np.save(tmp_path / "coarse.npy", coarse)
    source = read(tmp_path / "coarse.npy", pixel_arcsec=3.6)
    assert similar(source.cutout, cutouts[0]) > 0.9
    assert "scale-changed" in source.flags
