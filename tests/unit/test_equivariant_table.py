"""Table 1 of the equivariant paper and its controls."""

import json

import pytest
from tables_tools import (
    REFERENCE,
    ROOT,
    estimate,
    rows_of,
    training,
    write_json,
)

from radiogaze.campaigns.variants import load_sheet
from radiogaze.errors import RadiogazeError
from radiogaze.tables.assemble import Table, tabulate
from radiogaze.tables.columns import EQUIVARIANT
from radiogaze.tables.equivariant.networks import COLUMNS
from radiogaze.tables.latex import to_latex
from radiogaze.tables.markdown import to_markdown
from radiogaze.tables.render import to_csv

SHEET = ROOT / "experiments/equivariant_controls.tsv"
NARROW = ROOT / "tests/fixtures/narrow.tsv"
EIGHT = [name.lower() for name in EQUIVARIANT.values()]


def make(identity="01", sheet=SHEET, **given) -> Table:
    options = {"reference": REFERENCE, "campaign": "paper", "paper": "equivariant"} | given
    return tabulate(identity, sheet=sheet, **options)


def metrics(folder, names=EIGHT, seeds=(0.82, 0.84), **more):
    return [
        write_json(folder, training(name, seed, value) | more)
        for name in names
        for seed, value in enumerate(seeds)
    ]


def test_every_network_is_a_row_as_in_the_paper(tmp_path):
    table = make(metrics=metrics(tmp_path))
    cells = table.content.cells
    assert list(dict.fromkeys(cell.row for cell in cells)) == list(EQUIVARIANT.values())
    assert [cell.variant for cell in cells[:: len(COLUMNS)]] == EIGHT
    assert [cell.column for cell in cells[: len(COLUMNS)]] == [
        *("Accuracy", "AUC", "F1 Score, FRI", "F1 Score, FRII"),
        *("Precision, FRI", "Precision, FRII", "Recall, FRI", "Recall, FRII"),
    ]
    rows = rows_of(to_csv(table))
    (d8,) = [r for r in rows if (r["variant"], r["metric"]) == ("d8-attention", "accuracy")]
    assert (d8["paper"], d8["ours"], d8["class"]) == ("0.848", "0.8300", "both")
    assert d8["std"] == "0.0141"
    assert d8["verdict"] == "within the spread over seeds"
    assert "| LeNet" in to_markdown(table)
    assert "D16-Attention" in to_latex(table)


def test_the_auc_is_that_of_the_logits(tmp_path):
    paths = metrics(tmp_path, seeds=(0.5,))
    for path in paths:
        found = json.loads(path.read_text())
        found["orders"]["file"]["auc_logits"] = estimate(0.9)
        path.write_text(json.dumps(found))
    cells = make(metrics=paths).content.cells
    assert {cell.ours for cell in cells if cell.metric == "auc"} == {0.9}
    assert {cell.ours for cell in cells if cell.metric == "accuracy"} == {0.5}


def test_a_network_that_was_not_trained_is_an_empty_row(tmp_path):
    table = make(metrics=metrics(tmp_path, EIGHT[:2]))
    verdicts = {cell.row: cell.verdict for cell in table.content.cells}
    assert verdicts["D8-Attention"] == "not run: not trained"
    notes = " ".join(table.content.notes)
    assert "Accuracy: paper 0.8318 against 0.8335;" in notes  # no mean of ours without both


def test_the_notes_have_the_means_of_both_kinds(tmp_path):
    low, high = metrics(tmp_path, EIGHT[:2], (0.8,)), metrics(tmp_path, EIGHT[2:], (0.9,))
    notes = " ".join(make(metrics=low + high).content.notes)
    assert "Accuracy: paper 0.8318 against 0.8335, ours 0.9000 against 0.8000" in notes
    assert "AUC: paper 0.8992 against 0.9070" in notes


def test_narrow_networks_say_that_they_are_not_the_papers(tmp_path):
    published = make(metrics=metrics(tmp_path))
    assert "not the paper's networks" not in " ".join(published.content.notes)
    (note,) = [
        note
        for note in make(sheet=NARROW, metrics=metrics(tmp_path)).content.notes
        if "not the paper's networks" in note
    ]
    for departure in ("size (published: 150): 80", "width_divisor (published: 1): group", "recipe"):
        assert departure in note


def test_a_sheet_may_leave_networks_out_but_not_have_one_twice(tmp_path):
    lines = NARROW.read_text("utf-8").splitlines()
    few, twice = tmp_path / "few.tsv", tmp_path / "twice.tsv"
    few.write_text("\n".join(lines[:4]) + "\n")
    twice.write_text("\n".join([*lines[:4], lines[3].replace("c4-att", "other-att")]) + "\n")
    table = make(sheet=few, metrics=metrics(tmp_path, EIGHT[:3]))
    assert {cell.row for cell in table.content.cells} == {"LeNet", "Attention", "C4-Attention"}
    notes = " ".join(table.content.notes)
    assert "leaves out: C8-Attention, C16-Attention, D4-Attention, D8-Attention, D16-A" in notes
    assert "Mean of the six" not in notes
    with pytest.raises(RadiogazeError, match="C4-Attention: expected one variant, found c4-att"):
        make(sheet=twice)


def test_controls_are_below_their_network_named_by_what_they_change(tmp_path):
    names = ["c8-attention", "lenet", "c8-attention-compute-matched", "c8-attention-152"]
    names += ["c8-attention-parameter-matched", "c8-attention-per-image", "lenet-sp-certain"]
    table = make("01_controls", metrics=metrics(tmp_path, names))
    rows = list(dict.fromkeys((cell.block, cell.row) for cell in table.content.cells))
    width = load_sheet(SHEET)["c8-attention-parameter-matched"].width_divisor
    assert rows == [
        ("LeNet", "as in Table 1"),
        ("LeNet", "mirabest-certain, lenet-sp, rotate, recipe published-scaife-porter"),
        ("C8-Attention", "as in Table 1"),
        ("C8-Attention", "width / group"),
        ("C8-Attention", f"width / {width}"),
        ("C8-Attention", "152 px"),
        ("C8-Attention", "minimum and maximum of each image"),
    ]
    papers = [cell.paper.value for cell in table.content.cells if cell.paper]
    assert papers == ["0.829", "0.905", "0.826", "0.871"]
    assert "Companion of Table 1" in table.caption


def test_every_row_of_the_sheet_is_named_once(tmp_path):
    """No two controls of one network have the same row."""
    sheet = load_sheet(SHEET)
    table = make("01_controls", metrics=metrics(tmp_path, list(sheet), (0.8,)))
    places = [(c.block, c.row) for c in table.content.cells if c.metric == "accuracy"]
    assert len(places) == len(set(places)) == len(sheet)
