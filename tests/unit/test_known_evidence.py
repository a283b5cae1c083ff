"""Synthetic sources of known evidence: what a perfect map, an inverted one and the nulls have."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.ndimage import distance_transform_edt

from radiogaze.attention import null_models, scores
from radiogaze.attention.evidence import score_on_evidence
from radiogaze.campaigns.variants import load_sheet
from radiogaze.data.known_evidence import draw_known
from radiogaze.models.registry import build
from radiogaze.terms import NULL_MODELS


@pytest.fixture(scope="module")
def known():
    return draw_known(25, seed=4)


def test_a_perfect_map_has_one_an_inverted_one_zero_and_the_nulls_are_between(known):
    perfect = known.evidence.astype(float)
    away = np.stack([distance_transform_edt(~mask) for mask in known.evidence])
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


def test_the_distractor_is_the_brightest_and_no_part_of_the_source(known):
    assert (known.evidence & known.distractors).sum() == 0
    for image, mask in zip(known.images, known.distractors, strict=True):
        assert image[mask].max() == 255
    # so that brightness points to it, always
    assert scores.pointing(known.images.astype(float), known.evidence).max() == 0


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
    images = draw_known(4, seed=4)
    by_hand = scores.relevance_mass(images.images.astype(float), images.distractors)
    assert brightness["distractor_mass"].to_numpy() == pytest.approx(by_hand)
