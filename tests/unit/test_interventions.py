"""What replacing a gate's map does to the class, against the network itself."""

from dataclasses import replace

import pandas as pd
import pytest
import torch
from gaze_tools import five_cutouts, network, small_variant

from radiogaze.attention.interventions import intervene
from radiogaze.attention.null_models import other_sources
from radiogaze.augmentation import transform as augment
from radiogaze.campaigns.variants import load_sheet
from radiogaze.errors import RadiogazeError
from radiogaze.models.registry import build
from radiogaze.terms import ALL_GATES, REPLACEMENTS


@pytest.fixture(scope="module")
def variant():
    return small_variant()


@pytest.fixture(scope="module")
def cutouts():
    return five_cutouts()


def undecided(variant):
    """A network that predicts both classes, and of some sources another one by other maps."""
    model = network(variant)
    model.readout.combined.bias.data[1] += 8.5
    return model


@pytest.fixture(scope="module")
def found(variant, cutouts):
    return intervene(variant, undecided(variant), cutouts, seed=0, passes=1)


def logits_by_hand(variant, cutouts, change, pass_=0):
    """Each image on its own through the module, `change` applied to the list of its gates' maps."""
    model = undecided(variant)
    index = torch.tensor([0, 1, 2, 3])
    images = augment.apply(torch.from_numpy(cutouts.images[:4]), augment.draw(0, 0, pass_, index))
    inputs = augment.to_network_input(images)
    with torch.no_grad():
        maps = [model.attention_maps(one) for one in inputs.split(1)]
        result = []
        for number, one in enumerate(inputs.split(1)):
            features = model.features(one)
            summed = [
                (a * x).flatten(2).sum(-1)
                for a, (_, x) in zip(change(maps, number), model.gated(features), strict=True)
            ]
            result.append(model.readout(summed)[0].double())
    return torch.stack(result)


def turned(maps, number):
    return [torch.rot90(gate, 2, (2, 3)) for gate in maps[number]]


def uniform_second(maps, number):
    first, second = maps[number]
    return [first, torch.full_like(second, float(second.mean()))]


def of_another(maps, number):
    return maps[other_sources(4, 0)[number]]


@pytest.mark.parametrize(
    ("gate", "replacement", "change"),
    [
        (ALL_GATES, "rotated", turned),
        ("gate2", "uniform", uniform_second),
        (ALL_GATES, "other-source", of_another),
    ],
)
def test_the_margin_is_that_of_the_module_with_other_maps(
    variant, cutouts, found, gate, replacement, change
):
    before = logits_by_hand(variant, cutouts, lambda maps, number: maps[number])
    after = logits_by_hand(variant, cutouts, change)
    predicted = before.argmax(1)
    assert len(predicted.unique()) == 2
    assert (after.argmax(1) != predicted).any()
    other = 1 - predicted
    rows = found[(found["gate"] == gate) & (found["replacement"] == replacement)]
    assert rows["position"].tolist() == [0, 1, 2, 3]
    for column, logits in (("margin", before), ("margin_after", after)):
        margin = logits.gather(1, predicted[:, None]) - logits.gather(1, other[:, None])
        assert rows[column].to_numpy() == pytest.approx(margin[:, 0].numpy(), rel=1e-3, abs=1e-4)
    assert rows["flips"].tolist() == (after.argmax(1) != predicted).double().tolist()
    for column, logits in (("right", before), ("right_after", after)):
        right = logits.argmax(1) == torch.tensor([0, 0, 1, 1])
        assert rows[column].tolist() == right.double().tolist()


def test_every_gate_and_replacement_has_a_row_a_source_whatever_the_passes(variant, cutouts):
    table = intervene(variant, undecided(variant), cutouts, seed=0, passes=3)
    assert len(table) == 4 * 3 * len(REPLACEMENTS)
    assert table["gate"].unique().tolist() == ["gate1", "gate2", ALL_GATES]
    assert table["flips"].mul(3).round(9).isin(range(4)).all()
    assert table.groupby("position")["margin"].nunique().eq(1).all()
    logits = [logits_by_hand(variant, cutouts, lambda m, n: m[n], pass_) for pass_ in range(3)]
    expected = torch.stack([(one[:, 1] - one[:, 0]).abs() for one in logits]).mean(0)
    rows = table[(table["gate"] == ALL_GATES) & (table["replacement"] == "uniform")]
    assert rows["margin"].to_numpy() == pytest.approx(expected.numpy(), rel=1e-3, abs=1e-4)


def test_chosen_sources_keep_their_image_transform_and_label(variant, cutouts, found):
    few = intervene(variant, undecided(variant), cutouts, seed=0, passes=1, sources=2)
    own = (found["replacement"] != "other-source") & found["position"].isin([0, 3])
    few = few[few["replacement"] != "other-source"]
    few, expected = (frame.reset_index(drop=True) for frame in (few, found[own]))
    pd.testing.assert_frame_equal(few, expected, rtol=1e-3, atol=1e-4)


def test_a_network_without_gates_is_refused(variant, cutouts):
    plain = replace(variant, gates=0)
    with pytest.raises(RadiogazeError, match="no attention gates"):
        intervene(plain, network(plain), cutouts, seed=0, passes=1)


@pytest.mark.parametrize(
    ("replacement", "change"),
    [
        ("rotated", lambda maps: torch.rot90(maps, 2, (2, 3))),
        ("uniform", lambda maps: maps.mean((2, 3), keepdim=True)),
    ],
)
def test_the_network_of_two_zooms_reads_maps_as_it_does_itself(root, cutouts, replacement, change):
    # with maps of a range: those of a softmax have the same mean in every zoom
    variant = replace(load_sheet(root / "experiments/own.tsv")["zoom"], normalisation="range")
    torch.manual_seed(3)
    model = build(variant).eval()
    for gate in model.gates:
        gate.psi.weight.data *= 100  # untrained maps are nearly constant: turned, the same
    table = intervene(variant, model, cutouts, seed=0, passes=1)
    index = torch.tensor([0, 1, 2, 3])
    drawn = augment.draw(0, 0, 0, index, variant.augmentation)
    inputs = augment.to_network_input(augment.apply(torch.from_numpy(cutouts.images[:4]), drawn))
    with torch.no_grad():
        logits = model(inputs).double()
        ends = model.features(inputs)
        changed = [
            (change(gate(x, ends[0])[1]) * x).sum((2, 3))
            for gate, x in zip(model.gates, ends, strict=True)
        ]
        after = model.read(changed).double()
    predicted = logits.argmax(1)
    rows = table[(table["gate"] == ALL_GATES) & (table["replacement"] == replacement)]
    for column, values in (("margin", logits), ("margin_after", after)):
        margin = values.gather(1, predicted[:, None]) - values.gather(1, 1 - predicted[:, None])
        assert rows[column].to_numpy() == pytest.approx(margin[:, 0].numpy(), rel=1e-3, abs=1e-5)
