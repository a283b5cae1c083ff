import numpy as np
import pytest
from click.testing import CliRunner
from sklearn.metrics import roc_auc_score

from radiogaze.cli.synthesise import command
from radiogaze.data.catalogue import RELEASES
from radiogaze.data.morphology import render
from radiogaze.data.preprocess import preprocess, read_fits
from radiogaze.data.store import COLUMNS, Cutouts, load_cutouts
from radiogaze.data.synthetic import NOISE, draw, synthesise
from radiogaze.errors import RadiogazeError
from radiogaze.terms import PIXEL_ARCSEC

LABELS = RELEASES["mirabest"].labels


@pytest.fixture(scope="module")
def sky() -> Cutouts:
    return synthesise(140, 40, 0)


def test_the_form_is_that_of_the_prepared_data(sky):
    table = sky.catalogue
    assert tuple(table.columns) == COLUMNS
    assert sky.images.shape == (180, 150, 150)
    assert sky.images.dtype == np.uint8
    assert table["index"].tolist() == list(range(180))
    assert table["source_name"].str.fullmatch(r"synthetic_\d{4}").all()
    assert table["source_name"].is_unique
    assert (table["split"] == ["train"] * 140 + ["test"] * 40).all()
    for _, batch in table.groupby("batch"):
        assert batch["label"].is_monotonic_increasing
        assert batch["position"].tolist() == list(range(len(batch)))


def test_labels_are_as_frequent_as_in_mirabest_and_none_is_missing(sky):
    table = sky.catalogue
    for _, split in table.groupby("split"):
        assert set(split["label"]) == set(range(10))
    fractions = table["class"].value_counts(normalize=True)
    assert fractions["FRI"] == pytest.approx(0.47, abs=0.05)
    assert fractions["FRII"] == pytest.approx(0.5, abs=0.05)


def test_cutouts_look_like_first_ones(sky):
    assert (sky.images.min((1, 2)) == 0).all()
    assert (sky.images.max((1, 2)) == 255).all()
    filled = (sky.images > 0).mean((1, 2))
    assert 0.01 < np.median(filled) < 0.025  # MiraBest: 0.014
    assert filled.max() < 0.25


def test_a_blob_has_its_flux_at_its_place_and_the_width_of_beam_and_blob():
    """In units of flux per beam, the sum over the pixels is the flux times the beam's area."""
    x, y, flux, sigma, beam = 6.0, -4.0, 2.0, 2.5, 3.0
    image = render(np.array([[x, y, flux, sigma]]), 101, beam)
    rows, columns = np.indices(image.shape) - 50
    area = np.pi * beam**2 / (4 * np.log(2))
    assert image.sum() == pytest.approx(flux * area)
    assert (image * columns).sum() / image.sum() == pytest.approx(x)
    assert (image * rows).sum() / image.sum() == pytest.approx(y)
    spread = (image * (columns - x) ** 2).sum() / image.sum()
    assert spread == pytest.approx(sigma**2 + beam**2 / (8 * np.log(2)))
    assert render(np.array([[0, 0, flux, 0]]), 101, beam).max() == pytest.approx(flux)


def test_a_source_depends_on_seed_and_index_alone(sky):
    for index in (0, 77, 179):
        row = sky.catalogue.iloc[index]
        alone = draw(0, index, LABELS[int(row["label"])])
        assert np.array_equal(preprocess(alone.image), sky.images[index])
        assert (alone.name, alone.ra_deg) == (row["source_name"], row["ra_deg"])
    assert not np.array_equal(draw(1, 130, LABELS[0]).image, draw(0, 130, LABELS[0]).image)


def test_no_simple_statistic_separates_the_classes_but_where_the_light_is_does_help(sky):
    scored = sky.catalogue["class"].isin(["FRI", "FRII"]).to_numpy()
    images = sky.images[scored] / 255
    truth = (sky.catalogue["class"] == "FRII").to_numpy()[scored]
    for statistic in (images.sum((1, 2)), (images > 0).sum((1, 2)), (images > 0.5).sum((1, 2))):
        assert 0.15 < roc_auc_score(truth, statistic) < 0.85
    # what Fanaroff & Riley looked at: how far from the middle the source is brightest
    y, x = np.mgrid[:150, :150] - 74.5
    inner = np.hypot(x, y) < 40
    distance = [np.hypot(x, y).flat[(image * inner).argmax()] for image in images]
    assert 0.7 < roc_auc_score(truth, distance) < 0.95


def test_the_noise_is_the_surveys_and_the_beam_is_resolved():
    image = draw(0, 0, LABELS[0]).image
    corner = image[:60, :60]
    assert np.median(np.abs(corner)) / 0.6745 == pytest.approx(NOISE, rel=0.15)
    # neighbouring pixels share a beam, distant ones do not
    near, far = (np.corrcoef(corner[:, :-s].ravel(), corner[:, s:].ravel())[0, 1] for s in (1, 12))
    assert near > 0.7
    assert abs(far) < 0.15


@pytest.mark.parametrize("archive", ["mirabest", "frdeep"])
def test_the_command_writes_a_data_set_and_whole_fields(archive, tmp_path):
    images, catalogue = tmp_path / "images.npz", tmp_path / "catalogue.csv"
    arguments = [archive, "--train", "24", "--test", "20", "--seed", "5"]
    arguments += ["--images", str(images)]
    arguments += ["--catalogue", str(catalogue), "--fits-dir", str(tmp_path), "--fits-count", "16"]
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    before = images.read_bytes(), catalogue.read_bytes()
    cutouts = load_cutouts(images, catalogue)
    for row in (24, 39):
        source = cutouts.catalogue.iloc[row]
        field = read_fits(tmp_path / f"{source.source_name}.fits")
        assert field.pixels.shape == (300, 300)
        assert np.array_equal(preprocess(field.pixels), cutouts.images[row])
        centre = field.wcs.pixel_to_world(149.5, 149.5)
        assert (centre.ra.deg, centre.dec.deg) == pytest.approx((source.ra_deg, source.dec_deg))
        assert abs(field.wcs.wcs.cdelt[0]) * 3600 == pytest.approx(PIXEL_ARCSEC)
    assert len(list(tmp_path.glob("*.fits"))) == 16
    CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert (images.read_bytes(), catalogue.read_bytes()) == before


def test_a_split_too_small_for_every_label_is_refused():
    with pytest.raises(RadiogazeError, match=r"test: expected at least 20 sources.* found 19"):
        synthesise(20, 19, 0)


def test_fr_deep_has_its_own_labels():
    cutouts = synthesise(20, 20, 0, "frdeep")
    assert set(zip(cutouts.catalogue["label"], cutouts.catalogue["class"], strict=True)) == {
        (0, "FRI"),
        (1, "FRII"),
    }
