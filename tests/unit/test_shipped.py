"""The networks that the package holds: they do what their model card says, by default."""

import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import radiogaze
from radiogaze.campaigns.variants import restore_variant
from radiogaze.classify.api import read_cutouts
from radiogaze.cli import cli
from radiogaze.data.shifts import SHIFTS, shift
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.confidence import read_confidence, write_confidence
from radiogaze.evaluation.familiarity import read_familiarity
from radiogaze.evaluation.features import pooled_features
from radiogaze.files.packaged import packaged_weights
from radiogaze.files.rows import read_rows
from radiogaze.models.load import load_variant, read_weights
from sky_tools import double, own_weights, write_fits

FOLDER = packaged_weights("zoom")


@pytest.fixture(scope="module")
def card(root):
    """The model card's measured values by name."""
    text = (root / "docs/model-card.md").read_text("utf-8")
    return {name: float(value) for name, value in re.findall(r"^\| (.+?) \| ([\d.]+)", text, re.M)}


@pytest.fixture(scope="module")
def tested(mirabest):
    """Cutouts, classes and certainty of the published test split."""
    scored = mirabest.scored_test("mirabest")
    images = mirabest.images[mirabest.test.index.to_numpy()[scored.positions]]
    return images, scored.labels, (scored.rows["confidence"] == "certain").to_numpy()


def test_they_are_small_and_name_no_folder():
    assert sum(path.stat().st_size for path in FOLDER.rglob("*.*")) < 2e6
    for path in FOLDER.rglob("*.safetensors"):
        assert not re.search(rb'"/\w', path.read_bytes()[:4000]), path


def test_the_published_test_set_gives_the_numbers_of_the_model_card(card, tested):
    images, labels, certain = tested
    model = radiogaze.load(device="cpu")
    found = model.predict(images)
    assert found.unlike.sum() == 157 - 151  # as in the fit; none is one of the four hybrids
    p = found.p_frii
    wrong = (p > 0.5) != labels
    assert round(1 - wrong.mean(), 3) == card["accuracy, all"]
    assert round(wrong[certain].mean(), 3) == card["error, certain"]
    assert round(wrong[~certain].mean(), 3) == card["error, uncertain"]
    sets = [found.split(";") for found in model.calibration.sets(p)]
    held = [("FRI", "FRII")[label] in chosen for label, chosen in zip(labels, sets, strict=True)]
    assert round(np.mean(held), 3) == card["the set contains the class"]
    assert (
        round(np.mean([len(chosen) > 1 for chosen in sets]), 3) == card["the set has both classes"]
    )


def classify_all(images: Path, *options: str | Path) -> list[dict[str, str]]:
    out = images.with_suffix(".csv")
    line = ["classify", images, "--out", out, "--device", "cpu", *options]
    done = CliRunner().invoke(cli, [str(part) for part in line], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return read_rows(out, ",")


def classify(image: Path, *options: str | Path) -> dict[str, str]:
    return classify_all(image, *options)[0]


def test_a_calibration_beside_the_weights_is_used_unless_another_is_given(tmp_path):
    image = write_fits(tmp_path / "a.fits", double())
    default = classify(image)
    assert default["conformal_set"] and float(default["p_frii_calibrated"]) > 0
    assert classify(image, "--weights", "zoom") == default
    other = tmp_path / "other.json"
    fitted = replace(read_confidence(FOLDER / "calibration.json"), temperature=1.0, threshold=0.0)
    write_confidence(fitted, other)
    given = classify(image, "--calibration", other)
    assert given["p_frii_calibrated"] == given["p_frii"] == default["p_frii"]
    assert given["conformal_set"] == "FRI;FRII"
    with pytest.raises(RadiogazeError, match="zoom, averaged over the symmetries, found zoom, av"):
        classify(image, "--calibration", other, "--passes", "8")


@pytest.mark.parametrize("passes", [0, 8])
def test_the_calibration_is_left_out_of_other_averages_than_it_was_fitted_to(passes, tmp_path):
    image = write_fits(tmp_path / "a.fits", double())
    line = ["classify", image, "--out", tmp_path / "p.csv", "--passes", passes]
    done = CliRunner().invoke(cli, [str(part) for part in line], catch_exceptions=False)
    assert "conformal_set are left out" in done.output
    (row,) = read_rows(tmp_path / "p.csv", ",")
    assert not {"p_frii_calibrated", "conformal_set"} & set(row)
    with pytest.warns(RuntimeWarning, match="fitted to zoom, averaged over the symmetries, found"):
        assert radiogaze.load(passes=passes, device="cpu").calibration is None


def test_symmetries_are_the_default_only_where_a_calibration_is_for_them(tmp_path):
    image = write_fits(tmp_path / "a.fits", double())
    turned = write_fits(tmp_path / "b.fits", np.rot90(double()).copy())
    one, other = (float(classify(path)["p_frii"]) for path in (image, turned))
    assert one == pytest.approx(other, rel=1e-5)
    one, other = (float(classify(path, "--passes", "0")["p_frii"]) for path in (image, turned))
    assert one != pytest.approx(other, rel=1e-4)
    weights = own_weights(tmp_path / "w" / "model.safetensors", 0, "range")
    row = classify(image, "--weights", weights.parent)
    assert "conformal_set" not in row
    assert row == classify(image, "--weights", weights, "--passes", "8")


def test_unlike_sources_are_flagged_as_often_as_the_model_card_states(card, tested, mirabest):
    """By the features of the first network alone, which the flag is of."""
    fitted = read_familiarity(FOLDER / "familiarity.npz")
    assert round(fitted.measured, 3) == card["flagged: left-out halves of the test split"]
    weights = FOLDER / "seed-0" / "model.safetensors"
    network = load_variant(restore_variant(read_weights(weights)[1]["variant"], weights), weights)

    def flagged(images):
        return fitted.unlike(pooled_features(network, read_cutouts(images, None), "cpu"))

    held_out = flagged(mirabest.images[mirabest.test.index])
    assert fitted.sources == len(held_out) == 157
    assert held_out.sum() == 157 - 151  # ceil(158 * 0.95) are within the threshold
    altered = {name: shift(tested[0], name, 0) for name in SHIFTS}
    altered["point source"] = replaced_by_a_point(tested[0])
    for name, images in altered.items():
        assert round(flagged(images).mean(), 3) == card[f"flagged: {name}"], name


def replaced_by_a_point(images):
    """The beam of FIRST, 3 pixels wide, in place of what is within 40 pixels of the centre."""
    rows, columns = np.indices(images.shape[1:]) - 74.5
    distance = np.hypot(rows, columns)
    beam = 255 * np.exp(-4 * np.log(2) * (distance / 3) ** 2)
    return np.where(distance <= 40, beam, images).astype(np.uint8)


@pytest.fixture
def images(tmp_path):
    """A source of the sky, and an image that holds nothing but noise."""
    noise = np.random.default_rng(0).normal(0, 1e-4, (300, 300)).astype(np.float32)
    folder = tmp_path / "images"
    folder.mkdir()
    write_fits(folder / "noise.fits", noise)
    write_fits(folder / "source.fits", double())
    return folder


@pytest.fixture
def copied(tmp_path):
    """A folder of the same networks, to change."""
    return Path(shutil.copytree(FOLDER, tmp_path / "zoom"))


def test_noise_is_flagged_a_source_is_not_and_no_other_column_changes(images, copied):
    noise, source = classify_all(images)
    assert "unlike-training" in noise["flags"].split(";")
    assert "unlike-training" not in source["flags"]
    assert radiogaze.load(device="cpu").predict(images).unlike.tolist() == [True, False]
    other_passes = classify_all(images, "--passes", "0")
    (copied / "familiarity.npz").unlink()
    without = classify_all(images, "--weights", copied)
    assert not any("unlike-training" in row["flags"] for row in [*without, *other_passes])
    assert [{**row, "flags": ""} for row in without] == [
        {**row, "flags": ""} for row in (noise, source)
    ]
    assert radiogaze.load(copied, device="cpu").predict(images).unlike is None


def test_threads_may_share_the_networks():
    """A service that answers several requests at once loads the networks once."""
    model = radiogaze.load(device="cpu")
    halves = np.random.default_rng(0).integers(-400, 255, (2, 12, 150, 150)).clip(0)
    halves = halves.astype(np.uint8)  # most pixels are 0, as in a clipped cutout
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(model.predict, halves))
    for together, half in zip(found, halves, strict=True):
        alone = model.predict(half)
        assert together.unlike.tolist() == alone.unlike.tolist()
        assert np.array_equal(together.logits, alone.logits)


def test_what_tells_unlike_sources_must_be_of_the_first_network(images, copied):
    path = copied / "familiarity.npz"
    fitted = vars(read_familiarity(path))
    few = {"mean": fitted["mean"][:5], "precision": fitted["precision"][:5, :5]}
    np.savez(path, **{**fitted, **few})
    with pytest.raises(RadiogazeError, match=r"found 5 features, expected the 192 of .*seed-0"):
        classify_all(images, "--weights", copied)
    path.write_bytes(b"PK")
    with pytest.raises(RadiogazeError, match=r"familiarity.npz: expected .* radiogaze familiarity"):
        classify_all(images, "--weights", copied)
    np.savez(path, **fitted)
    shutil.rmtree(copied / "seed-0")
    own_weights(copied / "seed-0" / "model.safetensors", 0, "range")
    with pytest.raises(RadiogazeError, match=r"found 192 features, expected the 0 of .*seed-0"):
        classify_all(images, "--weights", copied)
