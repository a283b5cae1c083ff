"""Shape measures, and what can be told from them."""

import numpy as np
import pytest

from radiogaze.data.splits import use_fold
from radiogaze.data.subsets import SUBSETS
from radiogaze.evaluation.shapes import (
    Shape,
    by_rule,
    isolate,
    make_regression,
    measure_shape,
    measure_shapes,
    within,
)


def blank(*blobs):
    image = np.zeros((150, 150), np.uint8)
    for row, column, half, value in blobs:
        image[row - half : row + half + 1, column - half : column + half + 1] = value
    return image


LOBES = blank((75, 35, 4, 200), (75, 115, 4, 200), (75, 75, 40, 10))
CORE = blank((75, 75, 40, 10), (75, 75, 4, 200))


def test_the_rule_calls_bright_ends_frii_and_a_bright_core_fri():
    assert by_rule(measure_shapes(np.stack([LOBES, CORE]))).tolist() == [1, 0]


def test_measures_of_a_known_source():
    shape = measure_shape(blank((75, 30, 0, 100), (75, 120, 0, 50)))
    assert shape.extent == 90
    assert shape.islands == shape.peaks == 2
    assert shape.fr_ratio == pytest.approx(1)
    assert shape.peak_asymmetry == pytest.approx(1 / 3)
    assert shape.core == 0
    assert shape.axis_ratio == pytest.approx(0)


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_a_quarter_turn_changes_no_measure(turn):
    turned = measure_shape(np.rot90(LOBES, turn).copy())
    # the centre of 150 pixels is between two of them: what was at a pixel is beside it
    assert np.allclose(turned, measure_shape(LOBES), rtol=0.05, atol=0.05)


def test_a_blank_and_a_one_pixel_cutout_have_finite_measures():
    for image in (blank(), blank((75, 75, 0, 9))):
        assert np.isfinite(measure_shape(image)).all()


def test_what_is_faint_or_far_is_no_part_of_the_source():
    source = blank((75, 60, 3, 200), (75, 90, 3, 100))
    crowded = source + blank((75, 130, 3, 200), (30, 75, 0, 40))  # a neighbour, a noise peak
    assert np.array_equal(isolate(crowded), source)
    assert np.array_equal(within(crowded, 40), source)
    assert np.array_equal(within(crowded, np.nan), crowded)


def test_a_regression_on_shapes_beats_the_rule_on_real_sources(mirabest):
    cutouts = use_fold(mirabest, 0)
    labels = SUBSETS["mirabest"].binary_labels(cutouts.catalogue)
    split = cutouts.catalogue["split"].to_numpy()
    train, test = split == "train", split == "test"
    shapes = measure_shapes(cutouts.images)
    assert shapes.shape[1] == len(Shape._fields)
    regression = make_regression().fit(shapes[train], labels[train])
    right = regression.predict(shapes[test]) == labels[test]
    by_ratio = by_rule(shapes[test]) == labels[test]
    majority = max(np.mean(labels[test]), 1 - np.mean(labels[test]))
    assert right.mean() > by_ratio.mean() > majority
