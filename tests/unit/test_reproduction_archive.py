"""The archive of the retrained networks' evaluations agrees with the tables beside it."""

import json
import tarfile
from pathlib import PurePosixPath

import pandas as pd
import pytest

from radiogaze.tables.runs import POOLED


def test_the_tables_of_runs_are_made_of_the_evaluations(root):
    folder = root / "docs/reproduction/retrained"
    runs = pd.read_csv(folder / "runs.csv").set_index(["paper", "variant", "run"])
    histories = pd.read_csv(folder / "histories.csv").set_index(["variant", "run"]).sort_index()
    with tarfile.open(folder / "evaluations.tar.xz") as archive:
        evaluated = {PurePosixPath(name).parent for name in archive.getnames()}
        assert evaluated
        for path in evaluated:
            paper, variant, run = path.parts[2:]
            row = runs.loc[(paper, variant, run)]
            metrics, predictions, history = (
                archive.extractfile(str(path / name))
                for name in ("metrics.json", "predictions.csv", "history.csv")
            )
            found = json.load(metrics)["orders"]["file"]
            for metric in POOLED:
                assert row[metric] == pytest.approx(found[metric]["value"], abs=6e-5), path
            each = pd.read_csv(predictions).query("order == 'file'")
            right = 1 - each["misclassification_rate"].mean()
            assert row["accuracy"] == pytest.approx(right, abs=6e-5), path
            losses = pd.read_csv(history)["validation_loss"].tolist()
            kept = histories.loc[(variant, run), "validation_loss"].tolist()
            assert kept == pytest.approx(losses, abs=6e-6), path
