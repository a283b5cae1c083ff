"""What `radiogaze gaze` finds of a network, and how its answer is decided."""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
import torch
from gaze_tools import five_cutouts, network, small_variant

from radiogaze.attention import gaze, null_models, scores
from radiogaze.attention.extract import attention_network
from radiogaze.attention.gaze import best_and_worst, own_maps, score_maps
from radiogaze.attention.gradcam import grad_cam
from radiogaze.attention.resize import to_cutout
from radiogaze.augmentation.transform import to_network_input
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.gaze import (
    DECISIVE,
    EVIDENCE,
    FAILS,
    FALLS,
    HELPS,
    NOT_USED,
    OPEN,
    PASSES,
    STANDS,
    TO_BEAT,
    USED,
    PairedScore,
    answer,
    best_of,
    compare_scores,
    depends,
    read_gaze,
    use_of,
)
from radiogaze.evaluation.resampling import Interval, mean_over_sources
from radiogaze.terms import ATTENTION, NULL_MODELS


@pytest.fixture(scope="module")
def variant():
    return small_variant()


@pytest.fixture(scope="module")
def cutouts():
    return five_cutouts()


@pytest.fixture(scope="module")
def scored(variant, cutouts):
    return score_maps(variant, network(variant), cutouts, seed=0)[0]


def test_every_source_and_map_has_a_row(scored):
    maps = ["attention", "gate1", "gate2", "grad-cam", *NULL_MODELS]
    assert scored["map"].unique().tolist() == maps
    assert scored["position"].tolist() == [0, 1, 2, 3] * len(maps)
    own = scored["map"].isin(maps[:3])
    assert scored["stability"].notna().equals(own)
    others = scored.drop(columns="stability").select_dtypes("number")
    assert others.notna().all(axis=None)
    assert others.drop(columns="position").stack().between(0, 1).all()


def test_brightness_has_all_that_masks_can_give(scored):
    brightness = scored[scored["map"] == "brightness"]
    assert (brightness[["mass", "rank", "pointing"]] == 1).all(axis=None)


def test_deletion_is_by_the_probability_of_the_predicted_class(variant, cutouts, scored):
    """By hand for one source and map: each image through the network on its own."""
    model, image = network(variant), cutouts.images[1]
    order = np.flatnonzero(image)[np.argsort(-image[image > 0].astype(int), kind="stable")]
    probabilities = []
    for step in range(11):
        shown = image.copy()
        cut = image.ravel()[order[: round(len(order) * step / 10)]].min(initial=255)
        shown[image > cut] = 0  # equal values at the cut are left in: a few of the 800 pixels
        inputs = torch.from_numpy(shown)[None, None].float() / 127.5 - 1
        with torch.no_grad():
            probabilities.append(model(inputs).double().softmax(1)[0])
    curve = torch.stack(probabilities)[:, probabilities[0].argmax()].numpy()
    row = scored[(scored["map"] == "brightness") & (scored["position"] == 1)].iloc[0]
    assert row["predicted"] == ("FRI", "FRII")[int(probabilities[0].argmax())]
    assert row["deletion"] == pytest.approx(np.trapezoid(curve, dx=0.1), abs=0.01)


def test_stability_is_the_mean_correlation_with_the_maps_of_quarter_turns(variant, cutouts, scored):
    """By hand for one source: the image is turned, its map turned back."""
    model, image = network(variant), cutouts.images[1]

    def first_gate(shown):
        inputs = torch.from_numpy(shown.copy())[None, None].float() / 127.5 - 1
        with torch.no_grad():
            maps = model.attention_maps(inputs)[0]
        return to_cutout(maps, model.view, "plain")[0].numpy()

    turned = [np.rot90(first_gate(np.rot90(image, n)), -n).ravel() for n in range(4)]
    expected = [np.corrcoef(turned[0], back)[0, 1] for back in turned[1:]]
    row = scored[(scored["map"] == "gate1") & (scored["position"] == 1)].iloc[0]
    assert row["stability"] == pytest.approx(np.mean(expected), abs=1e-3)


def test_every_map_is_the_one_it_is_called(variant, cutouts, scored):
    model, images = network(variant), cutouts.images[:4]
    inputs = to_network_input(torch.from_numpy(images))
    predicted = torch.cat([model(one) for one in inputs.split(1)]).argmax(1)
    first = attention_network(null_models.untrained(variant, 0), "untrained")
    by_hand = {
        "grad-cam": grad_cam(model, inputs)[range(4), predicted].numpy(),
        "blurred-brightness": null_models.blurred(images),
        "untrained": own_maps(first, images, "untrained")[0][ATTENTION],
    }
    for name, maps in by_hand.items():
        mass = scored.loc[scored["map"] == name, "mass"].to_numpy()
        assert mass == pytest.approx(scores.relevance_mass(maps, images > 0), rel=1e-3)


def test_each_score_is_within_its_own_mask():
    """A ramp from its corner and a fainter island; the map is high far from the ramp's peak."""
    image, map_ = np.zeros((1, 30, 30), np.uint8), np.zeros((1, 30, 30))
    image[0, 5:15, 5:15] = np.arange(100, 0, -1).reshape(10, 10)
    image[0, 20:24, 20:24] = 100
    map_[0, 14, 14], map_[0, 21, 21] = 1, 0.5
    found = gaze._in_masks(image, map_)
    assert found["mass"] == 1
    assert found["island_mass"] == pytest.approx(2 / 3)
    assert found["pointing"] == 0


def test_fewer_sources_are_spread_over_the_test_file(variant, cutouts):
    found, _ = score_maps(variant, network(variant), cutouts, seed=0, sources=2)
    assert found["position"].unique().tolist() == [0, 3]
    with pytest.raises(RadiogazeError, match="sources to score: found 1, expected two or more"):
        score_maps(variant, network(variant), cutouts, seed=0, sources=1)
    plain = replace(variant, gates=0)
    with pytest.raises(RadiogazeError, match="no attention gates"):
        score_maps(plain, network(plain), cutouts, seed=0)


def test_components_add_their_scores_and_change_no_other(variant, cutouts, scored):
    rows = [{"name": f"source{n}", "ra": 1.0, "dec": 1.0} for n in range(4)]
    fitted = pd.DataFrame(rows).assign(major=40.0, minor=40.0, angle=0.0)
    found, _ = score_maps(variant, network(variant), cutouts, seed=0, components=fitted)
    added = ["components_mass", "components_rank", "components_pointing"]
    assert found.columns.tolist() == [*scored.columns, *added]
    pd.testing.assert_frame_equal(found[scored.columns], scored)
    image = cutouts.images[2].astype(float)
    near = np.hypot(*(np.indices(image.shape) - 74.5)) * 1.8 <= 20
    brightness = found[(found["map"] == "brightness") & (found["position"] == 2)].iloc[0]
    assert brightness["components_mass"] == pytest.approx(image[near].sum() / image.sum())
    with pytest.raises(RadiogazeError, match="components of source3: expected one or more"):
        score_maps(variant, network(variant), cutouts, seed=0, components=fitted[:3])


def test_a_score_that_is_not_defined_does_not_count():
    labels = np.repeat([0, 1], 10)
    values = np.where(np.arange(20) % 5 == 0, np.nan, 0.25)
    assert mean_over_sources(values, labels) == (0.25, 0.25, 0.25)
    with pytest.raises(RadiogazeError, match="interval: found a group of 1, expected two"):
        mean_over_sources(np.where(np.arange(20) > 11, np.nan, values), labels)


def test_a_shift_that_all_sources_share_is_sure_though_the_sources_differ():
    random = np.random.default_rng(0)
    labels, hard = np.repeat([0, 1], 40), random.random(80)
    (value, low, high), p = compare_scores(hard + 0.1 + random.normal(0, 0.02, 80), hard, labels)
    assert 0.09 < low < value < high < 0.11
    assert p < 1e-10
    assert compare_scores(hard, hard, labels).p == 1


BETTER, WORSE = PairedScore(Interval(0.1, 0.05, 0.15), 0.01), PairedScore((-0.1, -0.2, -0.05), 0.01)
ALIKE = PairedScore(Interval(0.01, -0.01, 0.02), 0.6)
UNSURE = PairedScore(Interval(0.05, -0.02, 0.12), 0.2)


def compared(*insertions, deletions=None):
    """Deletion and insertion against both null models; deletion's sign is turned round."""
    found = {}
    for score, values in (("deletion", deletions or insertions), ("insertion", insertions)):
        for null, (interval, p) in zip(TO_BEAT, values, strict=True):
            value, low, high = interval
            turned = Interval(-value, -high, -low) if score == "deletion" else interval
            found[score, null] = PairedScore(Interval(*turned), p)
    return found


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((BETTER, BETTER), STANDS),
        ((BETTER, ALIKE), OPEN),
        ((BETTER, UNSURE), OPEN),
        ((UNSURE, UNSURE), OPEN),
        ((ALIKE, ALIKE), FALLS),
        ((BETTER, WORSE), FALLS),
        ((BETTER, BETTER._replace(p=0.06)), OPEN),
        ((BETTER, PairedScore(Interval(0.02, 0.01, 0.025), 1e-9)), OPEN),
    ],
)
def test_the_rule(values, expected):
    assert answer(compared(*values)) == expected


def test_the_rule_reads_every_decisive_score():
    for score, null in product(DECISIVE, TO_BEAT):
        found = compared(BETTER, BETTER)
        found[score, null] = ALIKE
        assert answer(found) == OPEN
    assert answer(compared(BETTER, BETTER, deletions=(WORSE, BETTER))) == FALLS


def test_on_synthetic_sources_more_is_better_in_both_scores():
    assert answer({(s, null): BETTER for s in EVIDENCE for null in TO_BEAT}, EVIDENCE) == STANDS


@pytest.mark.parametrize(
    ("flips", "accuracy", "expected"),
    [
        (Interval(0.2, 0.1, 0.3), WORSE, HELPS),
        (Interval(0.2, 0.1, 0.3), ALIKE, USED),
        (Interval(0.2, 0.1, 0.3), BETTER, USED),  # the class depends on it, to its harm
        (Interval(0.01, 0.0, 0.02), ALIKE, NOT_USED),
        (Interval(0.04, 0.02, 0.06), WORSE, OPEN),
    ],
)
def test_what_is_replaced_is_used_where_classes_flip(flips, accuracy, expected):
    assert use_of(flips, accuracy) == expected


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ((-0.29, 0.29), PASSES),
        ((0.31, 0.5), FAILS),
        ((-0.5, -0.31), FAILS),
        ((0.2, 0.4), OPEN),
    ],
)
def test_a_map_depends_on_the_weights_where_it_is_unlike_without_them(ends, expected):
    low, high = ends
    assert depends(Interval((low + high) / 2, low, high)) == expected


def test_a_network_is_the_best_where_it_is_above_every_other():
    assert best_of({"a": BETTER, "b": BETTER}) == STANDS
    assert best_of({"a": BETTER, "b": ALIKE}) == OPEN
    assert best_of({"a": BETTER, "b": WORSE}) == FALLS
    assert best_of({}) == OPEN


def test_the_best_and_the_worst_maps_are_by_both_curves():
    rows = [
        {"position": 10 + n, "map": map_, "deletion": 0.5 - by, "insertion": 0.5}
        for n in range(5)
        for map_, by in (("attention", 0.1 * n), ("brightness", 0.2))
    ]
    found = best_and_worst(pd.DataFrame(rows))  # of five sources two each, none twice
    assert found == {14: "+0.20", 13: "+0.10", 11: "-0.10", 10: "-0.20"}


def test_the_curves_are_the_means_whose_areas_are_the_scores(variant, cutouts):
    table, curves = score_maps(variant, network(variant), cutouts, seed=0)
    own = curves[curves["map"] == "gate1"]
    assert own["fraction"].tolist() == pytest.approx(np.linspace(0, 1, 11))
    for score in DECISIVE:
        area = np.trapezoid(own[score], own["fraction"])
        assert area == pytest.approx(table[table["map"] == "gate1"][score].mean())
    assert own["deletion"].iloc[0] == own["insertion"].iloc[-1]  # the whole source


def test_what_is_no_table_of_scores_is_one_line(tmp_path):
    path = tmp_path / "gaze.csv"
    row = {"position": 0, "map": "attention", "class": "FRI", "deletion": 0.5}
    for rows, fault in (
        ([row, row], "a source and map twice"),
        ([{**row, "class": "FRX"}], "expected the columns"),
        ([{"position": 0}], "expected the columns position, map, class, deletion"),
    ):
        pd.DataFrame(rows).to_csv(path, index=False)
        with pytest.raises(RadiogazeError, match=fault) as caught:
            read_gaze(path, ("deletion",))
        assert "make it again with radiogaze gaze" in str(caught.value)
    with pytest.raises(RadiogazeError, match="no such file"):
        read_gaze(tmp_path / "none.csv", ("deletion",))
