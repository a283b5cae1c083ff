"""The error against the number of labels."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator, PercentFormatter

from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.curves import power_law
from radiogaze.figures import panels
from radiogaze.figures.inputs import FigureInputs, require_table
from radiogaze.figures.style import PAGE

if TYPE_CHECKING:
    import pandas as pd

# Slijepcevic et al. 2024, abstract: a network of 11 million parameters, pre-trained on 1e5
# unlabelled images, with this many certain labels of MiraBest, on its certain test sources.
ANCHOR = (145, 0.0779)
# Kinds of training -> their names and colours; those of each panel.
_KINDS = {
    "zoom": ("supervised", "C0"),
    "synthetic": ("synthetic sky first", "C1"),
    "frdeep": ("FR-DEEP first", "C2"),
    "frozen-synthetic": ("synthetic sky, frozen", "C1"),
    "frozen-frdeep": ("FR-DEEP, frozen", "C2"),
    "fixmatch": ("FixMatch, MiraBest", "C3"),
    "fixmatch-frdeep": ("FixMatch, FR-DEEP", "C4"),
    "zoom-certain": ("supervised, certain labels", "C5"),
    "quarter": ("quarter of the width", "C1"),
    "half": ("half of the width", "C2"),
    "double": ("twice the width", "C3"),
}
_SIZES = ("quarter", "half", "zoom", "double")
_PANELS = (
    ("all sources", "all", [kind for kind in _KINDS if kind not in {*_SIZES} - {"zoom"}]),
    ("certain sources", "certain", ["zoom", "zoom-certain", "synthetic", "frdeep", "fixmatch"]),
    ("width, all sources", "all", list(_SIZES)),
)
_OFFSET = 0.03  # of the number of labels, so that bars do not hide one another


def draw(inputs: FigureInputs) -> Figure:
    """Draw mean errors with their intervals, and the supervised power law.

    Needs ``curves.csv`` and ``power_laws.csv`` of ``radiogaze label-efficiency``.

    Raises
    ------
    RadiogazeError
        If one is missing, or has no kind that is known.
    """
    curves, laws = (require_table(inputs.measured, name) for name in ("curves", "power_laws"))
    if not set(curves["kind"]) & set(_KINDS):
        raise RadiogazeError(
            f"--measured curves: no kind of training that is drawn; expected some of"
            f" {', '.join(_KINDS)}"
        )
    figure, grid = panels.grid(1, len(_PANELS), (PAGE, 0.45 * PAGE), sharex=True, sharey=True)
    for axes, (title, sources, kinds) in zip(grid[0], _PANELS, strict=True):
        axes.set(xscale="log", yscale="log", title=title, xlabel="labels")
        shown = curves[curves["sources"] == sources]
        # supervised errors are at their number of labels, as their law is; others on either side
        for number, kind in enumerate(sorted(kinds, key=lambda kind: kind != "zoom")):
            place = (number + 1) // 2 * (1 if number % 2 else -1)
            _curve(axes, shown[shown["kind"] == kind], kind, place)
        _law(axes, laws[(laws["kind"] == "zoom") & (laws["sources"] == sources)])
    grid[0, 1].plot(*ANCHOR, "*", color="black", markersize=7, label="11 million parameters")
    labels = sorted(set(curves["labels"]))
    grid[0, 0].xaxis.set(major_locator=FixedLocator(labels), minor_locator=NullLocator())
    for axes in grid[0]:
        axes.set_xticks(labels, [f"{n:g}" for n in labels], fontsize="x-small")
        ticks = [0.03, 0.05, 0.1, 0.2, 0.3, 0.5]
        axes.set_yticks(ticks, [str(tick) for tick in ticks])
        axes.yaxis.set(minor_locator=NullLocator(), major_formatter=PercentFormatter(1, 0))
    grid[0, 0].set_ylabel("error")
    panels.legend_below(figure)
    return figure


def _curve(axes: Axes, rows: "pd.DataFrame", kind: str, place: int) -> None:
    """Draw a kind's errors by labels; frozen features are open and dashed, other widths squares."""
    if rows.empty:
        return
    rows = rows.sort_values("labels")
    name, colour = _KINDS[kind]
    marker = "s" if kind in _SIZES and kind != "zoom" else "o"
    line = "--" if kind.startswith("frozen") else "-"
    x = rows["labels"] * (1 + _OFFSET * place)
    ends = np.abs(rows[["low", "high"]].to_numpy() - rows[["error"]].to_numpy()).T
    axes.errorbar(
        x,
        rows["error"],
        ends,
        fmt=f"{marker}{line}",
        color=colour,
        markerfacecolor="white" if line == "--" else colour,
        label=name,
        markersize=2.5,
        linewidth=1,
        elinewidth=0.5,
    )


def _law(axes: Axes, laws: "pd.DataFrame") -> None:
    """Draw the power law without a floor, over the range of the panels."""
    laws = laws[laws["form"] == "power"]
    if laws.empty:
        return
    row = laws.iloc[0]
    x = np.geomspace(30, 1300, 50)
    y = power_law(x, row["error_at_100"], row["exponent"], row["floor"])
    axes.plot(x, y, ":", color="grey", linewidth=1, label="power law, supervised")
