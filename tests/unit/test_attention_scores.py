"""Scores of attention maps, with answers by hand on small maps."""

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from radiogaze.attention import null_models, scores

# A source whose evidence is known: two hot spots of 2 x 2 pixels in lobes, and a neighbour.
EVIDENCE = np.zeros((1, 30, 30), bool)
EVIDENCE[0, 14:16, 6:8] = EVIDENCE[0, 14:16, 22:24] = True
IMAGE = np.zeros((1, 30, 30), np.uint8)
IMAGE[0, 12:18, 4:12] = IMAGE[0, 12:18, 18:26] = 40
IMAGE[EVIDENCE] = 200
IMAGE[0, 2:5, 2:5] = 255  # the neighbour, brighter than all of the source
PERFECT = 3.0 * EVIDENCE - 1
AWAY = distance_transform_edt(~EVIDENCE)  # highest far from the evidence
INVERTED = [
    (scores.relevance_mass, -PERFECT),
    (scores.relevance_rank, -PERFECT),
    (scores.pointing, AWAY),
]


@pytest.mark.parametrize(("score", "inverted"), INVERTED)
def test_on_known_evidence_a_perfect_map_has_one_an_inverted_one_none_and_nulls_are_between(
    score, inverted
):
    assert score(PERFECT, EVIDENCE) == [1]
    assert score(inverted, EVIDENCE) == [0]
    nulls = [
        null_models.blurred(IMAGE),
        null_models.phase_randomised(PERFECT, 0),
        null_models.centred_gaussian(PERFECT),
    ]
    found = np.array([score(null, EVIDENCE)[0] for null in nulls])
    assert (found < 1).all()
    assert (found >= 0).all()


def test_mass_is_a_fraction_above_the_minimum():
    maps = np.array([[[-1.0, 0], [2, 1]], [[5.0, 5], [5, 5]]])
    mask = np.array([[[False, False], [True, False]]] * 2)
    assert scores.relevance_mass(maps, mask) == pytest.approx([3 / 6, 1 / 4])


def test_rank_counts_as_many_pixels_as_the_mask_has():
    maps = np.array([[[4.0, 3], [2, 1]]])
    assert scores.relevance_rank(maps, np.array([[[True, False], [True, False]]])) == [0.5]
    assert np.isnan(scores.relevance_rank(maps, np.zeros((1, 2, 2), bool)))


def test_ties_are_ranked_the_same_way_and_not_in_the_order_of_the_pixels():
    maps = np.zeros((2, 10, 10))
    maps[1, 0, 0] = 1
    first, second = scores.ranks(maps)
    assert sorted(first.ravel()) == list(range(100))
    assert second[0, 0] == 0
    assert not (np.diff(first.ravel()) > 0).all()
    assert (np.delete(first, 0).argsort() == np.delete(second, 0).argsort()).all()


def test_pointing_tolerates_a_beam_and_averages_over_equal_maxima():
    target = np.zeros((4, 21, 21), bool)
    target[:3, 10, 10] = True
    maps = np.zeros((4, 21, 21))
    maps[0, 13, 10] = 1  # 3 pixels off
    maps[1, 13, 12] = 1  # 3.6 pixels off
    maps[2, 10, [10, 20]] = 1  # one of two maxima
    assert scores.pointing(maps, target) == pytest.approx([1, 0, 0.5, np.nan], nan_ok=True)


def test_entropy_is_none_for_a_point_and_one_for_a_constant():
    maps = np.zeros((3, 4, 4))
    maps[0, 1, 1] = 7
    maps[2, 0, :2] = 1
    assert scores.entropy(maps) == pytest.approx([0, 1, 1 / 4])


def test_correlation_is_defined_for_constant_maps():
    ramp = np.arange(9.0).reshape(1, 3, 3)
    flat = np.full((1, 3, 3), 0.1, np.float32)
    pairs = [(ramp, 2 * ramp + 1), (ramp, -ramp), (ramp, flat), (flat, flat)]
    assert [scores.correlation(a, b)[0] for a, b in pairs] == pytest.approx([1, -1, 0, 1])


def test_the_brightest_island_is_connected_across_corners():
    image = np.zeros((2, 6, 6), np.uint8)
    image[0, 0, 0] = image[0, 1, 1] = 100
    image[0, 4, 4] = 150
    assert np.argwhere(scores.brightest_island(image)).tolist() == [[0, 0, 0], [0, 1, 1]]
    image[0, 4, 4] = 250  # brighter than both of the larger one
    assert np.argwhere(scores.brightest_island(image)).tolist() == [[0, 4, 4]]


def test_peaks_are_the_highest_within_a_beam():
    image = np.zeros((1, 20, 20), np.uint8)
    image[0, 10, 10], image[0, 10, 13], image[0, 10, 17] = 200, 100, 50
    assert np.argwhere(scores.peaks(image))[:, 1:].tolist() == [[10, 10], [10, 17]]


def test_deletion_takes_the_highest_of_the_source_first_and_insertion_puts_it_in_first():
    image = np.array([[[0, 10, 20], [0, 30, 40]]], np.uint8)
    map_ = np.array([[[9.0, 1, 4], [9, 3, 2]]])  # highest off the source: no pixel to change
    without, only = zip(*scores.deletion_and_insertion(image, map_, 4), strict=True)
    assert [sorted(x[x > 0].tolist()) for x in only] == [[20], [20, 30], [20, 30, 40]]
    assert all((a + b == image).all() for a, b in zip(without, only, strict=True))


def test_the_area_of_a_line_and_of_a_step():
    curves = np.array([[0.0, 1], [0.5, 1], [1, 0]])
    assert scores.area(curves) == pytest.approx([0.5, 0.75])


def test_the_gaussian_is_as_wide_as_what_it_replaces():
    rows, columns = np.indices((151, 151)) - 75
    narrow = np.exp(-(rows**2 + columns**2) / 2 / 8**2)[None]
    assert null_models.centred_gaussian(narrow) == pytest.approx(narrow, abs=1e-6)
    # of sources of other strength and place: as wide as their mean
    apart = np.zeros((2, 151, 151))
    apart[0, 75, 75 - 10], apart[1, 75, 75 + 10] = 1, 5
    found = null_models.centred_gaussian(apart)[0]
    assert found[75, 75 + 10] == pytest.approx(np.exp(-1))  # 10 along one axis: 10 / sqrt(2) each


def test_the_random_map_has_the_power_spectrum_of_the_map_and_not_its_place():
    maps = np.random.default_rng(0).random((2, 30, 30)).cumsum(1) - 3
    found = null_models.phase_randomised(maps, 1)
    spectra = [np.abs(np.fft.fft2(values)) for values in (maps, found)]
    assert spectra[1] == pytest.approx(spectra[0], rel=1e-6)
    assert found.mean() == pytest.approx(maps.mean())
    assert (abs(scores.correlation(maps, found)) < 0.9).all()


@pytest.mark.parametrize("count", [2, 3, 20])
def test_no_source_keeps_its_own_map(count):
    maps = np.arange(count)[:, None, None] * np.ones((1, 2, 2))
    found = null_models.of_another_source(maps, 3)[:, 0, 0]
    assert sorted(found) == list(range(count))
    assert (found != np.arange(count)).all()


def test_the_blur_is_the_beam_of_first():
    image = np.zeros((1, 41, 41), np.uint8)
    image[0, 20, 20] = 255
    found = null_models.blurred(image)[0]
    assert found[20, 20 + 3] / found[20, 20] == pytest.approx(1 / 16, rel=0.02)  # FWHM 3 pixels
    assert found.sum() == pytest.approx(255, rel=1e-3)
    edge = np.zeros((1, 41, 41), np.uint8)
    edge[0, 0, 20] = 255  # beyond the image is blank sky
    assert null_models.blurred(edge)[0, 0] == pytest.approx(found[20], rel=1e-5)
