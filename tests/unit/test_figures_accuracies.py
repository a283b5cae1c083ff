"""The figure of the tables' accuracies, drawn from the tables of docs/reproduction."""

from math import isnan
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure

from radiogaze.errors import RadiogazeError
from radiogaze.figures.inputs import FigureInputs
from radiogaze.figures.registry import find_figure
from radiogaze.figures.style import use

NEEDED = ("variant", "metric", "paper", "ours", "low", "high")


def draw(tables: dict[str, pd.DataFrame], paper: str = "gating") -> Figure:
    with use():
        return find_figure("accuracies", paper).draw(FigureInputs(measured=tables))


def marks_of(ax) -> dict[str, list[tuple[float, float]]]:
    """Marker -> the places (value, row) where the panel has it."""
    found: dict[str, list[tuple[float, float]]] = {}
    for line in ax.lines:
        pairs = zip(*(map(float, data) for data in line.get_data()), strict=True)
        found.setdefault(line.get_marker(), []).extend(pairs)
    return found


@pytest.fixture(scope="module")
def retrained(root: Path) -> dict[str, pd.DataFrame]:
    folder = root / "docs/reproduction/retrained"
    return {name: pd.read_csv(folder / f"table{name}.csv") for name in ("06", "07", "08", "09")}


def test_every_number_of_a_table_is_a_mark_in_the_row_of_its_network(retrained):
    figure = draw(retrained)
    for ax, (name, table) in zip(figure.axes, retrained.items(), strict=True):
        rows = table[table["metric"] == "accuracy"].reset_index(drop=True)
        marks = marks_of(ax)
        assert [text.get_text() for text in ax.get_yticklabels()] == rows["variant"].tolist(), name
        assert ax.get_title("left") == f"table {name}"
        bottom, top = ax.get_ylim()
        assert bottom > len(rows) - 1 > 0 > top or len(rows) == 1  # the table's first row on top
        for marker, column in {"|": "paper", "D": "released", "o": "ours", "s": "folds"}.items():
            drawn = [(value, row) for value, row in marks.get(marker, []) if not isnan(value)]
            given = [(value, row) for row, value in rows[column].dropna().items()]
            assert drawn == given, (name, column)
        seeds = [(float(v), n) for n, runs in enumerate(rows["runs"]) for v in runs.split()]
        assert marks["."] == seeds
        ends = [[*path.vertices[:, 0]] for path in ax.collections[0].get_paths()]
        assert ends == rows[["low", "high"]].to_numpy().tolist()
    shown = [text.get_text() for text in figure.legends[0].get_texts()]
    assert shown[:3] == ["printed", "released weights", "ours, 95 % interval"]
    assert shown[3:] == ["ours, ten folds", "ours, each seed"]


def test_the_legend_names_only_what_is_drawn(root):
    released = pd.read_csv(root / "docs/reproduction/released/table06.csv")
    figure = draw({"06": released})
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "printed",
        "ours, 95 % interval",
    ]
    assert len(figure.axes[0].get_yticklabels()) == 4  # the Classic CNN has no released weights


def test_a_network_of_ones_own_is_a_row_and_one_seed_a_dot(retrained):
    row = {"variant": "mine", "metric": "accuracy", "ours": 0.81, "low": 0.7, "high": 0.9}
    table = pd.concat([retrained["07"].drop(columns="runs"), pd.DataFrame([row])])
    table["runs"] = [None] * (len(table) - 1) + [0.81]
    ax, *_ = draw({"07": table}).axes
    assert ax.get_yticklabels()[-1].get_text() == "mine"
    assert marks_of(ax)["."] == [(0.81, 4)]


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ({"variant": ["x"], "metric": ["accuracy"]}, "no column paper"),
        ({name: ["x"] for name in NEEDED}, "no accuracy"),
    ],
)
def test_another_table_is_one_line(table, found):
    with pytest.raises(RadiogazeError, match=f"--measured 07: expected .*, found {found}; give"):
        draw({"07": pd.DataFrame(table)})
