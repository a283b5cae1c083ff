"""The networks that the package holds: they do what their model card says, by default."""

import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import radiogaze
from radiogaze.cli import cli
from radiogaze.evaluation.confidence import Confidence, write_confidence
from radiogaze.files.packaged import packaged_weights
from radiogaze.files.rows import read_rows
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
    p = model.predict(images).p_frii
    wrong = (p > 0.5) != labels
    assert round(1 - wrong.mean(), 3) == card["accuracy, all"]
    assert round(wrong[certain].mean(), 3) == card["error, certain"]
    assert round(wrong[~certain].mean(), 3) == card["error, uncertain"]
    sets = [found.split(";") for found in model.calibration.sets(p)]
    held = [("FRI", "FRII")[label] in found for label, found in zip(labels, sets, strict=True)]
    assert round(np.mean(held), 3) == card["the set contains the class"]
    assert round(np.mean([len(found) > 1 for found in sets]), 3) == card["the set has both classes"]


def classify(image: Path, *options: str | Path) -> dict[str, str]:
    out = image.with_suffix(".csv")
    line = ["classify", image, "--out", out, "--device", "cpu", *options]
    done = CliRunner().invoke(cli, [str(part) for part in line], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return read_rows(out, ",")[0]


def test_a_calibration_beside_the_weights_is_used_unless_another_is_given(tmp_path):
    image = write_fits(tmp_path / "a.fits", double())
    default = classify(image)
    assert default["conformal_set"] and float(default["p_frii_calibrated"]) > 0
    assert classify(image, "--weights", "zoom") == default
    other = tmp_path / "other.json"
    write_confidence(Confidence(1.0, 0.0, 0.9, 100, 0.9, 0.0, 1.0), other)
    given = classify(image, "--calibration", other)
    assert given["p_frii_calibrated"] == given["p_frii"] == default["p_frii"]
    assert given["conformal_set"] == "FRI;FRII"


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
