"""Errors against the number of parameters, and the fixed test split among random ones."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, NullLocator

from radiogaze.figures import panels
from radiogaze.figures.inputs import FigureInputs, require_table
from radiogaze.figures.style import COLUMN, PAGE

if TYPE_CHECKING:
    import pandas as pd

_PANELS = {"error": "all sources", "error_certain": "certain sources"}
_TICKS = (2, 3, 5, 10, 20, 30)  # per cent
_SMALLEST = 10.0  # parameters at the left end; a classifier without any is drawn there
_MARKS = "os^DvPX<>p"  # told apart in grey; colours repeat after six networks, marks after ten
_NEAR = (3, 1.15)  # factors of parameters and error within which names of two would touch
_LARGE = 1e9  # parameters at the right end, where a name stands on the left


def draw_errors(inputs: FigureInputs) -> Figure:
    """Draw the error of each network against its parameters, on all and on certain sources.

    Needs the tables ``networks`` and ``seeds`` of `radiogaze cross-validate`, and ``published``
    errors on the fixed split. Filled: ten folds, with the 95 % interval over the sources. Open, in
    the same colour and form: the fixed split, mean and standard deviation over seeds. Grey:
    published, with the standard deviation where there is one.
    """
    networks = require_table(inputs.measured, "networks").set_index("network")
    seeds = require_table(inputs.measured, "seeds")
    published = require_table(inputs.measured, "published")
    looks = _looks(map(str, networks.index))
    figure, axes = panels.grid(1, 2, (PAGE, 0.5 * PAGE), sharex=True, sharey=True)
    for ax, (column, title) in zip(axes[0], _PANELS.items(), strict=True):
        for name, row in networks.dropna(subset=[column]).iterrows():
            value, low, high = (100 * row[f"{column}{end}"] for end in ("", "_low", "_high"))
            # one without parameters is drawn at the left end
            place = (max(row["parameters"], _SMALLEST), value)
            _point(ax, *place, [[value - low], [high - value]], **looks[str(name)])
        single = seeds[seeds["members"] == 1].set_index("network")
        for name, row in single[single.index.isin(networks.index)].iterrows():
            error, sd = 100 * row[f"{column}_pass"], 100 * row[f"{column}_pass_sd"]
            place = (networks["parameters"].loc[str(name)], error)
            _point(ax, *place, sd, **looks[str(name)], mfc="white")
        if column == "error_certain":
            _published(ax, published)
        ax.set(xscale="log", yscale="log", title=title, xlabel="parameters")
        ax.xaxis.set_major_formatter(EngFormatter())
        ax.set_yticks(_TICKS, [str(tick) for tick in _TICKS], minor=False)
        ax.yaxis.set_minor_locator(NullLocator())
    axes[0, 0].set_ylabel("error (%)")
    for name, look in looks.items():
        axes[0, 0].plot([], [], ls="", ms=4, label=name, **look)
    kinds = {"ten folds": ("k", "k"), "fixed split": ("k", "white"), "published": ("0.6", "0.6")}
    for label, (edge, filled) in kinds.items():
        axes[0, 1].plot([], [], "o", ms=4, color=edge, mfc=filled, label=label)
    for ax, corner in zip(axes[0], ("lower left", "upper right"), strict=True):
        ax.legend(fontsize="x-small", loc=corner)
    return figure


def _looks(names: Iterable[str]) -> dict[str, dict[str, Any]]:
    return {
        name: {"color": f"C{n}", "marker": _MARKS[n % len(_MARKS)]} for n, name in enumerate(names)
    }


def _published(ax: Axes, published: "pd.DataFrame") -> None:
    for _, row in published.iterrows():
        place = (row["parameters"], row["error_certain"])
        # caps: two with as many parameters have their bars on one line
        _point(ax, *place, row["sd"], color="0.6", zorder=0, capsize=1.5)
        size, error = published["parameters"] / place[0], published["error_certain"] / place[1]
        above = (error > 1) & (error < _NEAR[1]) & size.between(1 / _NEAR[0], _NEAR[0])
        off, align = (4, -3 if above.any() else 1), "left"
        if place[0] > _LARGE:
            off, align = (-4, -2), "right"
        name = str(row["network"])
        ax.annotate(name, place, off, "data", "offset points", fontsize=5, color="0.3", ha=align)


def _point(ax: Axes, x: Any, y: float, spread: Any, **style: Any) -> None:
    spread = None if np.ndim(spread) == 0 and np.isnan(spread) else spread
    look: dict[str, Any] = {"marker": "o", "ms": 3.5, "lw": 0.7, **style}
    ax.errorbar(x, y, spread, **look)


def draw_fixed_split(inputs: FigureInputs) -> Figure:
    """Draw how hard the fixed test split's sources are among random choices of as many.

    Needs the table ``fixed_split`` of `radiogaze cross-validate`. Bar: 95 % of the random choices
    and their mean, by networks that did not see them. Cross: the fixed split.
    """
    table = require_table(inputs.measured, "fixed_split")
    figure, axes = panels.grid(1, 1, (COLUMN, 0.35 + 0.22 * len(table)))
    ax, places = axes[0, 0], np.arange(len(table))[::-1]
    mean, low, high, fixed = (100 * table[name] for name in ("mean", "low", "high", "fixed"))
    ax.errorbar(mean, places, xerr=[mean - low, high - mean], fmt="|", color="C0", lw=2)
    ax.plot(fixed, places, "x", color="C1", ms=5, mew=1.5)
    ax.set_yticks(places, table["network"], fontsize="x-small")
    ax.set_ylim(-0.6, len(table) - 0.4)
    ax.set_xlabel("error out of fold (%)")
    return figure
