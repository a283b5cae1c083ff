"""FITS images become the cutout that a FIRST image of the same sky becomes, or are flagged."""

import gzip

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS
from sources_tools import read, similar

from radiogaze.classify.images.files import expand, read_files
from radiogaze.classify.regrid import regrid
from radiogaze.data.preprocess import preprocess
from sky_tools import NOISE, double, header, write_fits


def test_the_published_cutouts_come_out_pixel_for_pixel(fixtures, mirabest):
    names = mirabest.catalogue["source_name"].tolist()
    sources = list(read_files(expand([fixtures / "fits"])))
    assert len(sources) == 13
    for source in sources:
        row = names.index(source.name)
        np.testing.assert_array_equal(source.cutout, mirabest.images[row])
        position, known = source.position, mirabest.catalogue.iloc[row]
        published = SkyCoord(known["ra_deg"], known["dec_deg"], unit="deg")
        # the images' centres are grid points of the survey, up to 3 arcsec from the catalogue's
        assert (
            published.separation(SkyCoord(position.ra_deg, position.dec_deg, unit="deg")).arcsec < 5
        )


@pytest.mark.parametrize("form", ["degenerate", "extension", "gz", "scaled", "compressed"])
def test_every_form_of_fits_gives_the_same_pixels(form, tmp_path):
    image, made = double(), header((300, 300))
    path = tmp_path / "a.fits"
    if form == "degenerate":
        fits.writeto(path, image[None, None], made)
    elif form == "extension":
        units = [fits.PrimaryHDU(), fits.ImageHDU(image, made)]
        fits.HDUList(units).writeto(path)
    elif form == "gz":
        path = tmp_path / "a.fits.gz"
        path.write_bytes(gzip.compress(write_fits(tmp_path / "b.fits").read_bytes()))
    elif form == "compressed":
        unit = fits.CompImageHDU(image, made, compression_type="GZIP_1", quantize_level=0)
        fits.HDUList([fits.PrimaryHDU(), unit]).writeto(path)
    else:
        counts = np.round(image / 1e-6).astype(np.int16)
        unit = fits.PrimaryHDU(counts, made)
        unit.header["BSCALE"] = 1e-6
        unit.writeto(path)
    source = read(path)
    assert source.name == "a"
    assert np.abs(source.cutout.astype(int) - preprocess(image)).max() <= (form == "scaled")
    assert source.flags == ()
    assert source.notices == ()
    assert source.position.ra_deg == pytest.approx(180)


def test_blank_pixels_of_unsigned_integers_have_no_data(tmp_path):
    image = double()
    image[:90] = np.nan
    counts = np.where(np.isnan(image), 0, np.round(np.nan_to_num(image) / 1e-6) + 1000)
    unit = fits.PrimaryHDU(counts.astype(np.uint16), header((300, 300)))
    unit.header["BLANK"] = -32768  # 0, of the stored numbers, which are smaller by BZERO
    unit.writeto(tmp_path / "a.fits")
    assert "nan" in (found := read(tmp_path / "a.fits")).flags
    expected = read(write_fits(tmp_path / "b.fits", image))
    assert found.flags == (*expected.flags, "background")  # of the thousand
    assert np.abs(found.cutout.astype(int) - expected.cutout).max() <= 1


def test_a_file_that_is_not_what_its_checksum_says_is_flagged(tmp_path):
    unit = fits.PrimaryHDU(double(), header((300, 300)))
    unit.writeto(tmp_path / "a.fits", checksum=True)
    assert read(tmp_path / "a.fits").flags == ()
    content = bytearray((tmp_path / "a.fits").read_bytes())
    content[200_000] ^= 1
    (tmp_path / "a.fits").write_bytes(content)
    source = read(tmp_path / "a.fits")
    assert source.flags == ("checksum",)
    assert source.notices == (
        f"{tmp_path}/a.fits: its checksum is not that of its content; get the file again",
    )


def test_of_several_images_the_first_is_read_with_a_notice(tmp_path):
    made = header((300, 300))
    planes = fits.ImageHDU(np.zeros((2, 200, 200)))
    units = [fits.PrimaryHDU(double(), made), planes, fits.ImageHDU(double() * 0, made)]
    fits.HDUList(units).writeto(tmp_path / "a.fits")
    source = read(tmp_path / "a.fits")
    np.testing.assert_array_equal(source.cutout, preprocess(double()))
    assert source.notices == (
        f"{tmp_path}/a.fits: has 2 images with two axes, of which the first is read",
    )


@pytest.mark.parametrize(("scale", "side"), [(0.9, 600), (1.5, 360), (2.5, 220), (3.6, 160)])
def test_another_scale_is_resampled_and_reported(scale, side, tmp_path):
    source = read(write_fits(tmp_path / "a.fits", double(side, scale), scale=scale))
    assert similar(source.cutout, preprocess(double())) > 0.9
    assert "scale-changed" in source.flags
    assert f"pixels of {scale:g} × {scale:g} arcsec resampled to 1.8" in source.notices[0]
    assert source.position.ra_deg == pytest.approx(180)
    assert source.position.dec_deg == pytest.approx(30)


def test_resampling_onto_its_own_grid_changes_nothing():
    image = double()
    pixels, target = regrid(image, WCS(header((300, 300))), np.array([1.8, 1.8]), "a")
    np.testing.assert_allclose(pixels, image, atol=1e-7)
    assert target.pixel_to_world(149.5, 149.5).ra.deg == pytest.approx(180)


def test_each_axis_is_smoothed_by_as_much_as_its_own_pixels_are_finer():
    """Pixels of 0.6 by 1.8 arcsec: stripes a pixel wide go along x, and stay along y."""
    wcs = WCS(header((300, 900)))
    wcs.wcs.cdelt = [-0.6 / 3600, 1.8 / 3600]
    rows, columns = np.indices((300, 900)) % 2
    along_y, along_x = (
        regrid(stripes.astype(float), wcs, np.array([0.6, 1.8]), "a")[0][50:-50, 50:-50]
        for stripes in (rows, columns)
    )
    assert np.ptp(along_y, axis=0) == pytest.approx(1, abs=1e-3)
    assert along_x == pytest.approx(0.5, abs=0.05)


def write_round_source(path, projection, reference, skew=0.0):
    """A source that is round on the sky, at dec 60 deg, in pixels of 1.8 arcsec of a projection."""
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = [f"RA---{projection}", f"DEC--{projection}"]
    wcs.wcs.crval = [0, reference]
    sheared = [[-1, np.sin(np.radians(skew))], [0, np.cos(np.radians(skew))]]
    wcs.wcs.cd = np.array(sheared) * 1.8 / 3600
    wcs.wcs.crpix = [300.5, 300.5] - wcs.wcs_world2pix([[0, 60]], 0)[0]
    distance = wcs.pixel_to_world(*np.meshgrid(*[np.arange(600)] * 2)).separation(
        SkyCoord(0, 60, unit="deg")
    )
    fits.writeto(path, np.exp(-((distance.arcsec / 30) ** 2) / 2), wcs.to_header())
    return path


@pytest.mark.parametrize(
    ("projection", "reference", "skew"),
    [("CAR", 60, 0), ("CAR", 0, 0), ("MOL", 0, 0), ("SIN", 30, 0), ("TAN", 60, 30)],
)
def test_a_source_that_is_round_on_the_sky_comes_out_round(projection, reference, skew, tmp_path):
    plain = read(write_round_source(tmp_path / "plain.fits", "TAN", 60))
    source = read(write_round_source(tmp_path / "a.fits", projection, reference, skew))
    assert similar(source.cutout, plain.cutout) > 0.999
    assert ("scale-changed" in source.flags) == (reference != 60 or skew > 0)
    assert ("axes 120 degrees apart" in "".join(source.notices)) == (skew > 0)


def test_a_mirrored_image_is_turned_round(tmp_path):
    image = double(apart=40)
    image[160:170, 200:210] += 0.01
    right = read(write_fits(tmp_path / "right.fits", image))
    mirrored = write_fits(tmp_path / "left.fits", image[:, ::-1].copy(), CDELT1=1.8 / 3600)
    left = read(mirrored)
    assert "scale-changed" in left.flags
    assert left.notices == (f"{mirrored}: mirrored, turned round",)
    assert similar(left.cutout, right.cutout) > 0.99


def test_a_transposed_image_with_declination_first_is_turned_round(tmp_path):
    image = double(apart=40)
    image[160:170, 200:210] += 0.01
    plain = read(write_fits(tmp_path / "plain.fits", image))
    made = header(image.shape)
    for card in ("CTYPE", "CRVAL", "CDELT"):
        made[f"{card}1"], made[f"{card}2"] = made[f"{card}2"], made[f"{card}1"]
    fits.writeto(tmp_path / "transposed.fits", image.T.copy(), made)
    transposed = read(tmp_path / "transposed.fits")
    assert "scale-changed" in transposed.flags
    assert similar(transposed.cutout, plain.cutout) > 0.99


def test_the_position_of_a_distorted_image_is_that_of_its_centre(tmp_path):
    cards = {"CTYPE1": "RA---TAN-SIP", "CTYPE2": "DEC--TAN-SIP", "A_ORDER": 2, "B_ORDER": 2}
    path = write_fits(tmp_path / "a.fits", **cards, A_2_0=1e-4, B_0_2=1e-4)
    position = read(path).position
    found = SkyCoord(position.ra_deg, position.dec_deg, unit="deg")
    assert found.separation(SkyCoord(180, 30, unit="deg")).arcsec < 0.01


def test_galactic_coordinates_are_given_as_icrs(tmp_path):
    image = double()
    made = header(image.shape)
    made["CTYPE1"], made["CTYPE2"] = "GLON-TAN", "GLAT-TAN"
    for key in ("RADESYS", "LONPOLE", "LATPOLE"):
        made.remove(key, ignore_missing=True)
    fits.writeto(tmp_path / "a.fits", image, made)
    position = read(tmp_path / "a.fits").position
    expected = SkyCoord(180, 30, unit="deg", frame="galactic").icrs
    assert position.ra_deg == pytest.approx(expected.ra.deg)
    assert position.dec_deg == pytest.approx(expected.dec.deg)
    centre = position.wcs.pixel_to_world(74.5, 74.5)
    assert centre.separation(expected).arcsec < 0.1


HOLES = double()
HOLES[100:110, 100:110] = np.nan


@pytest.mark.parametrize(
    ("image", "cards", "flags"),
    [
        (HOLES, {}, {"nan"}),
        (None, {"BMAJ": 45 / 3600}, {"other-beam"}),
        (None, {"BMAJ": 5.4 / 3600}, set()),
        (double(200), {}, {"small-field"}),
        (double(shift=(60, 0)), {}, {"off-centre"}),
        (double(shift=(121, 0)), {}, {"edge", "off-centre"}),
        (double() + double(shift=(90, 60), seed=1), {}, {"several-sources", "off-centre"}),
    ],
)
def test_what_is_unusual_is_flagged(image, cards, flags, tmp_path):
    assert set(read(write_fits(tmp_path / "a.fits", image, **cards)).flags) == flags


@pytest.mark.parametrize("form", ["a.fits", "a.npy"])
@pytest.mark.parametrize("filled", [60, 90])  # of the rows: all outside the cutout, or 15 in it
@pytest.mark.parametrize("level", [0.0, 1.0, 5.0, -2.0])  # of the noise
def test_the_zeros_beyond_the_edge_of_a_mosaic_are_no_noise(form, filled, level, tmp_path):
    image = double() + np.float32(level * NOISE)
    image[:filled], image[:, -filled:] = 0, 0
    background = np.median(image[image != 0]) if level else 0
    expected = preprocess(np.where(image == 0, np.nan, image) - background)
    if form == "a.npy":
        np.save(tmp_path / form, image)
    else:
        write_fits(tmp_path / form, image)
    source = read(tmp_path / form)
    assert np.abs(source.cutout.astype(int) - expected).max() <= bool(level)
    assert ("nan" in source.flags) == (filled > 75)
    assert ("background" in source.flags) == bool(level)


@pytest.mark.parametrize("level", [0.5, 5.0, -2.0])  # of the noise
def test_a_background_is_subtracted(level, tmp_path):
    source = read(write_fits(tmp_path / "a.fits", double() + np.float32(level * NOISE)))
    assert np.abs(source.cutout.astype(int) - preprocess(double())).max() <= 1
    assert source.flags == ("background",)
    assert "subtracted the median" in source.notices[0]


def test_few_published_sources_are_flagged(mirabest):
    from radiogaze.classify.flags import inspect

    flags = [list(inspect(image)) for image in mirabest.images]
    assert np.mean(["edge" in own for own in flags]) < 0.05
    assert np.mean(["several-sources" in own for own in flags]) < 0.1
    assert np.mean([not own for own in flags]) > 0.8


def test_a_fits_image_without_coordinates_needs_its_scale(tmp_path):
    fits.writeto(tmp_path / "a.fits", double())
    source = read(tmp_path / "a.fits", pixel_arcsec=1.8)
    np.testing.assert_array_equal(source.cutout, preprocess(double()))
    assert source.position.wcs is None


def test_a_folder_is_its_images_in_order(tmp_path):
    for name in ("b.fits", "a.FITS", ".hidden.fits"):
        write_fits(tmp_path / name)
    (tmp_path / "notes.txt").touch()
    assert [path.name for path in expand([tmp_path])] == ["a.FITS", "b.fits"]
