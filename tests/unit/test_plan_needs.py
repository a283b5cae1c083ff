"""Which tables and figures a campaign has, and what they are made from."""

import dataclasses
from typing import Any

import pytest
from plan_tools import PRIMARY

from radiogaze.campaigns.captions import fill_caption
from radiogaze.campaigns.few_labels import needs_of_labels
from radiogaze.campaigns.plan import EVERY_VARIANT, PaperPlan
from radiogaze.errors import RadiogazeError
from radiogaze.figures.registry import FIGURES, figures_of, find_figure, needs_of
from radiogaze.tables.registry import TABLES, find_table, tables_shown


@pytest.fixture
def equivariant(campaigns) -> PaperPlan:
    return campaigns["paper"].paper("equivariant")


def without(plan: PaperPlan, **changed: dict[str, Any]) -> PaperPlan:
    """Change cells of a plan's sheet."""
    sheet = {
        name: dataclasses.replace(row, **changed.get(name.replace("-", "_"), {}))
        for name, row in plan.sheet.items()
    }
    return dataclasses.replace(plan, sheet=sheet)


def test_a_network_without_gates_in_table_7_has_no_maps_to_score(campaigns):
    plan = without(campaigns["demo"].paper("gating"), mirabest_fc_0g={"tables": ("7", "9")})
    assert "mirabest-fc-0g" in find_table("07").variants(plan)
    for name in ("gaze", "gaze_groups", "explanations", "explanations_evidence"):
        assert find_table(name).variants(plan)
        assert "mirabest-fc-0g" not in find_table(name).variants(plan)
    needs = needs_of("fig05", plan)
    assert "mirabest-fc-0g" not in {need.where.get("variant") for need in needs}


def test_controls_are_in_a_table_and_a_figure_of_their_own_where_a_campaign_has_some(campaigns):
    plan = campaigns["retrained"].paper("gating")
    shown = find_table("06_controls").variants(plan)
    assert [name.removeprefix("mirabest-") for name in shown] == [
        "range-ft-3g",
        "softmax-ft-3g",
        "uniform-ft-3g",
        "range-ft-3g-150px",
        "softmax-ft-3g-150px",
        "range-ft-3g-published-short",
        "range-ft-3g-published-short-fast",
    ]
    needs = find_table("06_controls").needs(plan)
    folds = {need.where["variant"] for need in needs if need.option == "folds"}
    assert folds == {f"mirabest-{name}-ft-3g" for name in ("range", "softmax", "uniform")}
    without = {"doubt", "doubt_groups", "gaze_others"}
    assert {*TABLES["gating"]} - {*tables_shown(plan)} == without
    assert {need.where["variant"] for need in needs_of("recipe", plan)} == {
        PRIMARY,
        f"{PRIMARY}-published-short",
        f"{PRIMARY}-published-short-fast",
    }
    assert not {*shown[2:]} & {name for table in "6789" for name in plan.variants_of_table(table)}
    assert not {*shown[2:]} & {*plan.grid, plan.primary}
    for campaign in ("quick", "released", "paper", "demo"):
        other = campaigns[campaign].paper("gating")
        assert set(tables_shown(plan)) - set(tables_shown(other)) == {"06_controls"}
        assert ("gaze_others" in tables_shown(other)) == (campaign == "released")
        assert "recipe" not in figures_of(other)


def test_controls_without_weights_bring_no_network_into_their_table(campaigns, released):
    both = {**campaigns["retrained"].paper("gating").sheet, **released.sheet}
    plan = dataclasses.replace(released, sheet=both)
    assert plan.variants == released.variants
    assert find_table("06_controls").variants(plan) == []


def test_a_sheet_without_a_papers_networks_has_no_table_or_figure_of_them(campaigns):
    own = campaigns["own"].paper("gating")
    assert tables_shown(own) == ["03", "04", "05", "calibration"]
    # networks of FR-DEEP are tested on no source of the cross-validation
    assert "zoom-frdeep" in own.variants
    assert not [need for need in own.cross_validated if need.name.startswith("zoom-frdeep")]
    kinds = [need.kind for need in own.cross_validated]
    assert {*kinds} == {"images", "catalogue", "predictions"}
    assert len(kinds) == 2 + 7 * (20 + 10)
    alone = without(own, zoom_frdeep={"dataset": "mirabest"})
    assert tables_shown(alone) == ["03", "04", "calibration"]  # 05 counts FR-DEEP's trainings
    shown = {"fig03", "figA1", "figA2", "learning_curve", "own_errors", "own_fixed_split"}
    assert set(figures_of(own)) == shown | {"own_maps", "own_hard_sources"}
    with pytest.raises(RadiogazeError, match="figures/own/gating: no fig09; there are: fig03"):
        needs_of("fig09", own)
    assert own.explored == own.variants  # a report has an explorer
    few = without(own, zoom={"tables": ("8",)})
    with pytest.raises(RadiogazeError, match=r"own.tsv: tables: expected 8 in 16 rows, .* in 1, "):
        figures_of(few)


def test_the_grid_has_each_normalisation_with_each_aggregation_and_the_primary_model(released):
    assert released.primary == PRIMARY
    rows = [released.sheet[name] for name in released.grid]
    assert len({(row.normalisation, row.aggregation) for row in rows}) == 16 == len(rows)
    assert PRIMARY in released.grid
    assert "8" not in released.sheet[PRIMARY].tables
    swapped = without(released, mirabest_sigmoid_ft_3g={"normalisation": "tanh"})
    with pytest.raises(RadiogazeError, match="found it in 16, none of sigmoid with ft"):
        needs_of("fig05", swapped)


def test_figure_3_compares_the_plain_network_with_d8_or_the_last(equivariant):
    assert equivariant.differenced == ["attention", "d8-attention"]
    assert without(equivariant, d8_attention={"group": "d4"}).differenced[-1] == "d16-attention"
    assert equivariant.differenced[0] in equivariant.gated_of_table("1")
    assert "lenet" in equivariant.variants_of_table("1")
    assert "lenet" not in equivariant.gated_of_table("1")


def test_the_asymmetry_is_of_random_passes_and_a_full_turn_of_every_run(campaigns):
    assert campaigns["paper"].paper("gating").measured == []
    plan = without(campaigns["paper"].paper("equivariant"), d8_attention={"seeds": 2})
    assert [need.kind for need in plan.measured] == ["asymmetry"]
    of = {need.name: (need.kind, need.where["run"]) for need in plan.differences}
    runs = [f"{name}/{run}" for name in plan.gated_of_table("1") for run in plan.runs_of(name)]
    assert len(runs) == 5 * 6 + 2
    assert of == {
        f"{run}/{passes}": (kind, run.partition("/")[2])
        for run in runs
        for passes, kind in (("random", "attention"), ("rotations", "rotations"))
    }


def test_the_explorer_has_one_seed_of_the_networks_of_table_7_and_the_report_has_all(campaigns):
    plan = campaigns["demo"].paper("gating")
    assert plan.explored == plan.variants_of_table("7") != plan.variants
    explored = [need.where for need in plan.report if need.kind == "explored"]
    assert [(where["variant"], where["run"]) for where in explored] == [
        (name, "seed-0") for name in plan.variants_of_table("7")
    ]
    reported = {need.where["variant"] for need in plan.report if need.kind == "metrics"}
    assert reported == {*plan.variants}


def test_a_table_shows_the_variants_that_name_it_or_all_or_none(equivariant):
    assert equivariant.variants_of_table(EVERY_VARIANT) == equivariant.variants
    assert equivariant.variants_of_table(None) == []
    assert len(equivariant.variants_of_table("1")) == 8


def test_figures_of_a_campaign(campaigns):
    assert "learning_curve" not in figures_of(campaigns["quick"].paper("gating"))
    demo = campaigns["demo"].paper("gating")
    own = {name for name in FIGURES["gating"] if name.startswith("own")}
    doubts = {name for name in FIGURES["gating"] if name.startswith("doubt")}
    other = {"fig03", "recipe", "labels", "accuracies", *own, *doubts}
    assert set(FIGURES["gating"]) - set(figures_of(demo)) == other
    ours = campaigns["own"].paper("gating")
    assert all(needs_of(name, ours) for name in own)
    shown = needs_of("own_maps", ours)
    assert [need.name for need in shown] == ["zoom", "ag-cnn", "d8-attention"]
    with pytest.raises(RadiogazeError, match="figures/demo/gating: no fig03; there are: fig01"):
        needs_of("fig03", demo)


def test_few_labels_are_compared_with_what_the_campaign_own_trains(campaigns):
    plan = campaigns["labels"].paper("gating")
    needs = needs_of_labels(plan)
    predictions = [need for need in needs if need.kind == "predictions"]
    assert len(predictions) == 223
    of_all = [need.where["campaign"] for need in predictions if need.where["variant"] == "zoom"]
    assert of_all == ["own"] * 10
    assert not {"pre-synthetic", "pre-frdeep"} & {need.where["variant"] for need in predictions}
    features = {need.name: need.where for need in needs if need.kind == "features"}
    assert len(features) == 10 + 10 + 2
    assert features["zoom/seed-0/frdeep-disjoint"]["campaign"] == "own"
    assert features["pre-synthetic/seed-3/mirabest"]["dataset"] == "mirabest"
    images, _ = plan.cutouts("synthetic")
    assert images.where == {"dataset": "synthetic-labels-mirabest"}
    mine = dataclasses.replace(plan, settings={**plan.settings, "dataset": "mine"})
    read_here = [need.where["dataset"] for need in needs_of_labels(mine) if "dataset" in need.where]
    assert {*read_here} == {"mine"}
    assert [need.name for need in needs_of("labels", plan)] == ["curves", "power_laws"]


def test_figures_over_seeds_need_every_seed_of_their_networks(campaigns, released):
    demo = campaigns["demo"].paper("gating")
    spread, by_seed = needs_of("seeds_aggregate", demo), needs_of("fig13_by_seed", demo)
    assert [need.name for need in spread] == [f"{PRIMARY}/seed-0", f"{PRIMARY}/seed-1"]
    assert len({need.where["variant"] for need in by_seed}) == 4 == len(by_seed) / 2
    single = dataclasses.replace(demo, settings={**demo.settings, "seeds": 1})
    one_seed = without(demo, mirabest_softmax_ft_3g={"seeds": 1})
    by_seed = {"fig05_by_seed", "fig13_by_seed"}
    for plan, drawn in ((single, set()), (released, set()), (one_seed, {"seeds_aggregate"})):
        assert {"seeds_aggregate", *by_seed} & {*figures_of(plan)} == drawn
    three = dataclasses.replace(demo, settings={**demo.settings, "seeds": 3})
    table_7 = {name: {"seeds": None} for name in demo.gated_of_table("7")}
    fewer = {name.replace("-", "_"): changed for name, changed in table_7.items()}
    fewer["mirabest_softmax_ft_3g"] = {"seeds": 2}  # of three
    needs = needs_of("fig13_by_seed", without(three, **fewer))
    assert {need.where["run"] for need in needs} == {"seed-0", "seed-1"}
    assert len(needs) == 2 * 4


def test_learning_curves_need_the_history_of_every_seed(campaigns, released):
    demo = campaigns["demo"].paper("gating")
    one = needs_of(f"learning_curve_{PRIMARY}", demo)
    assert [need.name for need in one] == [f"{PRIMARY}/seed-0", f"{PRIMARY}/seed-1"]
    all_curves = [need.name for need in needs_of("learning_curve", demo)]
    by_seed = {seed: {n for n in all_curves if n.endswith(seed)} for seed in ("seed-0", "seed-1")}
    assert {seed: len(names) for seed, names in by_seed.items()} == {"seed-0": 22, "seed-1": 4}
    assert len(all_curves) == 26  # a second seed only of the four networks of Table 7
    for plan, name in ((released, f"learning_curve_{PRIMARY}"), (demo, "learning_curve_nope")):
        with pytest.raises(RadiogazeError, match=f"no {name}; there are"):
            needs_of(name, plan)


def test_published_values_are_no_part_of_a_synthetic_figure(campaigns, equivariant):
    kinds = {need.kind for need in needs_of("fig01", equivariant)}
    assert kinds == {"history", "published_curves"}
    demo = campaigns["demo"].paper("equivariant")
    assert {need.kind for need in needs_of("fig01", demo)} == {"history"}


def test_a_table_of_our_own_training_needs_the_released_weights_beside_it(campaigns, released):
    table = find_table("06")
    needs = table.needs(campaigns["paper"].paper("gating"))
    beside = [need for need in needs if need.option == "released"]
    assert {need.where["campaign"] for need in beside} == {"released"}
    assert {need.where["variant"] for need in beside} == set(released.variants_of_table("6"))
    assert len(needs) - len(beside) == 5 * len(
        campaigns["paper"].paper("gating").variants_of_table("6")
    )


@pytest.mark.parametrize("campaign", ["quick", "paper", "demo"])
def test_every_caption_is_filled_in_with_its_campaign(campaigns, campaign):
    for paper, plan in campaigns[campaign].papers.items():
        specs = {**FIGURES[paper], **TABLES[paper]}
        captions = [fill_caption(spec.caption, plan.settings, paper) for spec in specs.values()]
        assert len(set(captions)) == len(specs)
        assert not [text for text in captions if "{" in text]
        assert all(plan.synthetic == ("Synthetic sky" in text) for text in captions)
        weights = "seed 0" if plan.trained else "the authors' released weights"
        model = find_figure("gradcam" if paper == "gating" else "fig02", paper).caption
        assert weights in fill_caption(model, plan.settings, paper)


def test_the_table_of_calibration_needs_the_logits_of_every_run(campaigns, released):
    table = find_table("calibration")
    logits = [need for need in table.needs(released) if need.option == "logits"]
    assert [need.name for need in logits] == [f"{name}/released" for name in released.variants]
    needs = table.needs(campaigns["paper"].paper("gating"))
    for option in ("logits", "predictions"):
        names = [need.name for need in needs if need.option == option]
        assert {f"{PRIMARY}/seed-4", f"{PRIMARY}/released"} < set(names)
        assert len(names) == len(set(names))
