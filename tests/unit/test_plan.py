"""What a campaign consists of, and what its figures and tables are made from."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import yaml

from radiogaze.campaigns.campaign import Campaign, plan_campaigns
from radiogaze.campaigns.captions import fill_caption
from radiogaze.campaigns.few_labels import needs_of_labels
from radiogaze.campaigns.plan import EVERY_VARIANT, PaperPlan
from radiogaze.campaigns.training_cost import CardCosts, card_cost, explain_cost, total_cost
from radiogaze.errors import RadiogazeError
from radiogaze.figures.registry import FIGURES, figures_of, find_figure, needs_of
from radiogaze.files.rows import read_rows
from radiogaze.tables.registry import TABLES, find_table, tables_shown

PRIMARY = "mirabest-range-ft-3g"


@pytest.fixture(scope="module")
def settings(root: Path) -> dict[str, Any]:
    return yaml.safe_load((root / "config.yaml").read_text("utf-8"))["campaigns"]


@pytest.fixture
def campaigns(root: Path, settings, monkeypatch) -> dict[str, Campaign]:
    monkeypatch.chdir(root)  # the sheets are named from there
    return read(root, settings)


def read(root: Path, settings) -> dict[str, Campaign]:
    return plan_campaigns(settings, read_rows(root / "workflow/reference/weights.csv", ","))


@pytest.fixture
def released(campaigns) -> PaperPlan:
    return campaigns["released"].paper("gating")


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


def test_controls_are_trained_and_their_originals_taken_from_the_paper(campaigns):
    controls = campaigns["controls"].paper("equivariant")
    needs = find_table("01_controls", "equivariant").needs(controls)
    of = {campaign: set() for campaign in ("paper", "controls")}
    for need in needs:
        of[need.where["campaign"]].add(need.where["variant"])
    assert of["paper"] == set(campaigns["paper"].paper("equivariant").sheet)
    assert len(of["paper"]) == 8
    assert len(of["controls"]) == 33
    assert of["controls"] == {name for name in controls.sheet if controls.trains(name)}
    assert len(needs) == 5 * 41
    weights = controls.weights("lenet", "seed-3")
    assert weights.where["campaign"] == "paper"


def test_an_original_that_is_another_row_is_refused(root, settings, tmp_path, monkeypatch):
    monkeypatch.chdir(root)
    text = Path("experiments/equivariant_controls.tsv").read_text()
    sheet = tmp_path / "controls.tsv"
    sheet.write_text(text.replace("\tlenet\tnone\t1\t5", "\tlenet\tnone\t1\t7", 1))
    own = {**settings["controls"], "equivariant": {**settings["controls"]["equivariant"]}}
    own["equivariant"]["sheet"] = str(sheet)
    with pytest.raises(RadiogazeError, match=r"controls.tsv: lenet: expected the row that exper"):
        read(root, {**settings, "controls": own})
    with pytest.raises(RadiogazeError, match=r"campaigns.controls.originals: no campaign papers;"):
        read(root, {**settings, "controls": {**settings["controls"], "originals": "papers"}})


def test_weights_of_other_data_or_that_there_are_not_are_refused_and_a_synthetic_sky_is_labelled(
    root, settings, monkeypatch
):
    monkeypatch.chdir(root)
    for name, match in {
        "labels": r"labels.originals: own has dataset none, this campaign mine; expected the same",
        "retrained": r"retrained.beside: released has dataset none, this campaign mine; expected",
        "demo": r"campaigns.demo.dataset: found mine, but sky is synthetic",
    }.items():
        with pytest.raises(RadiogazeError, match=match):
            read(root, {**settings, name: {**settings[name], "dataset": "mine"}})
    sheet = {**settings["quick"]["gating"], "sheet": "experiments/own.tsv"}
    with pytest.raises(RadiogazeError, match=r"quick\.weights: found released, but no row of exp"):
        read(root, {**settings, "quick": {**settings["quick"], "gating": sheet}})
    sky = r"labels.originals: demo has sky synthetic, this campaign published; expected the same"
    with pytest.raises(RadiogazeError, match=sky):
        read(root, {**settings, "labels": {**settings["labels"], "originals": "demo"}})
    mixed = {**settings["quick"], "dataset": "synthetic-demo-mirabest"}
    assert read(root, {**settings, "quick": mixed})["quick"].synthetic


def test_a_start_has_no_folds_which_test_on_what_it_was_trained_on(root, settings, monkeypatch):
    monkeypatch.chdir(root)
    folded = {**settings["labels"], "cross_validation": 1}
    with pytest.raises(RadiogazeError, match=r"labels.tsv: [a-z0-9-]+: start is .* folds test on"):
        read(root, {**settings, "labels": folded})


def test_unlabelled_sources_of_another_list_have_no_folds(root, settings, tmp_path, monkeypatch):
    rows = (root / "experiments/own.tsv").read_text().splitlines()
    head = [*rows[0].split("\t"), "unlabelled"]
    zoom = {**dict(zip(head, rows[1].split("\t"), strict=False)), "unlabelled": "frdeep-disjoint"}
    sheet = tmp_path / "fixmatch.tsv"
    sheet.write_text("\t".join(head) + "\n" + "\t".join(zoom.values()) + "\n")
    monkeypatch.chdir(root)
    own = {**settings["own"], "gating": {**settings["own"]["gating"], "sheet": str(sheet)}}
    with pytest.raises(RadiogazeError, match=r"unlabelled is frdeep-disjoint, .* folds test on"):
        read(root, {"own": own})


def test_released_weights_are_one_run_of_the_variants_that_were_released(released):
    assert released.runs == ["released"]
    assert len(released.variants) == 22 < len(released.sheet)
    assert all(released.sheet[name].released_file for name in released.variants)
    assert released.training(PRIMARY, "released") == []


def test_our_own_training_is_a_run_a_seed_of_every_variant(campaigns):
    plan = campaigns["paper"].paper("gating")
    assert plan.runs == [f"seed-{seed}" for seed in range(5)]
    assert plan.variants == list(plan.sheet)
    (result,) = plan.training(PRIMARY, "seed-3")
    assert (result.kind, result.where["run"]) == ("training", "seed-3")


def test_a_control_has_as_many_seeds_as_it_says_at_most_and_no_folds(campaigns, settings):
    plan = campaigns["retrained"].paper("gating")
    control = f"{PRIMARY}-150px"
    both = [PRIMARY, control]
    runs = [need.name for need in plan.of_every_run("metrics", "metrics", both)]
    assert runs[5:] == [f"{control}/seed-{seed}" for seed in range(3)]
    folds = [need.where["variant"] for need in plan.of_every_fold("folds", "metrics", both)]
    assert folds == [PRIMARY] * 10
    reported = [need.where["run"] for need in plan.report if need.where["variant"] == control]
    assert reported == ["seed-0", "seed-1", "seed-2"]
    few = dataclasses.replace(plan, settings={**settings["retrained"], "seeds": 1})
    assert few.runs_of(control) == few.runs_of(PRIMARY) == ["seed-0"]


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


def test_the_checkpoints_are_five_evenly_picked_epochs_or_stages(released, campaigns):
    assert list(released.checkpoints.values()) == [f"epoch-{n}" for n in (0, 3, 8, 13, 26)]
    trained = campaigns["demo"].paper("gating")
    assert list(trained.checkpoints) == [f"stage-{n}" for n in range(1, 6)]


def test_the_weights_of_a_run_are_released_or_trained_or_a_checkpoint(released, campaigns):
    epoch = released.weights(PRIMARY, "epoch-8")
    assert (epoch.kind, epoch.where["epoch"]) == ("released", "8")
    last = released.weights(PRIMARY, "released")
    assert last.where["epoch"] == str(released.sheet[PRIMARY].released_epoch)
    trained = campaigns["demo"].paper("gating")
    assert trained.weights(PRIMARY, "seed-1").kind == "model"
    stage = trained.weights(PRIMARY, "stage-4")
    assert (stage.kind, stage.where["run"], stage.where["number"]) == ("stage", "seed-0", "4")
    with pytest.raises(RadiogazeError, match=r"demo\.tsv: no variant nope; it has: frdeep"):
        trained.weights("nope", "seed-1")


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


def test_a_table_shows_the_variants_that_name_it_or_all_or_none(equivariant):
    assert equivariant.variants_of_table(EVERY_VARIANT) == equivariant.variants
    assert equivariant.variants_of_table(None) == []
    assert len(equivariant.variants_of_table("1")) == 8


def test_the_cutouts_are_published_synthetic_or_ones_own(campaigns):
    assert campaigns["quick"].dataset("mirabest") == "mirabest"
    assert campaigns["demo"].dataset("mirabest") == "synthetic-demo-mirabest"
    demo = campaigns["demo"]
    own = dataclasses.replace(demo, settings={**demo.settings, "dataset": "mine"})
    assert own.dataset("mirabest") == "mine"


def test_a_paper_or_a_campaign_that_there_is_not_is_one_line(campaigns, settings, root):
    with pytest.raises(
        RadiogazeError, match="quick: nothing of the equivariant paper; it has: gat"
    ):
        campaigns["quick"].paper("equivariant")
    wrong = {"paper": {**settings["paper"], "beside": "relased"}}
    with pytest.raises(RadiogazeError, match=r"paper\.beside: no campaign relased; there are"):
        plan_campaigns(wrong, [])
    wrong = {**settings, "paper": {**settings["paper"], "beside": "retrained"}}
    with pytest.raises(RadiogazeError, match=r"paper\.beside: retrained trains its own weights"):
        plan_campaigns(wrong, [])


@pytest.fixture
def card(root) -> CardCosts:
    tables = ("operations", "card_rates")
    return CardCosts(*(read_rows(root / f"workflow/reference/{name}.csv", ",") for name in tables))


def test_without_a_gpu_the_cost_is_one_line(campaigns, root, card):
    costs = read_rows(root / "workflow/reference/training_costs.csv", ",")
    text = explain_cost(campaigns["paper"], costs, card)
    assert text.startswith("campaign paper: no GPU here; its 155 trainings compute ")
    assert "75 hours (the primary model) or 20 hours (LeNet) or 1245 hours (C8-Attention)" in text
    assert "run `snakemake released` for the authors' models or `make demo`" in text
    assert "\n" not in text
    text = explain_cost(campaigns["controls"], costs, card)
    assert "its 165 trainings compute" in text
    assert "primary" not in text


def test_the_cost_on_a_card_is_its_operations_over_its_rate(campaigns, card):
    whole = campaigns["controls"]
    plan = whole.paper("equivariant")
    names = ("lenet", "d8-attention-9x9", "c8-attention-mean", "c8-attention-per-image")
    names += ("d8-attention-per-image",)  # in no table of operations
    few = dataclasses.replace(plan, sheet={name: plan.sheet[name] for name in names})
    row = {"sheet": plan.budget["sheet"], "gigabytes": "2.5"}
    operations = [
        {**row, "variant": name, "petaflop": petaflop}
        for name, petaflop in zip(names[:4], ("7", "3600", "720", "720"), strict=True)
    ]
    rate = {"card": "Card", "source": "measured", "teraflops": "100"}
    rates = [{**rate, "precision": "fp32"}, {**rate, "precision": "tf32", "teraflops": "200"}]
    own = dataclasses.replace(whole, papers={"equivariant": few})
    total, *networks = card_cost(own, CardCosts(operations, rates)).splitlines()
    # five seeds each; LeNet is trained in the campaign `paper`
    assert total.startswith(
        "15 trainings compute 25 exaFLOP: about 35 hours of one Card in tf32 at"
    )
    assert "200 TFLOP/s (measured)" in total
    assert total.endswith("; not measured, not in the sums: d8-attention-per-image")
    assert networks == [
        "  d8-attention-9x9: 3.6 exaFLOP, 5 hours, 2.5 GB of memory each",
        "  c8-attention-mean and 1 like it: 0.72 exaFLOP, 1 hours, 2.5 GB of memory each",
    ]
    settings = {**whole.settings, "precision": "fp32"}
    slow = dataclasses.replace(own, settings=settings)
    assert "70 hours of one Card in fp32" in card_cost(slow, CardCosts(operations, rates))
    folded = dataclasses.replace(few, settings={**settings, "cross_validation": 1})
    folded = dataclasses.replace(slow, papers={"equivariant": folded})
    assert card_cost(folded, CardCosts(operations, rates)).startswith("45 trainings compute 76 exa")
    assert CardCosts(operations, rates).hours(few, "d8-attention-9x9") == pytest.approx(5)
    assert CardCosts(operations, rates).hours(few, "unknown") == 0


def test_what_every_training_of_the_paper_computes_is_known(campaigns, card):
    for name in ("paper", "controls"):
        for plan in campaigns[name].papers.values():
            assert set(card.of(plan)) == {each for each in plan.sheet if plan.trains(each)}


def test_the_cost_of_a_campaign_counts_seeds_and_folds_and_names_what_was_not_measured(campaigns):
    whole = campaigns["retrained"]
    plan = whole.paper("gating")
    names = ("mirabest-fc-0g", f"{PRIMARY}-150px", "frdeep-classic")
    few = dataclasses.replace(plan, sheet={name: plan.sheet[name] for name in names})
    columns = ("architecture", "group", "width_divisor", "gates", "kernel", "size")
    kinds = [("ag-cnn", "none", "1", "0", "3", "80"), ("ag-cnn", "none", "1", "3", "3", "150")]
    costs = [
        {**dict(zip(columns, kind, strict=True)), "minutes": minutes, "megabytes": "100"}
        for kind, minutes in zip(kinds, ("10", "100"), strict=True)
    ]
    text = total_cost(dataclasses.replace(whole, papers={"gating": few}), costs, {})
    assert text.startswith(f"{5 + 10 + 3 + 5} trainings in all: about 450 minutes (8 hours)")
    assert "1.8 GB" in text
    assert text.endswith("not measured, not in the sums: frdeep-classic")
    # ten networks of its sheet are trained in the campaign `own`
    assert total_cost(campaigns["labels"], costs, {}).startswith("233 trainings in all")


def test_figures_of_a_campaign(campaigns):
    assert "learning_curve" not in figures_of(campaigns["quick"].paper("gating"))
    demo = campaigns["demo"].paper("gating")
    own = {name for name in FIGURES["gating"] if name.startswith("own")}
    doubts = {name for name in FIGURES["gating"] if name.startswith("doubt")}
    other = {"fig03", "recipe", "labels", *own, *doubts}
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
    assert {seed: len(names) for seed, names in by_seed.items()} == {"seed-0": 23, "seed-1": 4}
    assert len(all_curves) == 27  # a second seed only of the four networks of Table 7
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
