"""Uncertainty measures, shifted images and pruning."""

import itertools

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from radiogaze.data.shifts import SHIFTS, shift
from radiogaze.evaluation import uncertainty
from radiogaze.models import build
from radiogaze.models.posterior import attach_posterior, posterior_of
from radiogaze.models.pruning import MAGNITUDE, SIGNAL_TO_NOISE, prune
from training_tools import few_cutouts, small_job


def test_the_area_under_the_risk_curve_is_that_of_every_order_of_ties():
    doubts = np.array([0.1, 0.3, 0.3, 0.3, 0.6])
    errors = np.array([0.0, 1.0, 0.0, 0.0, 1.0])
    areas = []
    for middle in itertools.permutations((1, 2, 3)):
        order = [0, *middle, 4]
        risks = [errors[order[:kept]].mean() for kept in range(1, 6)]
        areas.append(np.mean(risks))
    assert uncertainty.area_under_risk(doubts, errors) == pytest.approx(np.mean(areas))
    assert uncertainty.risk_curve(doubts, errors)[-1] == pytest.approx(errors.mean())


def test_passes_that_disagree_have_mutual_information_and_passes_that_agree_have_none():
    p = np.array([[0.0, 0.5, 0.01], [1.0, 0.5, 0.01]])
    found = uncertainty.measure_uncertainty(p)
    assert found.entropy[:2] == pytest.approx([np.log(2)] * 2)
    assert found.mutual_information == pytest.approx([np.log(2), 0, 0], abs=1e-12)
    assert found.spread == pytest.approx([0.5, 0, 0])


def test_the_auroc_is_that_of_scikit_learn_and_its_interval_knows_the_numbers():
    rng = np.random.default_rng(0)
    high, low = rng.integers(2, 9, (1, 30)).astype(float), rng.integers(0, 7, (1, 50)).astype(float)
    truth = np.repeat([1, 0], [30, 50])
    found = uncertainty.rank_above(high, low)
    expected = roc_auc_score(truth, np.concatenate([high[0], low[0]]))
    assert found.value == pytest.approx(expected)
    few = uncertainty.rank_above(high[:, :8], low[:, :10])
    assert few.high - few.low > 1.5 * (found.high - found.low)


def test_a_permutation_test_sees_a_paired_difference():
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 2
    theirs = rng.random(60) * 10
    difference, p = uncertainty.compare_means(theirs + 0.1 + rng.random(60) / 10, theirs, labels)
    assert p < 0.001
    assert 0.1 < difference.low < difference.value < difference.high < 0.2
    assert uncertainty.compare_means(theirs, theirs, labels)[1] == 1
    assert uncertainty.compare_means(rng.random(60), rng.random(60), labels)[1] > 0.01
    # differences that cancel, but for the order of their sum
    thirds = np.tile([1 / 3, -1 / 3, 2 / 3, -2 / 3], 15)
    assert uncertainty.compare_means(thirds + theirs, theirs, labels)[1] == 1


@pytest.fixture(scope="module")
def images():
    return few_cutouts(60).images


def test_shifts_do_what_their_names_say(images):
    lit = (images > 0).sum()
    found = {name: shift(images, name, 0) for name in SHIFTS}
    for name, shifted in found.items():
        assert (shifted.dtype, shifted.shape) == (np.uint8, images.shape)
        assert np.array_equal(shifted, shift(images, name, 0))
    assert (found["half-size"] > 0).sum() == pytest.approx(lit / 4, rel=0.3)
    assert (found["double-size"] > 0).sum() == pytest.approx(lit * 4, rel=0.3)
    assert found["source-removed"].max() == 0  # these sources are all near the centre
    for own, other in zip(images, found["pixels-shuffled"], strict=True):
        assert np.array_equal(np.sort(own, axis=None), np.sort(other, axis=None))
    scatter = [found[name][images == 0].astype(float) for name in ("noise-5", "noise-20")]
    assert scatter[1].std() == pytest.approx(4 * scatter[0].std(), rel=0.1)
    areas = (found["blobs"] > 0).sum((1, 2))
    assert (found["blobs"].max((1, 2)) > 150).all()
    assert areas.max() > 4 * areas.min()


def test_pruning_takes_the_weights_of_lowest_rank():
    torch.manual_seed(0)
    network = build(small_job().variant)
    weights = {n: p for n, p in network.named_parameters() if p.ndim > 1}
    flat = torch.cat([w.detach().flatten() for w in weights.values()])
    half = {name: torch.full_like(w, -3.0) for name, w in weights.items()}
    first = next(iter(weights))
    half[first] += 20  # no signal in all this noise
    attach_posterior(network, {name: value.detach() for name, value in half.items()})
    by_size = prune(network, MAGNITUDE, 0.3)
    left = torch.cat([p.detach().flatten() for p in by_size.parameters() if p.ndim > 1])
    limit = flat.abs().quantile(0.3)
    assert torch.equal(left != 0, flat.abs() > limit)
    fraction = weights[first].numel() / len(flat)
    copy = prune(network, SIGNAL_TO_NOISE, fraction)
    pruned = dict(copy.named_parameters())
    assert not pruned[first].any()
    left = {name: log_sd.exp() for name, log_sd in posterior_of(copy).items()}
    assert not left[first].any()  # no draw of the weights brings them back
    assert all(bool((left[n] == half[n].exp()).all()) for n in half if n != first)
    assert all(bool((pruned[n] == w).all()) for n, w in weights.items() if n != first)
