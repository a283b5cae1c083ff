"""Maps of networks whose weights are re-initialised, against networks put together by hand."""

import numpy as np
import pytest
import torch
from gaze_tools import five_cutouts, network, small_variant
from scipy.stats import spearmanr

from radiogaze.attention import randomisation
from radiogaze.attention.null_models import untrained
from radiogaze.attention.resize import to_cutout
from radiogaze.augmentation.transform import to_network_input
from radiogaze.terms import CASCADING, INDEPENDENT, RANDOMISED


@pytest.fixture(scope="module")
def variant():
    return small_variant()


@pytest.fixture(scope="module")
def cutouts():
    return five_cutouts()


def attention_of(model, image):
    with torch.no_grad():
        maps = model.attention_maps(to_network_input(torch.from_numpy(image[None])))
    return np.mean([to_cutout(gate, model.view, "plain")[0].numpy() for gate in maps], 0)


def test_each_part_is_drawn_anew_alone_or_with_all_above_it(variant, cutouts, monkeypatch):
    monkeypatch.setattr(randomisation, "DRAWS", 1)
    found = randomisation.randomise(variant, network(variant), cutouts, seed=5)
    assert len(found) == 4 * 2 * len(RANDOMISED)
    new = untrained(variant, 5)
    gates_and_4 = network(variant)
    gates_and_4.gates.load_state_dict(new.gates.state_dict())
    block_2 = network(variant)
    for unit in ("4a", "4b"):
        gates_and_4.units[unit].load_state_dict(new.units[unit].state_dict())
    for unit in ("2a", "2b", "2c"):
        block_2.units[unit].load_state_dict(new.units[unit].state_dict())
    by_hand = {
        (CASCADING, "block4"): gates_and_4,
        (CASCADING, "block1"): new,
        (INDEPENDENT, "block2"): block_2,
    }
    image = cutouts.images[1]
    own, inside = attention_of(network(variant), image), image > 0
    for (order, part), model in by_hand.items():
        other = attention_of(model, image)
        at = (found["position"] == 1) & (found["order"] == order) & (found["part"] == part)
        (row,) = found[at].itertuples()
        assert row.correlation == pytest.approx(spearmanr(own, other, axis=None)[0], abs=1e-3)
        within = spearmanr(own[inside], other[inside])[0]
        assert row.source_correlation == pytest.approx(within, abs=1e-3)


def test_every_draw_is_of_other_weights(variant, cutouts, monkeypatch):
    """The mean over two draws, each a network of its own seed once all parts are drawn."""
    monkeypatch.setattr(randomisation, "DRAWS", 2)
    found = randomisation.randomise(variant, network(variant), cutouts, seed=5)
    whole = found[(found["order"] == CASCADING) & (found["part"] == "block1")]
    image = cutouts.images[1]
    own = attention_of(network(variant), image)
    maps = [attention_of(untrained(variant, seed), image) for seed in (5, 6)]
    expected = [spearmanr(own, other, axis=None)[0] for other in maps]
    assert abs(expected[0] - expected[1]) > 0.01
    (row,) = whole[whole["position"] == 1].itertuples()
    assert row.correlation == pytest.approx(np.mean(expected), abs=1e-3)


def test_a_blank_image_has_no_correlation_within_its_source():
    maps = np.random.default_rng(0).random((2, 4, 4))
    source = np.zeros((2, 4, 4), bool)
    source[0, :2] = True
    found = randomisation._similarity(maps, maps, source)
    assert found["correlation"] == pytest.approx([1, 1])
    assert found["source_correlation"] == pytest.approx([1, np.nan], nan_ok=True)


def test_other_trainings_are_compared_source_by_source(variant, cutouts, monkeypatch):
    monkeypatch.setattr(randomisation, "DRAWS", 0)
    same, others = network(variant), [untrained(variant, 5), untrained(variant, 6)]
    beside = {"same": [same], "seed": others}
    found = randomisation.randomise(variant, same, cutouts, seed=5, beside=beside)
    by = found.set_index(["part", "order", "position"])["correlation"]
    assert by["same", "beside"].to_numpy() == pytest.approx(1)
    assert by["same", "beside, other source"].max() < 0.99
    image = cutouts.images[1]
    own = attention_of(same, image)
    expected = [spearmanr(own, attention_of(one, image), axis=None)[0] for one in others]
    assert by["seed", "beside", 1] == pytest.approx(np.mean(expected), abs=1e-3)
