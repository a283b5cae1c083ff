"""The loss curves that the equivariant paper prints, as digitised."""

import csv
from pathlib import Path

import pytest

from radiogaze.errors import RadiogazeError
from radiogaze.figures.equivariant.networks import COLOURS
from radiogaze.figures.equivariant.published_curves import PublishedMinimum, load_published_minima


def test_the_digitised_minima_are_those_of_the_figure(root: Path):
    """Best epochs and minima; the paper's triangles, and the validation curve near them."""
    path = root / "workflow/reference/equivariant_curves.csv"
    minima = load_published_minima(path)
    assert list(minima) == list(COLOURS)
    assert minima["C4-Attention"] == PublishedMinimum(213, 0.350)
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    ends = {row["model"]: int(row["value"]) for row in rows if row["quantity"] == "epochs"}
    # a patience of 500 epochs, counted from the best
    assert {ends[name] - minima[name].epoch for name in ends} == {500}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model,epoch\nLeNet,1\n", "expected a whole epoch and a loss of each minimum, found no"),
        ("model,quantity,epoch,value,source\nLeNet,hours,,4,x\n", "no row of the quantity minimum"),
        ("model,quantity,epoch,value,source\nLeNet,minimum,one,4,x\n", "expected a whole epoch"),
    ],
)
def test_a_faulty_table_of_curves_is_one_line(tmp_path, text, message):
    path = tmp_path / "curves.csv"
    path.write_text(text)
    with pytest.raises(RadiogazeError, match=message) as caught:
        load_published_minima(path)
    assert "\n" not in str(caught.value)
