"""Calibration, with answers known by hand, by scikit-learn, or from a simulated truth."""

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import entropy
from sklearn.metrics import brier_score_loss, log_loss

from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.calibration import BINS, measure_calibration, reliability_curve

LABELS = np.repeat([0, 1], [74, 79])


def logits(margin):
    """Logits [passes, N, 2] whose difference FRII - FRI is the margin."""
    return np.stack([-margin / 2, margin / 2], axis=-1).astype(np.float32)


def of_known_bins():
    """Fifteen bins of ten sources, mixed: their confidence and how many of the ten are right."""
    confidence, right = 0.52 + 0.03 * np.arange(BINS), np.array([5, 9, 6, 10, 7] * 3)
    each = np.repeat(confidence, 10) + np.tile(np.linspace(-0.01, 0.01, 10), BINS)
    wrong = np.tile(np.arange(10), BINS) >= np.repeat(right, 10)
    labels = np.arange(150) % 2
    called = np.where(wrong, 1 - labels, labels)
    order = np.random.default_rng(0).permutation(150)
    margin = (logit(each) * (2 * called - 1))[order]
    return logits(margin[None]), labels[order], confidence, right


def test_the_reliability_diagram_and_the_ece_by_hand():
    given, labels, confidence, right = of_known_bins()
    curve = reliability_curve(given, labels)
    assert curve.confidence == pytest.approx(confidence)
    assert curve.accuracy == pytest.approx(right / 10)
    assert (curve.low[3], curve.high[3]) == pytest.approx((0.7225, 1.0), abs=1e-4)  # Wilson 1927
    # a figure draws the distances, and a bin of ten of ten must not have a negative one
    assert (curve.low <= curve.accuracy).all()
    assert (curve.high >= curve.accuracy).all()
    assert curve.ece == pytest.approx(abs(confidence - right / 10).mean())
    assert measure_calibration(given, labels).ece.value == pytest.approx(curve.ece)


def test_sources_beyond_double_precision_are_ranked():
    """1 - 1e-30 is 1, yet the more certain source is in the later bin; fewer than 15 are a bin."""
    margin = np.array([1000, 69.0, -20, -300])
    curve = reliability_curve(logits(margin[None]), np.array([0, 1, 0, 1]))
    assert curve.accuracy.tolist() == [1, 1, 0, 0]  # of the margins 20, 69, 300, 1000


def test_brier_score_and_likelihood_are_of_the_mean_probability():
    random = np.random.default_rng(1)
    margin = random.normal(2 * (2 * LABELS - 1), 3, (7, 153))
    p = expit(margin).mean(0)
    found = measure_calibration(logits(margin), LABELS)
    assert found.brier.value == pytest.approx(brier_score_loss(LABELS, p), abs=1e-6)
    assert found.nll.value == pytest.approx(log_loss(LABELS, p), abs=1e-6)
    half = 1.96 * ((p - LABELS) ** 2).std() / np.sqrt(153)
    assert found.brier.high - found.brier.low == pytest.approx(2 * half, rel=0.15)
    none = measure_calibration(np.zeros((2, 153, 2), np.float32), LABELS)
    assert (none.brier.value, none.nll.value) == pytest.approx((0.25, np.log(2)))


def test_the_likelihood_of_a_saturated_error_is_finite():
    margin = np.where(np.arange(153) == 0, 1530.0, 5000.0 * (2 * LABELS - 1))
    assert measure_calibration(logits(margin[None]), LABELS).nll.value == pytest.approx(10)


@pytest.mark.parametrize(("overconfidence", "fewest"), [(1.5, 78), (3, 84)])
def test_the_interval_contains_the_ece_of_infinitely_many_sources(overconfidence, fewest):
    """100 simulated test sets; a percentile interval would contain it in 25 for the first."""
    random, covered = np.random.default_rng(2), 0

    def draw(count):
        margin = random.normal(0, 3, count)
        labels = (random.uniform(size=count) < expit(margin)).astype(int)
        return logits(overconfidence * margin[None]), labels

    sure = abs(random.normal(0, 3, 100_000))
    truth = (expit(overconfidence * sure) - expit(sure)).mean()
    for _ in range(100):
        found = measure_calibration(*draw(153)).ece
        covered += found.low <= truth <= found.high
    assert covered >= fewest


def test_the_ece_of_a_calibrated_network_is_not_zero():
    random, inside, values = np.random.default_rng(3), 0, []
    for _ in range(60):
        margin = random.normal(0, 3, 153)
        labels = (random.uniform(size=153) < expit(margin)).astype(int)
        found = measure_calibration(logits(margin[None]), labels)
        inside += found.ece_if_calibrated.low <= found.ece.value <= found.ece_if_calibrated.high
        values.append(found.ece.value - found.ece_if_calibrated.value)
    assert inside >= 52
    assert np.mean(values) == pytest.approx(0, abs=0.006)


def test_the_uncertainty_calibration_error_by_hand():
    """Of 100 passes the middle 64 say 0.75; the FRII are called FRI with a probability of 1."""
    unsure = np.repeat([1000.0, -logit(0.75), -1000.0], [18, 64, 18])
    margin = np.stack([unsure, unsure, *np.full((2, 100), -1000.0)], axis=1)
    found = measure_calibration(logits(margin), np.array([0, 0, 1, 1]))
    middle = entropy([0.75, 0.25], base=2)
    every = entropy([0.66, 0.34], base=2) - 2 * 0.18
    values = found.uce, found.uce_all_passes, found.uce_saturated, found.uce_plain
    assert [e.value for e in values] == pytest.approx(
        [middle / 2, every / 2, middle / 2 + 1, every / 2 + 1]
    )


def test_the_uncertainty_calibration_error_is_a_mean_over_bins_not_sources():
    """Entropy 0.81 and no error, the same and twice an error of one: together 0.19 too much."""
    margin = np.full((10, 6), -logit(0.75))
    margin[:, 4:] = 0.2  # entropy 0.99, and wrong: another bin
    found = measure_calibration(logits(margin), np.array([0, 0, 1, 1, 0, 0]))
    same = 4 * (1 - entropy([0.75, 0.25], base=2))
    other = 2 * (2 - entropy([expit(0.2), expit(-0.2)], base=2))
    assert found.uce.value == pytest.approx((same + other) / 6, abs=1e-6)
    assert found.uce == found.uce_saturated == found.uce_plain


def test_a_class_without_sources_is_one_line():
    with pytest.raises(RadiogazeError, match="interval: found a group of 1, expected two"):
        measure_calibration(np.zeros((3, 4, 2), np.float32), np.array([0, 1, 1, 1]))
