"""The tables of all networks: scores, interventions, sanity checks and synthetic evidence."""

import numpy as np
import pandas as pd
import pytest
from tables_tools import SHEET, cell_of, evaluation, make, needed, training, write_json
from test_tables_gaze import RANGE, SIGMOID, scored

from radiogaze.errors import RadiogazeError
from radiogaze.tables.layout import CHANGE, CLAIM
from radiogaze.tables.markdown import to_markdown
from radiogaze.terms import (
    ALL_GATES,
    ATTENTION,
    CASCADING,
    INDEPENDENT,
    NULL_MODELS,
    RANDOMISED,
    REPLACEMENTS,
)

COUNT = 40
KNOWN = {"position": np.arange(COUNT), "class": ["FRI", "FRII"] * (COUNT // 2)}
FEW = np.arange(COUNT) % 4 == 0


def rows_of(folder, name, parts):
    path = folder / f"{name}.csv"
    pd.concat([pd.DataFrame({**KNOWN, **part}) for part in parts]).to_csv(path, index=False)
    return path


def given(folder, write):
    names = needed("7")
    return {
        "metrics": [write_json(folder, evaluation(name)) for name in names],
        "gaze": {f"{name}/released": write(folder, name) for name in names},
    }


def replaced(folder, name):
    """Range: other sources' maps flip a quarter of the classes, all of them to the wrong one."""
    parts = []
    for gate in ("gate1", ALL_GATES):
        for replacement in REPLACEMENTS:
            flips = FEW * (name == RANGE and replacement == "other-source" and gate == ALL_GATES)
            parts.append(
                {"gate": gate, "replacement": replacement, "flips": flips.astype(float)}
                | {"margin": 4.0, "margin_after": np.where(flips, -2.0, 4.0)}
                | {"right": 1.0, "right_after": 1.0 - flips}
            )
    return rows_of(folder, name, parts)


def test_an_intervention_that_flips_classes_to_wrong_ones_is_of_a_map_that_helps(tmp_path):
    table = make("interventions", **given(tmp_path, replaced))
    used = {name: cell_of(table, name, "other-source_use", "both").ours for name in needed("7")}
    assert used.pop(RANGE) == "used, helps"
    assert set(used.values()) == {"not used"}
    assert cell_of(table, RANGE, "uniform_use", "both").ours == "not used"
    flips = cell_of(table, RANGE, "other-source_all_flips", "both")
    assert flips.ours == 0.25
    assert flips.low < 0.25 < flips.high
    assert cell_of(table, RANGE, "other-source_gate1_flips", "both").ours == 0
    change = cell_of(table, RANGE, f"other-source_margin{CHANGE}", "both")
    assert change.ours == pytest.approx(-0.25 * 6 / 4)  # a fraction of the mean before
    # ten sources that fall by 1, and a family of 4 networks x 2 gates x 3 replacements
    assert cell_of(table, RANGE, "other-source_accuracy_p", "both").ours > 24 * 1e-4
    assert "## Replaced: rotated" in to_markdown(table)
    assert "(+)" not in to_markdown(table)


def drawn(folder, name):
    """Sigmoid: maps keep their likeness, whatever weights are re-initialised."""
    parts = [
        {"order": order, "part": part, "correlation": 0.9, "source_correlation": 0.5}
        | ({"correlation": 0.1} if name != SIGMOID and part == "block1" else {})
        for order in (CASCADING, INDEPENDENT)
        for part in RANDOMISED
    ]
    return rows_of(folder, name, parts)


def test_maps_that_keep_their_likeness_without_the_weights_fail(tmp_path):
    table = make("sanity", **given(tmp_path, drawn))
    checks = {name: cell_of(table, name, CLAIM, "both").ours for name in needed("7")}
    assert checks.pop(SIGMOID) == "fails"
    assert set(checks.values()) == {"passes"}
    metric = f"{CASCADING}_gates_source_correlation"
    assert cell_of(table, RANGE, metric, "both").ours == 0.5
    assert "Other trainings" not in to_markdown(table)


def with_others(folder, name):
    """The maps of other seeds are much alike, those of permuted labels much unlike."""
    path = drawn(folder, name)
    rows = pd.read_csv(path)
    likeness = {"seed": 0.8, "permuted": 0.1} if name == RANGE else {"seed": 0.5}
    for part, mean in likeness.items():
        for order, less in (("beside", 0), ("beside, other source", 0.05)):
            found = {"order": order, "part": part, "source_correlation": 0.2}
            spread = np.linspace(-0.02, 0.02, COUNT)
            new = pd.DataFrame({**KNOWN, **found, "correlation": mean - less + spread})
            rows = pd.concat([rows, new])
    rows.to_csv(path, index=False)
    return path


def test_maps_are_compared_with_those_of_other_trainings(tmp_path):
    table = make("sanity", **given(tmp_path, with_others))
    answers = [
        cell_of(table, name, CLAIM, "both").ours
        for name in (f"{RANGE}~seed", f"{RANGE}~permuted", f"{SIGMOID}~seed")
    ]
    assert answers == ["stable", "unlike", "partly stable"]
    change = cell_of(table, f"{RANGE}~permuted", f"beside{CHANGE}", "both")
    assert (change.ours, change.high) == pytest.approx((-0.7, -0.7))
    assert cell_of(table, f"{RANGE}~permuted", "beside_p", "both").ours < 1e-6
    assert cell_of(table, f"{RANGE}~seed", "other_source", "both").ours == pytest.approx(0.75)


def on_evidence(folder, name):
    """Range: attention is above every null model; the other networks' is below it."""
    gain = {RANGE: 0.2, SIGMOID: -0.2}.get(name, 0.0)
    hard = np.random.default_rng(0).random(COUNT) / 3
    parts = [
        {"map": map_, "right": 1, "mass": 0.1, "distractor_mass": 0.0}
        | dict.fromkeys(("rank", "pointing"), 0.4 + hard + gain * (map_ == ATTENTION))
        for map_ in (ATTENTION, *NULL_MODELS)
    ]
    return rows_of(folder, name, parts)


def test_the_primary_network_is_compared_with_brightness_and_with_every_other(tmp_path):
    table = make("evidence", **given(tmp_path, on_evidence))
    answers = [cell_of(table, name, CLAIM, "both").ours for name in (RANGE, SIGMOID, "best")]
    assert answers == ["stands", "falls", "stands"]
    found = cell_of(table, SIGMOID, f"rank_of_primary{CHANGE}", "both")
    assert found.ours == pytest.approx(0.4)
    assert cell_of(table, RANGE, "right", "both").ours == 1


def test_networks_of_another_sheet_have_answers_without_a_primary_one(tmp_path):
    paths = [write_json(tmp_path, training("zoom", seed)) for seed in (0, 1)]
    gaze = {f"zoom/seed-{seed}": on_evidence(tmp_path, RANGE) for seed in (0, 1)}
    sheet = SHEET.with_name("own.tsv")
    table = make("evidence", metrics=paths, gaze=gaze, sheet=sheet)
    assert cell_of(table, "zoom", CLAIM, "both").ours == "stands"
    assert {cell.variant for cell in table.content.cells} == {"zoom"}
    # two that differ neither in normalisation nor in aggregation are called by their names
    names = ("zoom", "zoom-whole-field")
    paths = [write_json(tmp_path, training(name, 0)) for name in names]
    gaze = {f"{name}/seed-0": on_evidence(tmp_path, RANGE) for name in names}
    table = make("evidence", metrics=paths, gaze=gaze, sheet=sheet)
    assert {cell.row for cell in table.content.cells} == set(names)


def test_all_networks_are_one_family_and_beside_their_accuracy(tmp_path):
    def write(folder, name):
        return scored(folder, f"{name}/released", {RANGE: 0.1, SIGMOID: -0.1}.get(name, 0))

    table = make("gaze_all", **given(tmp_path, write))
    answers = [cell_of(table, name, CLAIM, "both").ours for name in (RANGE, SIGMOID)]
    assert answers == ["stands", "falls"]
    assert cell_of(table, RANGE, "accuracy", "both").ours == 0.84
    # 4 networks x 6 null models: the smallest p is multiplied by 24, as in the table of four
    assert cell_of(table, RANGE, "insertion_brightness_p", "both").ours > 24 * 1e-12
    rows = [cell.row for cell in table.content.cells if cell.metric == CLAIM]
    assert rows == [f"{norm}, Fine Tuned" for norm in NORMS]


def test_the_other_networks_are_a_family_of_their_own_and_say_what_they_are(tmp_path):
    names = [f"mirabest-{kind}" for kind in ("range-ft-1g", "range-ft-2g", "range-ft-3g-exp2")]
    names += ["mirabest-certain-range-ft-3g", "frdeep-range-ft-3g"]
    metrics = [write_json(tmp_path, evaluation(name)) for name in names]
    gaze = {f"{name}/released": scored(tmp_path, f"{name}/released", 0.1) for name in names}
    table = make("gaze_others", metrics=metrics, gaze=gaze)
    headings = {cell.variant: cell.row for cell in table.content.cells if cell.metric == CLAIM}
    assert headings == {
        "mirabest-range-ft-1g": "Range Norm., Fine Tuned, 1 gate",
        "mirabest-range-ft-2g": "Range Norm., Fine Tuned, 2 gates",
        "mirabest-range-ft-3g-exp2": "Range Norm., Fine Tuned",
        "mirabest-certain-range-ft-3g": "Range Norm., Fine Tuned, mirabest-certain",
        "frdeep-range-ft-3g": "Range Norm., Fine Tuned, frdeep",
    }


NORMS = ("Range Norm.", "Standardisation", "Sigmoid", "Softmax")


def test_trainings_that_did_not_converge_do_not_count(tmp_path):
    names = needed("7")
    lost = training(RANGE, 1, epoch=None, flags=["train loss not finite in epoch 3"])
    metrics = [write_json(tmp_path, one) for one in (*(training(n, 0) for n in names), lost)]
    gaze = {f"{name}/seed-0": replaced(tmp_path, name) for name in names}
    table = make("interventions", metrics=metrics, gaze=gaze)
    assert cell_of(table, RANGE, "other-source_all_flips", "both").ours == 0.25
    del gaze[f"{SIGMOID}/seed-0"]
    with pytest.raises(RadiogazeError, match=f"no scores of {SIGMOID}/seed-0; give --gaze"):
        make("interventions", metrics=metrics, gaze=gaze)
