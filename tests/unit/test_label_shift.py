"""Fréchet distances, frozen features, and the correlation of the shift of data with its effect."""

import numpy as np
import pandas as pd
import pytest
from scipy import linalg, stats

from radiogaze.evaluation.features import classify_frozen, frechet_distance
from radiogaze.evaluation.label_shift import correlate


def test_the_frechet_distance_of_known_gaussians():
    """Of samples with exactly these moments: means apart by 3, spreads 2 and 0.5 on one axis."""
    rng = np.random.default_rng(0)
    sample = rng.normal(size=(400, 3))
    sample -= sample.mean(0)
    white = sample @ np.linalg.inv(linalg.sqrtm(np.cov(sample, rowvar=False))).real
    a, b = white * [2, 1, 1] + [3, 0, 0], white * [0.5, 1, 1]
    assert frechet_distance(a, b) == pytest.approx(3**2 + (2 - 0.5) ** 2)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-9)
    # that do not commute, against the formula with the matrix square root
    c = white @ rng.normal(size=(3, 3))
    product = linalg.sqrtm(np.cov(a.T) @ np.cov(c.T)).real
    expected = 9 + np.trace(np.cov(a.T) + np.cov(c.T) - 2 * product)
    assert frechet_distance(a, c) == pytest.approx(expected)
    # fewer sources than features
    wide = np.hstack([a[:2], rng.normal(size=(2, 5))])
    assert frechet_distance(wide, wide) == pytest.approx(0, abs=1e-6)


def test_frozen_features_are_read_by_a_regression():
    rng = np.random.default_rng(0)
    frii = np.arange(200) % 2 == 1
    features = rng.normal(size=(200, 8)) + 3 * frii[:, None]
    labelled, test = np.arange(40), np.arange(40, 200)
    assert (classify_frozen(features, labelled, frii[:40], test) == frii[40:]).mean() > 0.95


def test_the_correlation_of_shift_and_change_is_spearmans():
    rng = np.random.default_rng(0)
    distance = rng.normal(size=12)
    known = {"kind": "fixmatch", "labels": [36] * 6 + [73] * 6, "draw": [*range(6)] * 2}
    shift = pd.DataFrame({**known, "distance": distance})
    found = correlate(shift.assign(change=np.exp(distance))).set_index("labels")
    assert found["correlation"].tolist() == pytest.approx([1, 1, 1])
    noisy = shift.assign(change=rng.normal(size=12))
    row = correlate(noisy).set_index("labels").loc["all"]
    expected = stats.spearmanr(noisy["distance"], noisy["change"]).statistic
    assert row["correlation"] == pytest.approx(expected)
    assert row["low"] < row["correlation"] < row["high"]
    # equal but for the order of a sum
    tied = shift.assign(change=[0.3, 0.1 + 0.2, 0.5] * 4)
    expected = stats.spearmanr(distance, [0.3, 0.3, 0.5] * 4).statistic
    assert correlate(tied)["correlation"][0] == pytest.approx(expected)


def test_the_interval_of_a_correlation_is_over_draws():
    """Another kind with the same numbers is no further draw, and a draw without it none at all."""
    rng = np.random.default_rng(0)
    known = {"kind": "fixmatch", "labels": 36, "draw": range(6)}
    one = pd.DataFrame({**known, "distance": rng.normal(size=6), "change": rng.normal(size=6)})
    twice = pd.concat([one, one.assign(kind="fixmatch-frdeep")])
    measured = ["correlation", "low", "high"]
    found = correlate(twice)[measured].to_numpy()
    assert found == pytest.approx(correlate(one)[measured].to_numpy())
    alone = pd.DataFrame([["fixmatch", 36, 6, -9.0, 9.0]], columns=one.columns)
    assert correlate(pd.concat([twice, alone]))[measured].to_numpy() == pytest.approx(found)
    assert correlate(twice[twice["draw"] < 2]).empty
    assert correlate(twice[:0]).empty  # without the features of `radiogaze features`
