"""Accuracies of the networks of some tables: printed, of the released weights, and ours."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from radiogaze.errors import RadiogazeError
from radiogaze.figures import panels
from radiogaze.figures.inputs import FigureInputs, require
from radiogaze.figures.style import COLUMN

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = ("variant", "metric", "paper", "ours", "low", "high")
_ROW, _FRAME = 0.14, 0.75  # heights of a row, and of what is around the panels, inches
# Column of a table -> what it is called, and how it is drawn
_MARKS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "paper": ("printed", {"marker": "|", "ms": 9, "mew": 1.2, "color": "k"}),
    "released": ("released weights", {"marker": "D", "color": "C1", "mfc": "white"}),
    "ours": ("ours, 95 % interval", {"marker": "o", "color": "C0"}),
    "folds": ("ours, ten folds", {"marker": "s", "color": "C2", "mfc": "white"}),
}
_SEED: dict[str, Any] = {"marker": ".", "ms": 2.5, "color": "C4"}


def draw(inputs: FigureInputs) -> Figure:
    """Draw the accuracy of each network, a panel for each table and a row for each network.

    Needs tables of ``radiogaze tabulate`` with the printed number of each network beside ours. What
    a table has not (released weights beside ours, seeds, folds) is not drawn.
    """
    tables = {
        name: _accuracies(name, table)
        for name, table in require(inputs.measured, "measured").items()
    }
    rows = [len(table) for table in tables.values()]
    size = (COLUMN, _FRAME + _ROW * (sum(rows) + 2 * len(rows)))
    options = {"sharex": True, "height_ratios": [count + 1 for count in rows]}
    figure, axes = panels.grid(len(rows), 1, size, **options)
    shown: dict[str, dict[str, Any]] = {}
    for ax, (name, table) in zip(axes[:, 0], tables.items(), strict=True):
        shown |= _panel(ax, table)
        ax.set_title(f"table {name}", loc="left", fontsize="small")
    axes[-1, 0].set_xlabel("accuracy")
    handles = [ax.plot([], [], ls="", label=name, **look)[0] for name, look in shown.items()]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, fontsize="x-small")
    return figure


def _accuracies(name: str, table: "pd.DataFrame") -> "pd.DataFrame":
    """Return the rows of a table that are accuracies, in its order."""
    missing = [column for column in _COLUMNS if column not in table.columns]
    found = table if missing else table[table["metric"] == "accuracy"]
    if missing or found.empty:
        raise RadiogazeError(
            f"--measured {name}: expected a table of `radiogaze tabulate` with accuracies, found"
            f" {f'no column {missing[0]}' if missing else 'no accuracy'}; give table 06 to 09 or 01"
        )
    return found.reset_index(drop=True)


def _panel(ax: Axes, table: "pd.DataFrame") -> dict[str, dict[str, Any]]:
    """Draw the rows of a table, and return the kinds of marks that it has."""
    places = np.arange(len(table))  # as its index
    ax.set_yticks(places, table["variant"], fontsize="x-small")
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color="0.9", zorder=0)
    ax.hlines(places, table["low"], table["high"], color="C0", lw=0.8, alpha=0.6)
    shown = {}
    for column, (name, look) in _MARKS.items():
        if column in table and table[column].notna().any():
            ax.plot(table[column].astype(float), places, ls="", zorder=3, **look)
            shown[name] = look
    if "runs" in table:
        runs_of = table["runs"].dropna()
        for place, runs in zip(places[runs_of.index], runs_of, strict=True):
            values = [float(value) for value in str(runs).split()]
            ax.plot(values, [place] * len(values), ls="", zorder=4, **_SEED)
            shown["ours, each seed"] = _SEED
    return shown
