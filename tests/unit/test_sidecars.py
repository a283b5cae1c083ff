"""Every verb with results says in a sidecar what they were made from."""

import importlib
import json

import pytest
from click.testing import CliRunner

from radiogaze.cli import VERBS
from radiogaze.cli.verify import command as verify
from radiogaze.tables.registry import TABLES

WRITERS = (
    "train",
    "evaluate",
    "misclassify",
    "attend",
    "attend-examples",
    "grad-cam",
    "describe",
    "tabulate",
    "figure",
    "explore",
    "report",
)


def command_of(verb):
    return importlib.import_module(f"radiogaze.cli.{VERBS[verb][0]}").command


@pytest.mark.parametrize("verb", WRITERS)
def test_a_verb_with_results_writes_sidecars(verb):
    assert hasattr(command_of(verb).callback, "__wrapped__")


def test_a_table_and_a_figure_pass_and_then_drift(root, tmp_path, monkeypatch):
    monkeypatch.chdir(root)
    tables, figures = tmp_path / "paper_tables", tmp_path / "figures"
    outputs = [f"--out-{form}={tables}/table03.{form}" for form in ("csv", "md", "tex")]
    reference = root / "workflow/reference/paper_values.csv"
    arguments = ["03", f"--sheet={root}/experiments/gating.tsv", f"--reference={reference}"]
    ran = CliRunner().invoke(command_of("tabulate"), [*arguments, "--campaign=quick", *outputs])
    assert ran.exit_code == 0, ran.output
    drawn = ["figA1", f"--out-pdf={figures}/figA1.pdf", f"--out-png={figures}/figA1.png"]
    assert CliRunner().invoke(command_of("figure"), drawn).exit_code == 0
    about = json.loads((tables / "table03.csv.provenance.json").read_text())
    assert about["code"]["modules"] == [f"radiogaze.tables.{TABLES['gating']['03']}"]
    assert "workflow/reference/paper_values.csv" in about["inputs"]
    assert len(about["outputs"]) == 3
    checked = CliRunner().invoke(verify, [str(tables), str(figures)])
    assert (checked.exit_code, checked.stdout) == (0, "")
    with (figures / "figA1.png").open("ab") as file:
        file.write(b"\0")
    checked = CliRunner().invoke(verify, [str(tables), str(figures)])
    assert checked.exit_code == 1
    assert "output changed" in checked.stdout
    assert "figA1.png" in checked.stdout
