"""Paired comparisons, with answers known by hand, by brute force, or from a simulated truth."""

from math import comb

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.comparison import (
    Summary,
    compare_folds,
    compare_pair,
    compare_seeds,
    holm,
)

LABELS = np.repeat([0, 1], [74, 79])
SIGN = 2 * LABELS - 1


ONE_SET = np.zeros(153, int)


def summary(margin):
    """A model by the difference of its logits, FRII - FRI, in each pass, [passes, 153]."""
    return Summary(((margin > 0) != LABELS).mean(0), margin.mean(0))


def compare(a, b):
    return compare_pair(summary(a), summary(b), LABELS, ONE_SET)


def two_models(rng, passes=6, gain=0.0):
    """Margins of two models that find the same sources hard, the first better by ``gain``."""
    hard = rng.normal(0, 2, 153)
    own = rng.normal(0, 1, (2, 1, 153)) + rng.normal(0, 1, (2, passes, 153))
    return SIGN * (2 + gain + hard) + own[0], SIGN * (2 + hard) + own[1]


def test_differences_are_those_of_the_pooled_passes():
    a, b = two_models(np.random.default_rng(0), gain=0.5)
    found = compare(a, b)
    right = [((m > 0) == LABELS).mean() for m in (a, b)]
    areas = [roc_auc_score(LABELS, m.mean(0)) for m in (a, b)]
    assert found.accuracy.value == pytest.approx(right[0] - right[1])
    assert found.auc.value == pytest.approx(areas[0] - areas[1], abs=1e-6)
    swapped = compare(b, a)
    assert swapped.accuracy == pytest.approx(
        (-found.accuracy.value, -found.accuracy.high, -found.accuracy.low)
    )


def test_the_interval_is_that_of_paired_sources_within_each_class():
    """Normal approximation: the variance of the mean of one difference a source, by class."""
    a, b = two_models(np.random.default_rng(1), passes=1)
    better = ((a > 0) == LABELS)[0].astype(float) - ((b > 0) == LABELS)[0]
    variance = (74 * better[:74].var() + 79 * better[74:].var()) / 153**2
    _, low, high = compare(a, b).accuracy
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(variance), rel=0.1)
    apart = sum(((m > 0) == LABELS).var() / 153 for m in (a, b))
    assert (high - low) / (2 * 1.96 * np.sqrt(apart)) < 0.8  # unpaired, it would be wider


def test_a_model_compared_with_itself():
    a, _ = two_models(np.random.default_rng(2))
    found = compare(a, a)
    assert found.accuracy == found.auc == (0, 0, 0)
    assert found.mcnemar == (0, 0, 1)


def test_two_equal_models_are_told_apart_as_rarely_as_stated():
    """Of 150 simulated pairs 95 % have no difference in their intervals, and McNemar's is exact."""
    rng = np.random.default_rng(3)
    covered, false = np.zeros(2), 0
    for _ in range(150):
        found = compare(*two_models(rng))
        covered += [e.low <= 0 <= e.high for e in (found.accuracy, found.auc)]
        false += found.mcnemar.p <= 0.05
    assert (covered >= 134).all(), covered  # 142.5 expected; fewer in 1 of 500
    assert false <= 15  # at most 7.5 expected


def test_mcnemar_by_hand_on_the_majority_of_the_passes():
    right = np.ones((2, 4, 153))
    right[1, :3, :6] = -1  # the second is wrong in three of four passes of six sources
    right[0, :1, 20:40] = -1  # the first in a minority of twenty's
    right[0, :, 140:142] = -1  # and in all passes of two
    a, b = SIGN * right
    found = compare(a, b).mcnemar
    assert (found.only_first, found.only_second) == (6, 2)
    assert found.p == pytest.approx(2 * sum(comb(8, k) for k in range(3)) / 2**8)
    b[:, 140:142] = a[:, 140:142]
    assert found.p > 0.05 > compare(a, b).mcnemar.p == 2 / 64


def test_the_mean_logit_breaks_a_tie_of_the_passes():
    sure = SIGN * np.array([[3.0], [-1.0]])  # half of the passes; the mean is right
    torn = SIGN * np.array([[1.0], [-3.0]])
    found = compare(sure, torn).mcnemar
    assert (found.only_first, found.only_second) == (153, 0)


def test_a_cross_validation_compares_logits_of_one_fold_only():
    """The second fold's logits are 100 higher: within the folds the ranking is perfect."""
    labels, folds = np.array([0, 0, 1, 1] * 12), np.repeat([0, 1], 24)
    ranked = Summary(np.zeros(48), np.array([-2.0, -1, 1, 2] * 12) + 100 * folds)
    # of the four kinds of pairs one is the wrong way round, and half of the sources is wrong
    swapped = Summary(np.array([1.0, 0] * 24), np.array([-2.0, 1, -1, 2] * 12))
    found = compare_pair(ranked, swapped, labels, folds)
    assert found.auc.value == pytest.approx(1 - 3 / 4)
    assert found.accuracy.value == 0.5
    assert (found.mcnemar.only_first, found.mcnemar.only_second) == (24, 0)
    with pytest.raises(RadiogazeError, match="no fold has test sources of both classes"):
        compare_pair(ranked, swapped, labels, labels)


@pytest.mark.filterwarnings("error")
def test_resamples_without_a_pair_in_one_fold_leave_an_interval():
    labels, folds = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 2])  # nearly half of them have none
    right, swapped = (Summary(np.zeros(4), sign * (2.0 * labels - 1)) for sign in (1, -1))
    assert compare_pair(right, swapped, labels, folds).auc == (1, 0, 1)


@pytest.mark.parametrize(
    ("seeds", "spreads", "scatter", "power", "least"),
    [
        (8, (0.04, 0.04), 0.2, 0.3, 925),
        (3, (0.005, 0.005), 0.2, 0.3, 925),
        (5, (0.04, 0.04), 0.2, 0.15, 925),
        (2, (0.04, 0.04), 0.2, 0.08, 925),
        (2, (0.04, 0.002), 0.05, 0.08, 880),  # one network has nearly all the spread
    ],
)
def test_the_interval_over_seeds_contains_the_truth(seeds, spreads, scatter, power, least):
    """1,000 simulated experiments each with the truths 0.04 and 0: seeds and sources both vary."""
    rng, covered, apart, alarms = np.random.default_rng(5), 0, 0, 0
    for _ in range(1000):
        hard = rng.normal(0, 0.3, (2, 153))
        spread = np.reshape(spreads, (2, 1, 1))
        noise = rng.normal(0, scatter, (2, seeds, 153)) + rng.normal(0, spread, (2, seeds, 1))
        a, b = 0.04 + hard[0] + noise[0], hard[0] + 0.3 * hard[1] + noise[1]
        found, p = compare_seeds(a, b, LABELS)
        assert found.value == pytest.approx(a.mean() - b.mean())
        assert (p < 0.05) == (found.low > 0 or found.high < 0)
        covered += found.low <= 0.04 <= found.high
        apart += found.low > 0
        alarms += compare_seeds(a - 0.04, b, LABELS)[1] < 0.05
    assert least <= covered <= 992
    assert 8 <= alarms <= 1000 - least
    assert apart > 1000 * power


def test_seeds_without_any_spread_have_no_interval():
    right = np.tile(LABELS.astype(float), (2, 1))
    assert compare_seeds(right, right, LABELS) == ((0, 0, 0), 1)


def test_folds_that_share_their_training_sources_reject_as_rarely_as_stated():
    """Gains that correlate by a tenth from fold to fold; a plain t test rejects 15 % of them."""
    rng = np.random.default_rng(0)
    gains = rng.normal(size=(4000, 1)) * 0.1**0.5 + rng.normal(size=(4000, 10)) * 0.9**0.5
    found = [compare_folds(one) for one in gains]
    assert np.mean([p < 0.05 for _, p in found]) == pytest.approx(0.05, abs=0.012)
    assert all((low > 0 or high < 0) == (p < 0.05) for (_, low, high), p in found)
    assert compare_folds(np.zeros(10)) == ((0, 0, 0), 1)


def test_the_interval_over_folds_is_that_of_nadeau_and_bengio():
    """One test source for nine training ones adds a ninth to the tenth of ten folds."""
    gains = np.random.default_rng(1).normal(0.02, 0.05, 10)
    found, p = compare_folds(gains)
    error = np.sqrt(gains.var(ddof=1) * (1 / 10 + 1 / 9))
    assert found == pytest.approx((gains.mean(), *stats.t(9, gains.mean(), error).interval(0.95)))
    assert p == pytest.approx(2 * stats.t.sf(abs(gains.mean()) / error, 9))


def test_what_cannot_be_compared_is_one_line():
    a, b = two_models(np.random.default_rng(6))
    one = summary(a)
    with pytest.raises(RadiogazeError, match="found 153 and 100 sources and 153 labels"):
        compare_pair(one, Summary(one.wrong[:100], one.margin[:100]), LABELS, ONE_SET)
    with pytest.raises(RadiogazeError, match="at least 0 of each class; expected the same"):
        compare_pair(one, one, np.ones(153, int), ONE_SET)
    with pytest.raises(RadiogazeError, match="found 1 and 6, expected two or more"):
        compare_seeds(a[:1], b, LABELS)


def test_holm_by_published_examples():
    """R's ``p.adjust(1:5 / 100, "holm")``, and the example of Wikipedia's article on the method."""
    assert holm([0.01, 0.02, 0.03, 0.04, 0.05]) == pytest.approx([0.05, 0.08, 0.09, 0.09, 0.09])
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.7, 0.8]) == [1, 1]
    assert holm([]) == []
