"""Integrated gradients and occlusion of networks, against sums that are done by hand."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from gaze_tools import five_cutouts, network, small_variant

from radiogaze.attention.attributions import incompleteness, integrated_gradients, occlusion
from radiogaze.attention.extract import attention_network
from radiogaze.attention.gaze import score_maps
from radiogaze.augmentation.transform import to_network_input


@pytest.fixture(scope="module")
def variant():
    return small_variant()


@pytest.fixture(scope="module")
def images():
    return five_cutouts().images[:2]


def margin(model, image, target):
    """The logit of a class minus that of the other, of one image on its own."""
    with torch.no_grad():
        logits = model(to_network_input(torch.from_numpy(image[None])))[0]
    return float(logits[target] - logits[1 - target])


@pytest.mark.parametrize("normalisation", ["range", "softmax"])
def test_integrated_gradients_sum_to_the_change_of_the_margin(variant, images, normalisation):
    """With minimum and maximum of all steps of the integral together they would not."""
    scope = "batch" if normalisation == "range" else None
    model = network(replace(variant, normalisation=normalisation, scope=scope))
    prepared, targets = attention_network(model, "small"), np.array([0, 1])
    maps = integrated_gradients(prepared, images, targets)
    assert not maps[images == 0].any()
    missed = incompleteness(prepared, images, maps, targets)
    for factor in (0.5, 1.5):  # too little and too much
        half = incompleteness(prepared, images, factor * maps, targets)
        assert half == pytest.approx([0.5, 0.5], abs=0.05)
    for image, target, map_, error in zip(images, targets, maps, missed, strict=True):
        change = margin(model, image, target) - margin(model, np.zeros_like(image), target)
        assert map_.sum() == pytest.approx(change, rel=0.05)
        assert error == pytest.approx(abs(map_.sum() / change - 1), abs=1e-3)


def test_occlusion_is_the_mean_fall_of_the_margin_over_windows(variant, images):
    model, targets = network(variant), np.array([1, 0])
    found = occlusion(attention_network(model, "small"), images, targets)
    row, column = 70, 66  # in four windows that begin 3 pixels apart
    falls = []
    for top in (66, 69):
        for left in (63, 66):
            without = images[1].copy()
            without[top : top + 6, left : left + 6] = 0
            falls.append(margin(model, images[1], 0) - margin(model, without, 0))
    assert found[1, row, column] == pytest.approx(np.mean(falls), rel=0.01)
    assert not found[:, :40].any()  # where every window is blank


def test_a_window_with_a_single_lit_pixel_counts(variant):
    model, image = network(variant), np.zeros((1, 150, 150), np.uint8)
    image[0, 75, 75] = 255
    fall = margin(model, image[0], 1) - margin(model, np.zeros_like(image[0]), 1)
    found = occlusion(attention_network(model, "small"), image, np.array([1]))
    assert abs(fall) > 1e-3
    assert found[0, 75, 75] == pytest.approx(fall, rel=0.01)


def test_both_are_scored_where_they_are_asked_for(variant):
    cutouts = replace(five_cutouts())
    table, curves = score_maps(variant, network(variant), cutouts, 0, sources=2, attributed=True)
    new = table[table["map"].isin(["integrated-gradients", "occlusion"])]
    assert len(new) == 2 * 2
    assert new.drop(columns=["stability", "incompleteness"]).notna().all(axis=None)
    assert table["incompleteness"].notna().equals(table["map"] == "integrated-gradients")
    assert {"integrated-gradients", "occlusion"} < set(curves["map"])
