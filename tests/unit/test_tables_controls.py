"""The table of controls of the gating paper."""

import pytest
from tables_tools import SHEET, cell_of, make, training, write_json

from radiogaze.errors import RadiogazeError

PRIMARY = "mirabest-range-ft-3g"
RETRAINED = SHEET.with_name("retrained_gating.tsv")


def test_controls_are_below_their_network_named_by_what_they_change(tmp_path):
    seeds = {
        "mirabest-softmax-ft-3g": [0.9],
        PRIMARY: [0.84, 0.86],
        f"{PRIMARY}-published-short-fast": [0.7, 0.6, 0.8],
        f"{PRIMARY}-150px": [0.85],
        "mirabest-uniform-ft-3g": [0.8],
    }
    metrics = [
        write_json(tmp_path, training(name, seed, value))
        for name, values in seeds.items()
        for seed, value in enumerate(values)
    ]
    table = make("06_controls", sheet=RETRAINED, metrics=metrics)
    rows = list(dict.fromkeys((cell.block, cell.row) for cell in table.content.cells))
    assert rows == [
        (PRIMARY, "as in Table 6"),
        (PRIMARY, "uniform attention"),
        (PRIMARY, "150 px"),
        (
            PRIMARY,
            "minimum and maximum of each batch, sum pooling, relu head,"
            " recipe published-gating-short-fast",
        ),
        ("mirabest-softmax-ft-3g", "as in Table 7"),
    ]
    assert {cell.column for cell in table.content.cells} == {"Accuracy", "AUC", "AUC on logits"}
    found = cell_of(table, f"{PRIMARY}-published-short-fast", "accuracy", "both")
    assert (found.ours, found.retrained.std) == (pytest.approx(0.7), pytest.approx(0.1))
    assert found.paper is None
    assert "training seed 0, 1, 2" in table.origin


def test_without_controls_there_is_no_table():
    with pytest.raises(RadiogazeError, match="no metrics of a control"):
        make("06_controls")
