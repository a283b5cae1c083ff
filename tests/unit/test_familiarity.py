"""The flag for sources unlike the training ones."""

import numpy as np
import pytest

from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.familiarity import fit_familiarity, read_familiarity, write_familiarity

FEATURES = 40


def draw(count, seed, scale=1.0):
    """Correlated features, of which few directions vary much."""
    rng = np.random.default_rng(seed)
    mixing = np.random.default_rng(9).normal(0, 1, (FEATURES, FEATURES)) / np.arange(
        1, FEATURES + 1
    )
    return 5 + scale * rng.normal(0, 1, (count, FEATURES)) @ mixing.T


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


def test_it_is_read_as_it_was_written(fitted, tmp_path):
    path = tmp_path / "familiarity.npz"
    write_familiarity(fitted, path)
    again = read_familiarity(path)
    features = draw(50, 4)
    assert np.array_equal(again.distances(features), fitted.distances(features))
    assert (again.threshold, again.measured) == (fitted.threshold, fitted.measured)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(RadiogazeError, match=r"familiarity.npz: .*expected"):
        read_familiarity(path)


def test_what_cannot_be_fitted_is_one_line(fitted):
    with pytest.raises(RadiogazeError, match="found 30, expected at least 38 for a rate of false"):
        fit_familiarity(draw(100, 0), draw(30, 1))
    with pytest.raises(RadiogazeError, match="rate 2: expected a fraction"):
        fit_familiarity(draw(100, 0), draw(153, 1), 2)
    with pytest.raises(RadiogazeError, match="not finite"):
        fit_familiarity(draw(100, 0), draw(153, 1) * np.inf)
    with pytest.raises(RadiogazeError, match="take them from the network"):
        fitted.unlike(np.zeros((3, 5)))
