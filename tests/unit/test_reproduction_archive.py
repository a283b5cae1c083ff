"""The archive of the retrained networks' evaluations agrees with the tables beside it."""

import json
import tarfile
from pathlib import PurePosixPath

import pandas as pd
import pytest

POOLED = ("accuracy", "auc", "auc_logits")


def test_the_tables_of_runs_are_made_of_the_evaluations(root):
    folder = root / "docs/reproduction/retrained"
    runs = pd.read_csv(folder / "runs.csv").set_index(["paper", "variant", "run"])
    histories = pd.read_csv(folder / "histories.csv").set_index(["variant", "run"]).sort_index()
    compared = 0
    with tarfile.open(folder / "evaluations.tar.xz") as archive:
        for name in archive.getnames():
            path = PurePosixPath(name)
            paper, variant, run = path.parts[2:5]
            if path.name == "metrics.json":
                found = json.load(archive.extractfile(name))["orders"]["file"]
                row = runs.loc[(paper, variant, run)]
                for metric in POOLED:
                    assert row[metric] == pytest.approx(found[metric]["value"], abs=6e-5), name
            elif path.name == "predictions.csv":
                each = pd.read_csv(archive.extractfile(name)).query("order == 'file'")
                right = 1 - each["misclassification_rate"].mean()
                assert runs.loc[(paper, variant, run), "accuracy"] == pytest.approx(right, abs=6e-5)
            elif path.name == "history.csv":
                loss = pd.read_csv(archive.extractfile(name))["validation_loss"]
                kept = histories.loc[(variant, run), "validation_loss"]
                assert kept.tolist() == pytest.approx(loss.tolist(), abs=6e-6), name
            else:
                continue
            compared += 1
    assert compared == 3 * len(set(runs.index) & _archived(folder))
    assert compared


def _archived(folder):
    with tarfile.open(folder / "evaluations.tar.xz") as archive:
        return {PurePosixPath(name).parts[2:5] for name in archive.getnames()}
