"""A temperature, and sets whose coverage is what they state."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy.special import expit

from radiogaze.cli import cli
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.confidence import (
    Averaging,
    fit_confidence,
    fit_temperature,
    read_confidence,
    write_confidence,
)
from radiogaze.evaluation.cross_validation import REGRESSION, binary_labels, predict_shapes
from radiogaze.provenance.sidecars import write_sidecar
from sky_tools import double, own_weights, write_fits


def too_sure(count, sharper, seed=0):
    """Labels drawn from known probabilities, and scores that are sharper than these by a factor."""
    rng = np.random.default_rng(seed)
    z = rng.normal(0, 2, count)
    return expit(sharper * z), (rng.random(count) < expit(z)).astype(np.int64)


@pytest.mark.parametrize("sharper", [0.5, 1, 3])
def test_the_temperature_takes_back_how_much_too_sure_scores_are(sharper):
    p, labels = too_sure(20_000, sharper)
    assert fit_temperature(p, labels) == pytest.approx(sharper, rel=0.05)


@pytest.mark.parametrize("level", [0.8, 0.9, 0.95])
def test_sets_cover_new_sources_as_often_as_they_state(level):
    fitted = fit_confidence(*too_sure(2000, 3), level)
    p, labels = too_sure(20_000, 3, seed=1)
    sets = [members.split(";") for members in fitted.sets(p)]
    covered = np.mean([("FRI", "FRII")[c] in s for c, s in zip(labels, sets, strict=True)])
    assert covered == pytest.approx(level, abs=0.02)
    assert fitted.coverage == pytest.approx(level, abs=0.02)
    assert 0 < fitted.both < 1
    assert set(fitted.sets(p)) == {"FRI", "FRII", "FRI;FRII"}


def test_coverage_on_real_sources_over_twenty_calibration_splits(mirabest):
    """Out-of-fold predictions of the regression on shapes, for all of MiraBest."""
    found = predict_shapes(mirabest, 1)
    found = found[found["network"] == REGRESSION]
    labels = binary_labels(mirabest.catalogue)[found["index"]]
    fitted = fit_confidence(found["p"].to_numpy(), labels)
    assert fitted.sources == 1222
    assert fitted.coverage == pytest.approx(0.9, abs=0.03)
    assert fitted.coverage_sd < 0.03


def test_a_sure_network_has_sets_of_one_class_and_never_none():
    p = np.where(np.arange(200) % 2, 0.99, 0.01)
    fitted = fit_confidence(p, np.arange(200) % 2)
    assert fitted.sets(np.array([0.01, 0.99, 0.49, 0.51])) == ["FRI", "FRII", "FRI", "FRII"]


def test_a_probability_of_exactly_the_threshold_is_in_the_set():
    """Scores of two values: without the equal ones 85 % of the sources would be covered."""
    labels = np.repeat([0, 1], 50)
    p = np.where((labels == 1) & (np.arange(100) < 85), 0.8, 0.2)
    fitted = fit_confidence(p, labels, 0.9)
    assert fitted.sets(np.array([0.2])) == ["FRI;FRII"]


@pytest.mark.parametrize(
    ("count", "level", "message"),
    [
        (17, 0.9, "9 FRI and 8 FRII, expected both classes and at least 18 sources"),
        (150, 0.99, "at least 198 sources for a level of 0.99"),
        (50, 1.0, "level 1.0: expected a fraction between 0 and 1"),
    ],
)
def test_too_few_sources_for_a_level_are_refused(count, level, message):
    with pytest.raises(RadiogazeError, match=message):
        fit_confidence(np.full(count, 0.4), np.arange(count) % 2, level)


def test_a_file_that_is_no_calibration_is_one_line(tmp_path):
    path = tmp_path / "c.json"
    for text in ("{}", "[", '{"temperature": -1}', json.dumps({"mean": 1})):
        path.write_text(text)
        with pytest.raises(RadiogazeError, match="expected temperature and conformal threshold"):
            read_confidence(path)
    for averaging in (None, Averaging("zoom", True, 0), Averaging("zoom", False, 8)):
        fitted = fit_confidence(*too_sure(300, 2), averaging=averaging)
        write_confidence(fitted, path)
        assert read_confidence(path) == fitted


def evaluated(folder, **settings):
    """Predictions as `radiogaze evaluate` leaves them: with a sidecar that has its settings."""
    p, labels = too_sure(200, 3)
    columns = {"index": range(200), "order": "file", "class": np.array(["FRI", "FRII"])[labels]}
    wrong = ((p > 0.5) != labels).astype(float)
    more = {"misclassification_rate": wrong, "logit_mean": p - 0.5, "p_frii_mean": p}
    path = folder / "predictions.csv"
    folder.mkdir(parents=True)
    pd.DataFrame({**columns, **more}).to_csv(path, index=False)
    write_sidecar("evaluate", [path], {}, {"variant": "mirabest-sigmoid-ft-3g", **settings})
    return path


def calibrate(out, *predictions):
    options = [f"--predictions={path}" for path in predictions]
    return CliRunner().invoke(cli, ["calibrate", *options, f"--out={out}"])


def test_from_predictions_to_a_table_of_ones_own_sources(tmp_path):
    fitted = tmp_path / "c.json"
    done = calibrate(fitted, evaluated(tmp_path / "e", passes=3))
    assert done.exit_code == 0, done.output
    assert "mirabest-sigmoid-ft-3g, averaged over 3 random passes: 200 sources" in done.output
    weights = own_weights(tmp_path / "model.safetensors", 0, "sigmoid")
    other = own_weights(tmp_path / "other.safetensors", 0, "range")
    write_fits(tmp_path / "a.fits", double())

    def classify(*options, weights=weights):
        call = ["classify", f"{tmp_path}/a.fits", f"--out={tmp_path}/p.csv", *options]
        done = CliRunner().invoke(cli, [*call, f"--weights={weights}"])
        if done.exception is not None:
            raise done.exception
        return pd.read_csv(tmp_path / "p.csv").iloc[0]

    row = classify(f"--calibration={fitted}")  # over what it was fitted to
    assert row["class"] in row["conformal_set"].split(";")
    assert row["p_frii_calibrated"] == pytest.approx(
        read_confidence(fitted).calibrated(np.array([row["p_frii"]]))[0], abs=1e-5
    )
    assert row["p_frii"] == classify("--passes=3")["p_frii"]
    assert "conformal_set" not in classify()
    for options in ["--passes=8"], ["--symmetries"]:
        with pytest.raises(RadiogazeError, match=r"3 random passes, found .*, averaged over"):
            classify(*options, f"--calibration={fitted}")
    with pytest.raises(RadiogazeError, match=r"c\.json: fitted to .*sigmoid.*, found .*range-ft"):
        classify(f"--calibration={fitted}", weights=other)
    content = json.loads(fitted.read_text())
    fitted.write_text(json.dumps({k: v for k, v in content.items() if k != "averaging"}))
    with pytest.raises(RadiogazeError, match="does not say what it was fitted to; make it again"):
        classify(f"--calibration={fitted}")
    with pytest.raises(RadiogazeError, match="passes and symmetries: expected one of them"):
        classify("--passes=2", "--symmetries")


def test_a_source_counts_once(tmp_path):
    files = [evaluated(tmp_path / name, passes=3) for name in "ab"]
    with pytest.raises(RadiogazeError, match=r"b/predictions\.csv: index 0: .* in another file"):
        raise calibrate(tmp_path / "c.json", *files).exception
    assert not (tmp_path / "c.json").exists()


def test_a_calibration_is_fitted_to_scores_of_one_kind_whose_origin_is_known(tmp_path):
    first = evaluated(tmp_path / "a", passes=360, symmetries=True)
    assert calibrate(tmp_path / "c.json", first).exit_code == 0
    others = {
        "has those of .* averaged over the symmetries": {"passes": 360},
        "of zoom, averaged over the symmetries, but": {"variant": "zoom", "symmetries": True},
        "expected scores without dropout": {"passes": 8, "symmetries": True, "dropout": 0.1},
    }
    for number, (message, settings) in enumerate(others.items()):
        done = calibrate(tmp_path / "d.json", first, evaluated(tmp_path / str(number), **settings))
        with pytest.raises(RadiogazeError, match=message):
            raise done.exception
    (tmp_path / "a" / "predictions.csv.provenance.json").unlink()
    with pytest.raises(RadiogazeError, match="expected the sidecar of its evaluation beside it"):
        raise calibrate(tmp_path / "d.json", first).exception
    assert not (tmp_path / "d.json").exists()
