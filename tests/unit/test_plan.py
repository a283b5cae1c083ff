"""What a campaign consists of: its runs, weights and cutouts, and what of another it may use."""

import dataclasses
from pathlib import Path

import pytest
from plan_tools import PRIMARY, read

from radiogaze.campaigns.campaign import plan_campaigns
from radiogaze.errors import RadiogazeError
from radiogaze.tables.registry import find_table


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


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"originals": "controls"}, "controls takes networks from a campaign itself; expected one"),
        ({"originals": "labels"}, "labels takes networks from a campaign itself; expected one"),
        ({"originals": "own"}, "own has no sheet of the same paper"),
        ({"originals": "quick"}, "quick has released weights; expected one that trains its own"),
    ],
)
def test_originals_train_all_that_is_taken_from_them(root, settings, monkeypatch, changes, message):
    monkeypatch.chdir(root)
    with pytest.raises(RadiogazeError, match=rf"^config\.yaml: .*controls\.originals: {message}"):
        read(root, {**settings, "controls": {**settings["controls"], **changes}})


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


@pytest.mark.parametrize("key", ["seeds", "cross_validation", "precision", "allow_cpu", "beside"])
def test_released_weights_are_given_no_key_of_a_training(root, settings, key):
    value = settings["retrained"].get(key, "bf16")
    wrong = {**settings, "quick": {**settings["quick"], key: value}}
    message = rf"campaigns\.quick\.{key}: found {value}, which has no effect on released weights"
    with pytest.raises(RadiogazeError, match=message):
        read(root, wrong)
