"""Trainings that did not converge count in no comparison of networks, as in no table."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from tables_tools import training

from radiogaze.cli import cli
from radiogaze.cli.named_files import leave_out_unconverged
from radiogaze.data.store import save_cutouts
from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.probe import write_probe
from radiogaze.provenance.sidecars import write_sidecar
from training_tools import ROOT, few_cutouts


def run_of(folder, name, epoch):
    """Write what evaluate and probe give of a training; it did not converge without an epoch."""
    folder = folder / name
    folder.mkdir(parents=True)
    (folder / "metrics.json").write_text(json.dumps(training("lenet", 0, epoch=epoch)))
    frii = np.arange(40) % 2
    logits = np.random.default_rng(0).normal(0, 1, (3, 40, 2)).astype(np.float32)
    np.savez(folder / "logits.npz", index=np.arange(40), logits_file=logits)
    classes = np.where(frii, "FRII", "FRI")
    pd.DataFrame(
        {"index": range(40), "order": "file", "class": classes, "confidence": "certain"}
    ).to_csv(folder / "predictions.csv", index=False)
    write_probe({}, folder / "probe.npz")
    return folder


def test_an_unconverged_training_is_left_out_by_its_metrics(tmp_path, capsys):
    files = {
        name: run_of(tmp_path, name, epoch) / "predictions.csv"
        for name, epoch in (("a/seed-0", 7), ("a/seed-1", None))
    }
    files["a/seed-2"] = files["a/seed-1"].rename(tmp_path / "predictions.csv")  # without metrics
    files["a/seed-3"] = files["a/seed-1"].with_name("others.csv")  # of another evaluation
    kept = leave_out_unconverged("predictions", files)
    assert list(kept) == ["a/seed-0", "a/seed-2", "a/seed-3"]
    assert "a/seed-1: left out, because the training did not converge" in capsys.readouterr().out


@pytest.mark.parametrize("verb", ["cross-validate", "label-efficiency", "doubt", "calibrate"])
def test_every_comparison_looks_at_the_training(verb, tmp_path):
    run = run_of(tmp_path, "x/seed-0", None)
    save_cutouts(few_cutouts(), tmp_path / "images.npz", tmp_path / "catalogue.csv")
    data = [f"--images={tmp_path}/images.npz", f"--catalogue={tmp_path}/catalogue.csv"]
    sheet = f"--sheet={ROOT}/experiments/labels.tsv"
    options = {
        "cross-validate": [*data, sheet, "--first=x"],
        "label-efficiency": [*data, sheet],
        "doubt": [f"--logits=x/seed-0={run}/logits.npz", f"--probe=x/seed-0={run}/probe.npz"],
        "calibrate": [],
    }
    named = "" if verb == "calibrate" else "x/seed-0="
    given = [verb, *options[verb], f"--predictions={named}{run}/predictions.csv"]
    done = CliRunner().invoke(cli, [*given, f"--out={tmp_path}/out"])
    assert isinstance(done.exception, RadiogazeError)
    assert "none of the trainings converged" in str(done.exception)
    # which decides the result, and so is an input: not what was written, it is refused
    write_sidecar("evaluate", [run / "metrics.json"], {}, {})
    (run / "metrics.json").write_text(json.dumps(training("lenet", 0, epoch=7)))
    changed = CliRunner().invoke(cli, [*given, f"--out={tmp_path}/out"]).exception
    assert f"{run}/metrics.json: is not what radiogaze evaluate wrote" in str(changed)


def test_a_family_that_did_not_converge_is_in_no_table(tmp_path):
    given = []
    for name, epoch in (("x/seed-0", 7), ("x/seed-1", None), ("y/seed-0", None)):
        run = run_of(tmp_path, name, epoch)
        kinds = {"logits": "logits.npz", "predictions": "predictions.csv", "probe": "probe.npz"}
        given += [f"--{option}={name}={run}/{file}" for option, file in kinds.items()]
    tests = ["--ensemble=x", "--ensemble=y", "--compare=x-ensemble:x", "--compare=y-ensemble:x"]
    done = CliRunner().invoke(cli, ["doubt", *given, *tests, f"--out={tmp_path}/out"])
    assert done.exit_code == 0, done.output
    families = pd.read_csv(tmp_path / "out/families.csv").set_index("family")
    assert families["networks"].to_dict() == {"x": 1, "x-ensemble": 1}
    compared = pd.read_csv(tmp_path / "out/comparisons.csv")
    assert set(compared["family"]) == {"x-ensemble"}
