"""Scores of attention maps, compared with independent implementations of the same definitions.

Where Quantus differs, the inputs avoid it: its mass is not above the map's minimum, its pointing
game has no tolerance, and its pixel flipping also changes blank pixels and has no insertion.
"""

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.ndimage import binary_dilation
from sklearn.metrics import auc
from torch import nn

from radiogaze.attention import scores

COUNT, SIDE, STEPS = 6, 12, 8
RANDOM = np.random.default_rng(4)
MAPS = RANDOM.permuted(np.tile(np.arange(SIDE**2), (COUNT, 1)), axis=1).reshape(-1, SIDE, SIDE) / 7
MASKS = RANDOM.random(MAPS.shape) < 0.2


@pytest.fixture
def quantus():
    return pytest.importorskip("quantus", exc_type=ImportError)


def test_mass_and_rank_are_those_of_quantus(quantus):
    batch = {"a_batch": MAPS.copy(), "s_batch": MASKS}
    silent = {"disable_warnings": True}
    mass = quantus.RelevanceMassAccuracy(**silent).evaluate_batch(**batch)
    rank = quantus.RelevanceRankAccuracy(**silent).evaluate_batch(**batch)
    assert scores.relevance_mass(MAPS - 3, MASKS) == pytest.approx(mass)  # minimum 0 in MAPS
    assert scores.relevance_rank(MAPS, MASKS) == pytest.approx(rank)


def test_pointing_is_that_of_quantus_in_the_mask_widened_by_the_beam(quantus):
    targets = RANDOM.random((200, 24, 24)) < 0.02
    maps = RANDOM.random(targets.shape)
    rows, columns = np.indices((7, 7)) - 3
    beam = (rows**2 + columns**2 <= 9)[None]
    game = quantus.PointingGame(disable_warnings=True)
    hits = game.evaluate_batch(a_batch=maps, s_batch=binary_dilation(targets, beam))
    assert 0.2 < np.mean(hits) < 0.8
    assert scores.pointing(maps, targets).tolist() == np.asarray(hits, float).tolist()


def test_entropy_is_that_of_quantus_and_scipy_over_a_constant_map(quantus):
    complexity = quantus.Complexity(disable_warnings=True)
    found = complexity.evaluate_batch(x_batch=MAPS, a_batch=MAPS.copy())
    assert scores.entropy(MAPS) * np.log(SIDE**2) == pytest.approx(np.asarray(found))
    assert scores.entropy(MAPS) * np.log(SIDE**2) == pytest.approx(
        stats.entropy(MAPS.reshape(COUNT, -1), axis=1)
    )


def test_correlation_is_that_of_scipy():
    other = MAPS[::-1] ** 2
    found = [stats.pearsonr(a.ravel(), b.ravel())[0] for a, b in zip(MAPS, other, strict=True)]
    assert scores.correlation(MAPS, other) == pytest.approx(found)


def test_deletion_and_insertion_are_the_pixel_flipping_of_quantus(quantus):
    """Insertion is the flipping of the lowest pixels first, read from its end."""
    images = np.zeros(MAPS.shape, np.uint8)
    images[:, 2:10, 2:10] = RANDOM.integers(1, 256, (COUNT, 8, 8))
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(SIDE**2, 2)).eval()
    classes = np.arange(COUNT) % 2

    def probability(shown):
        with torch.no_grad():
            logits = network(torch.from_numpy(shown[:, None] / np.float32(255)))
        return logits.softmax(1).numpy()[np.arange(COUNT), classes]

    def flipped(maps):
        per_step = (images[0] > 0).sum() // STEPS
        flipping = quantus.PixelFlipping(
            features_in_step=int(per_step), normalise=False, disable_warnings=True
        )
        found = flipping(
            network,
            images[:, None] / np.float32(255),
            classes,
            a_batch=np.where(images > 0, maps, maps.min() - 1)[:, None],
            softmax=True,
        )
        return np.array(found).T[:STEPS]  # from the first step to blank

    whole, blank = probability(images), probability(np.zeros_like(images))
    between = scores.deletion_and_insertion(images, MAPS, STEPS)
    steps = [(probability(without), probability(only)) for without, only in between]
    deleted, inserted = map(np.array, zip(*steps, strict=True))
    assert np.ptp(deleted, axis=0).min() > 0.01
    assert np.r_[deleted, [blank]] == pytest.approx(flipped(MAPS), abs=1e-6)
    assert np.r_[[blank], inserted][::-1] == pytest.approx(flipped(-MAPS), abs=1e-6)
    curve = np.r_[[whole], deleted, [blank]]
    areas = [auc(np.linspace(0, 1, STEPS + 1), one) for one in curve.T]
    assert scores.area(curve) == pytest.approx(areas)
