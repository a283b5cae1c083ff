"""The flag for sources unlike the training ones."""

import numpy as np
import pytest
from click.testing import CliRunner

from radiogaze.cli import cli
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.familiarity import fit_familiarity, read_familiarity
from radiogaze.evaluation.features import save_features

FEATURES = 40


def draw(count, seed):
    """Correlated features, of which few directions vary much."""
    rng = np.random.default_rng(seed)
    mixing = np.random.default_rng(9).normal(0, 1, (FEATURES, FEATURES)) / np.arange(
        1, FEATURES + 1
    )
    return 5 + rng.normal(0, 1, (count, FEATURES)) @ mixing.T


@pytest.fixture(scope="module")
def fitted():
    return fit_familiarity(draw(900, 0), draw(153, 1), 0.1)


def test_false_alarms_are_as_often_as_stated(fitted):
    """Over many sources of the same kind, and as measured on the held-out ones alone."""
    rates = [
        fit_familiarity(draw(300, 10 + n), draw(153, 50 + n), 0.1).unlike(draw(2000, 90 + n)).mean()
        for n in range(10)
    ]
    assert np.mean(rates) == pytest.approx(0.1, abs=0.02)
    assert fitted.measured == pytest.approx(0.1, abs=3 * fitted.measured_sd / np.sqrt(20) + 0.02)


def test_it_sees_what_varies_where_training_did_not(fitted):
    strange = draw(200, 3)
    assert fitted.unlike(draw(200, 2)).mean() < 0.2
    weak = np.linalg.svd(draw(900, 0) - 5)[2][-1]  # the direction of least variance
    assert fitted.unlike(strange + 0.6 * weak).mean() > 0.9
    assert fitted.unlike(strange + 0.6 * np.eye(FEATURES)[0]).mean() < 0.9  # as far, but usual


def fit(folder, train, held_out, *options):
    """Run the command on a file of features, the training sources last."""
    features = np.concatenate([held_out, train]).astype(np.float32)
    save_features(features, np.arange(len(features)) >= len(held_out), folder / "features.npz")
    line = ["familiarity", f"--features={folder}/features.npz", f"--out={folder}/out.npz"]
    return CliRunner().invoke(cli, [*line, *options])


def test_from_features_to_a_file_that_flags_the_same(fitted, tmp_path):
    done = fit(tmp_path, draw(900, 0), draw(153, 1), "--rate=0.1")
    assert done.exit_code == 0, done.output
    assert "900 training and 153 other sources: for a rate of 10.0% the flag is at" in done.output
    found = read_familiarity(tmp_path / "out.npz")
    assert (found.rate, found.sources) == (0.1, 153)
    assert found.measured == pytest.approx(fitted.measured)
    # 139 of 153 are the least that leaves a further one outside in at most a tenth of all cases
    assert found.unlike(draw(153, 1).astype(np.float32)).sum() == 153 - 139
    assert np.array_equal(found.unlike(draw(500, 4)), fitted.unlike(draw(500, 4)))


@pytest.mark.parametrize(
    ("train", "held_out", "rate", "message"),
    [
        (100, 37, 0.05, "100 training and 37 held-out sources, expected at least 2 and 38"),
        (1, 153, 0.05, "found 1 training and 153 held-out sources, expected at least 2 and 38"),
        (100, 153, 2, "rate 2.0: expected a fraction between 0 and 1"),
    ],
)
def test_what_cannot_be_fitted_is_one_line(train, held_out, rate, message, tmp_path):
    done = fit(tmp_path, draw(train, 0), draw(held_out, 1), f"--rate={rate}")
    assert isinstance(done.exception, RadiogazeError)
    assert message in str(done.exception)
    assert not (tmp_path / "out.npz").exists()


def test_features_that_are_not_finite_are_one_line(tmp_path):
    done = fit(tmp_path, draw(100, 0), draw(153, 1) * np.inf)
    assert "found some that are not finite" in str(done.exception)


def test_a_file_that_is_no_fit_is_one_line(fitted, tmp_path):
    path = tmp_path / "familiarity.npz"
    with pytest.raises(RadiogazeError, match="no such file; make it with radiogaze familiarity"):
        read_familiarity(path)
    whole = {**vars(fitted), "mean": fitted.mean[:3]}
    np.savez(path, **whole)
    with pytest.raises(RadiogazeError, match="mean and precision of other numbers of features"):
        read_familiarity(path)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(RadiogazeError, match=r"familiarity.npz: expected the fit of a flag"):
        read_familiarity(path)
