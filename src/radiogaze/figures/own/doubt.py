"""Uncertain networks: risk and reliability, the temperature of a posterior, pruning."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from radiogaze.errors import RadiogazeError
from radiogaze.figures import panels
from radiogaze.figures.inputs import FigureInputs, require_table
from radiogaze.figures.style import PAGE

if TYPE_CHECKING:
    import pandas as pd

_STYLES = ("-", "--", ":", "-.")  # of families that share a colour
_ONLY_IN_SWEEP = r"-t\d+$"  # how the name of a family ends that is in no other comparison
_COLOURS = 6  # of the style sheet, before they repeat
_ORDERS = {"magnitude": "|mean|", "signal-to-noise": "|mean| / standard deviation"}


def draw_risk(inputs: FigureInputs) -> Figure:
    """Draw risk against coverage and reliability, a panel each, a curve a family.

    Needs the tables ``curves`` and ``families`` of ``radiogaze doubt``.
    """
    curves, families = (
        require_table(inputs.measured, "curves"),
        require_table(inputs.measured, "families"),
    )
    shown = families.loc[~families["family"].str.contains(_ONLY_IN_SWEEP), "family"]
    figure, axes = panels.grid(1, 2, (PAGE, 0.58 * PAGE))
    names = {"risk": ("fraction of the sources kept", "error among them")}
    names["reliability"] = ("mean probability of the predicted class", "fraction predicted right")
    for ax, (curve, labels) in zip(axes[0], names.items(), strict=True):
        for number, family in enumerate(shown):
            of = curves[(curves["family"] == family) & (curves["curve"] == curve)]
            ax.plot(of["x"], of["y"], label=family, **_style(number))
        ax.set(xlabel=labels[0], ylabel=labels[1], box_aspect=1)
    axes[0, 1].plot([0.5, 1], [0.5, 1], color="0.7", linewidth=0.6, zorder=0)
    panels.legend_below(figure)
    return figure


def draw_temperature(inputs: FigureInputs) -> Figure:
    """Draw NLL and error against the temperature of the posterior.

    Needs the table ``families``.
    """
    families = require_table(inputs.measured, "families")
    sweep = families[families["temperature"].notna()].sort_values("temperature")
    if sweep.empty:
        raise RadiogazeError("--measured families: no temperature of a sweep; nothing to draw")
    figure, axes = panels.grid(1, 2, (PAGE, 0.42 * PAGE))
    for ax, (measure, label) in zip(
        axes[0], {"nll": "negative log likelihood", "error": "error"}.items(), strict=True
    ):
        _band(ax, sweep, measure)
        ax.set(xscale="log", xlabel="temperature T", ylabel=label)
    return figure


def draw_pruning(inputs: FigureInputs) -> Figure:
    """Draw the error against the fraction of weights at zero, a panel an order.

    Needs the table ``pruning``.
    """
    pruning = require_table(inputs.measured, "pruning")
    orders = [order for order in _ORDERS if (pruning["order"] == order).any()]
    if not orders:
        raise RadiogazeError("--measured pruning: no pruned network; nothing to draw")
    styles = {family: _style(number) for number, family in enumerate(pruning["family"].unique())}
    figure, axes = panels.grid(1, len(orders), (PAGE, 0.55 * PAGE), sharey=True)
    for ax, order in zip(axes[0], orders, strict=True):
        of_order = pruning[pruning["order"] == order]
        for family, of in of_order.groupby("family", sort=False):
            ax.plot(of["percent"], of["error"], label=str(family), **styles[str(family)])
        ax.set(xlabel="weights at zero, per cent", title=f"in order of {_ORDERS[order]}")
    panels.legend_below(figure)
    axes[0, 0].set_ylabel("error")
    return figure


def _band(ax: Axes, sweep: "pd.DataFrame", measure: str) -> None:
    columns = ["temperature", measure, f"{measure}_low", f"{measure}_high"]
    values = sweep[columns].to_numpy(dtype=float).T
    bars = np.stack([values[1] - values[2], values[3] - values[1]])
    ax.errorbar(values[0], values[1], bars, fmt="o-", ms=3, lw=0.8)


def _style(number: int) -> dict[str, str | float]:
    style = _STYLES[number // _COLOURS % len(_STYLES)]
    return {"color": f"C{number % _COLOURS}", "linestyle": style, "linewidth": 0.9}
