"""The campaign doubt: its plan, the verbs probe and doubt on a small training, its tables."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner

from figure_tools import doubt_tables
from radiogaze.campaigns.campaign import plan_campaigns
from radiogaze.campaigns.doubt import DoubtPlan, compares_doubt
from radiogaze.cli import cli
from radiogaze.data.store import save_cutouts
from radiogaze.errors import RadiogazeError
from radiogaze.models.pruning import MAGNITUDE, SIGNAL_TO_NOISE
from radiogaze.tables import doubt as tables_doubt
from radiogaze.tables.inputs import TableInputs
from training_tools import ROOT, few_cutouts


def test_from_training_to_the_tables(tmp_path):
    """Train with a posterior, evaluate, probe, compare; wrong names are one line."""
    cutouts = few_cutouts(40)
    images, catalogue = tmp_path / "images.npz", tmp_path / "catalogue.csv"
    confidence = np.where(np.arange(len(cutouts.catalogue)) % 3, "certain", "uncertain")
    table = cutouts.catalogue.assign(confidence=confidence)
    save_cutouts(type(cutouts)(cutouts.images, table), images, catalogue)
    sheet = ROOT / "experiments/doubt.tsv"
    data = [f"--sheet={sheet}", f"--images={images}", f"--catalogue={catalogue}"]
    call = ["train", "zoom-bayes", *data, "--epochs=1", "--passes=1", "--validation-passes=1"]
    run(*call, f"--state={tmp_path}/state", f"--out={tmp_path}")
    folder = tmp_path / "seed-0"
    network = ["zoom-bayes", *data, f"--weights={folder}/model.safetensors", "--passes=2"]
    network += [f"--training={folder}/result.json"]
    outputs = [f"--metrics={folder}/metrics.json", f"--predictions={folder}/predictions.csv"]
    run("evaluate", *network, *outputs, f"--logits={folder}/logits.npz", "--order=file")
    sets = ["--set=validation", "--set=blobs", "--set=pruned"]
    run("probe", *network, *sets, f"--out={folder}/probe.npz")
    names = ("logits", "predictions", "probe")
    files = dict(zip(names, ("logits.npz", "predictions.csv", "probe.npz"), strict=True))
    given = [f"--{name}=zoom-bayes/seed-0={folder}/{files[name]}" for name in names]
    run("doubt", *given, f"--out={tmp_path}/out")
    assert "p_holm" in pd.read_csv(tmp_path / "out/comparisons.csv")  # which has no row
    groups = pd.read_csv(tmp_path / "out/groups.csv")
    assert set(groups["group"]) == {"blobs"}  # one uncertain source is not ranked
    pruned = pd.read_csv(tmp_path / "out/pruning.csv")
    assert set(pruned["order"]) == {MAGNITUDE, SIGNAL_TO_NOISE}

    for arguments, message in (
        (
            ["probe", *network, "--set=moon", "--out=x"],
            "--set moon: unknown; there are: validation",
        ),
        (["probe", *network, "--set=frdeep", "--out=x"], "expected --frdeep-images"),
        (["probe", *network, "--set=hybrid", "--out=x"], "--set hybrid: found no image of it"),
        (["doubt", *given, "--compare=a", "--out=x"], "--compare a: expected FAMILY:REFERENCE"),
        (["doubt", *given, "--compare=a:b", "--out=x"], "--compare a: there are: zoom-bayes"),
    ):
        refused = CliRunner().invoke(cli, arguments)
        assert message in str(refused.exception)


def run(*arguments):
    done = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output


def test_the_tables_show_what_was_found_with_intervals_and_corrected_p_values(tmp_path):
    tables = doubt_tables()
    given = {}
    for name, table in tables.items():
        given[name] = tmp_path / f"{name}.csv"
        table.to_csv(given[name], index=False)
    inputs = TableInputs(sheet={}, reference={}, doubt=given)
    cells = tables_doubt.build("doubt", inputs).cells
    cell = next(c for c in cells if (c.variant, c.metric) == ("zoom-bayes-t1", "nll"))
    row = tables["families"].set_index("family").loc["zoom-bayes-t1"]
    assert (cell.ours, cell.low, cell.high) == tuple(row[["nll", "nll_low", "nll_high"]])
    assert {c.ours for c in cells if c.metric == "nll_p"} == {0.02}
    assert not any(c.metric == "ece_scaled" for c in cells)  # not in these tables
    groups = tables_doubt.build("doubt_groups", inputs).cells
    assert {c.block for c in groups} >= {"AUROC of the entropy", "Score"}
    tables["groups"].assign(auroc=np.nan).to_csv(given["groups"], index=False)  # no finite logits
    assert not tables_doubt.build("doubt_groups", inputs).cells
    with pytest.raises(RadiogazeError, match="give --doubt groups=PATH"):
        tables_doubt.build("doubt_groups", TableInputs(sheet={}, reference={}))
    for identity, name in (("doubt", "comparisons"), ("doubt_groups", "groups")):  # another table
        wrong = TableInputs(sheet={}, reference={}, doubt=given | {name: given["families"]})
        with pytest.raises(RadiogazeError, match=f"families.csv: expected the table {name} of"):
            tables_doubt.build(identity, wrong)


def test_the_plan_names_every_network_and_test(root):
    settings = yaml.safe_load((root / "config.yaml").read_text())["campaigns"]
    settings = {name: settings[name] for name in ("doubt", "own")}  # without released weights
    plan = plan_campaigns(settings, [])["doubt"].paper("gating")
    doubts = DoubtPlan(plan)
    names = [need.name for need in doubts.needs if need.option == "probe"]
    assert len(names) == len(set(names)) == 24 + 6
    assert "zoom-dropout/seed-2" in names
    assert "zoom-bayes-t1/seed-1" not in names
    families = {name.partition("/")[0] for name in names} | {"zoom-ensemble", "ag-cnn-ensemble"}
    assert {name for pair in doubts.pairs for name in pair} <= families
    assert doubts.sets("zoom-bayes-t1") == ("validation",)
    assert "pruned" in doubts.sets("ag-cnn-ivon")
    assert not compares_doubt(plan_campaigns(settings, [])["own"].paper("gating"))
    wrong = {**settings["doubt"]["gating"]}
    wrong["doubt"] = {**wrong["doubt"], "temperatures": ["zoom", "moon"]}
    plan = dataclasses.replace(plan, settings={**settings["doubt"], "gating": wrong})
    with pytest.raises(RadiogazeError, match=r"experiments/doubt.tsv: no variant moon"):
        DoubtPlan(plan)
