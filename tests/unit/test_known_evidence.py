"""Synthetic sources of known evidence: what a perfect map, an inverted one and the nulls have."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch
from scipy import ndimage

from radiogaze.attention import null_models, scores
from radiogaze.attention.evidence import score_on_evidence
from radiogaze.campaigns.variants import load_sheet
from radiogaze.data import known_evidence
from radiogaze.data.known_evidence import draw_known
from radiogaze.data.morphology import Shape, evidence_of, galaxy
from radiogaze.data.preprocess import FIELD
from radiogaze.models.registry import build
from radiogaze.terms import CLASSES, NULL_MODELS


@pytest.fixture(scope="module")
def known():
    return draw_known(25, seed=4)


def test_a_perfect_map_has_one_an_inverted_one_zero_and_the_nulls_are_between(known):
    perfect = known.evidence.astype(float)
    away = np.stack([ndimage.distance_transform_edt(~mask) for mask in known.evidence])
    away[away > 20] = 0  # so that it has no mass in the evidence, and its highest is not there
    nulls = [
        known.images.astype(float),
        null_models.blurred(known.images),
        null_models.centred_gaussian(perfect),
        null_models.of_another_source(perfect, 0),
        null_models.phase_randomised(perfect, 0),
    ]
    for score in (scores.relevance_rank, scores.relevance_mass, scores.pointing):
        assert score(perfect, known.evidence) == pytest.approx(1)
        assert score(away, known.evidence) == pytest.approx(0)
        means = [score(null, known.evidence).mean() for null in nulls]
        assert all(0 <= mean < 1 for mean in means), (score.__name__, means)


def test_the_evidence_is_central_in_fri_and_at_the_ends_in_frii(known):
    rows, columns = np.indices((150, 150)) - 74.5
    radius = np.hypot(rows, columns)
    assert known.evidence.any((1, 2)).all()
    assert (known.images[known.evidence] > 0).all()
    of = [radius[known.evidence[known.labels == label].any(0)].mean() for label in (0, 1)]
    assert of[1] > of[0]
    for label in (0, 1):  # the brightest that a source has
        own = known.labels == label
        rest = (known.images > 0) & ~known.evidence & ~known.distractors
        inside, outside = (known.images[own][mask[own]].mean() for mask in (known.evidence, rest))
        assert inside > 3 * outside
    # in both lobes of an FRII
    assert all(ndimage.label(mask)[1] > 1 for mask in known.evidence[known.labels == 1])


def test_the_masks_lie_on_the_image_to_the_pixel(known):
    for masks in (known.evidence, known.distractors):
        moved = {by: np.roll(masks, by, (1, 2)) for by in product((-1, 0, 1), repeat=2)}
        assert max(moved, key=lambda by: known.images[moved[by]].mean()) == (0, 0)


def test_the_distractor_is_the_brightest_and_no_part_of_the_source(known):
    assert (known.evidence & known.distractors).sum() == 0
    for image, mask in zip(known.images, known.distractors, strict=True):
        assert image[mask].max() == 255
    # so that brightness points to it, always
    assert scores.pointing(known.images.astype(float), known.evidence).max() == 0


def test_the_distractor_is_30_to_60_pixels_away_and_10_from_what_is_seen_of_the_source():
    """Of one that reaches across the field, from left to right."""
    source = np.zeros((FIELD, FIELD))
    source[FIELD // 2] = 1
    drawn = [known_evidence._distractor(np.random.default_rng(n), source, 2.0) for n in range(20)]
    x, y, flux, _ = np.concatenate(drawn).T
    assert ((np.hypot(x, y) >= 30) & (np.hypot(x, y) <= 60)).all()
    assert np.abs(y - 0.5).min() >= 10
    assert np.abs(x).min() < 10
    assert (flux == 2).all()


def test_the_class_shows_in_core_and_inner_jets_or_in_the_hot_spots():
    rng = np.random.default_rng(0)
    fri, frii = (Shape((name, name), "standard", 1.0, 20.0) for name in CLASSES)
    blobs = galaxy(rng, fri)
    core, *jets = evidence_of(fri, blobs)
    assert np.array_equal(core, blobs[:1])
    assert np.array_equal(jets, [arm[:16] for arm in np.split(blobs[1:], 2)])
    blobs = galaxy(rng, frii)
    assert np.array_equal(evidence_of(frii, blobs), [arm[-2:] for arm in np.split(blobs[1:], 2)])


def test_a_source_depends_on_seed_and_index_alone(known):
    again = draw_known(25, seed=4)
    assert (again.images == known.images).all()
    assert (draw_known(25, seed=5).images[0] != known.images[0]).any()


def test_every_map_of_a_network_is_scored_on_them(root):
    row = load_sheet(root / "experiments/gating.tsv")["mirabest-range-ft-3g"]
    variant = replace(row, gates=2, size=56)
    torch.manual_seed(3)
    found = score_on_evidence(variant, build(variant).eval(), seed=4, sources=8)
    assert found["map"].unique().tolist() == [
        *("attention", "gate1", "gate2", "grad-cam"),
        *NULL_MODELS,
    ]
    brightness = found[found["map"] == "brightness"]
    assert brightness["class"].tolist() == ["FRI"] * 4 + ["FRII"] * 4
    assert (brightness["pointing"] == 0).all()
    assert (brightness["right"] == (brightness["class"] == brightness["predicted"])).all()
    drawn = draw_known(4, seed=4)
    for column, score, masks in (
        ("rank", scores.relevance_rank, drawn.evidence),
        ("mass", scores.relevance_mass, drawn.evidence),
        ("distractor_mass", scores.relevance_mass, drawn.distractors),
    ):
        by_hand = score(drawn.images.astype(float), masks)
        assert brightness[column].to_numpy() == pytest.approx(by_hand)
