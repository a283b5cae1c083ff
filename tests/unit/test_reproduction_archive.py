"""The archives of evaluations agree with the tables beside them."""

import json
import re
import tarfile
from pathlib import PurePosixPath

import pandas as pd
import pytest
from click.testing import CliRunner

from radiogaze.cli import cli
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


def test_the_documents_count_the_trainings_that_are_done_of_those_that_are_planned(root, campaigns):
    done = pd.read_csv(root / "docs/reproduction/retrained/runs.csv")
    planned = set()
    for paper, plan in campaigns["retrained"].papers.items():
        for variant in plan.variants:
            planned |= {(paper, variant, run) for run in plan.runs_of(variant)}
            folds = plan.of_every_fold("", "", [variant])
            planned |= {(paper, variant, need.where["run"]) for need in folds}
    found = set(done[["paper", "variant", "run"]].itertuples(index=False, name=None))
    assert len(found) == len(done)
    assert not found - planned
    counts = f"{len(done)} of {len(planned)}"
    for name in ("", "docs/reproduction/", "docs/reproduction/retrained/"):
        text = (root / f"{name}README.md").read_text().replace("of the ", "of ")
        assert re.search(r"\d+ of \d+(?= (?:networks\]|trainings))", text)[0] == counts, name


@pytest.mark.parametrize("table", ["06", "07", "08", "09"])
def test_the_tables_of_released_networks_are_made_of_their_evaluations(table, root, tmp_path):
    folder = root / "docs/reproduction/released"
    with tarfile.open(folder / "evaluations.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    metrics = sorted(tmp_path.rglob("metrics.json"))
    assert len(metrics) == 22
    made = tmp_path / "table.csv"
    arguments = ["tabulate", table, "--paper=gating", "--campaign=released"]
    arguments += [f"--sheet={root}/experiments/gating.tsv"]
    arguments += [f"--reference={root}/workflow/reference/paper_values.csv"]
    arguments += [f"--metrics={path}" for path in metrics]
    arguments += [f"--out-{form}={made.with_suffix('.' + form)}" for form in ("csv", "md", "tex")]
    CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert made.read_bytes() == (folder / f"table{table}.csv").read_bytes()
