"""Scores of the attention maps: every network at a glance, and curves of deletion and insertion."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from radiogaze.errors import RadiogazeError
from radiogaze.evaluation.curves import MapCurve
from radiogaze.figures import panels
from radiogaze.figures.gating.tiles import AGGREGATIONS, NORMALISATIONS
from radiogaze.figures.inputs import FigureInputs, Numbers, require
from radiogaze.figures.style import PAGE
from radiogaze.terms import ATTENTION, NULL_MODELS

_SHOWN = {ATTENTION: "attention", **NULL_MODELS, "grad-cam": "Grad-CAM"}
_STYLES: dict[str, dict[str, Any]] = {
    ATTENTION: {"color": "C0", "lw": 1.6, "zorder": 3},
    "brightness": {"color": "C1", "lw": 1.2},
    "blurred-brightness": {"color": "C1", "lw": 0.9, "ls": "--"},
    "grad-cam": {"color": "C2", "lw": 0.9},
}
_OTHERS = ("-", "--", "-.", ":")


class _Panel(NamedTuple):
    """What a heat map shows: title, table, the metrics whose sum it is, and its colours."""

    title: str
    table: str
    metrics: Mapping[str, int]
    colours: str
    limits: tuple[float, float]


_PANELS = (
    _Panel("accuracy", "gaze_all", {"accuracy": 1}, "viridis", (0.5, 1)),
    _Panel(
        "test sources: insertion − deletion,\nattention above brightness",
        "gaze_all",
        {"insertion_brightness_change": 1, "deletion_brightness_change": -1},
        "RdBu",
        (-0.6, 0.6),
    ),
    _Panel(
        "synthetic sources: fraction of the\nhighest pixels on the evidence",
        "evidence",
        {"rank_attention": 1},
        "viridis",
        (0, 1),
    ),
    _Panel(
        "classes that flip with the maps\nof another source",
        "interventions",
        {"other-source_all_flips": 1},
        "viridis",
        (0, 1),
    ),
)


def draw_grid(inputs: FigureInputs) -> Figure:
    """Draw accuracy and scores of every network, normalisations down and aggregations across.

    Needs the examples of the networks, for their kind, and the tables ``gaze_all``, ``evidence``
    and ``interventions``.
    """
    models = require(inputs.examples, "examples")
    tables = require(inputs.tables, "table")
    kinds = {
        name: (model.about["normalisation"], model.about["aggregation"])
        for name, model in models.items()
    }
    rows = _papers_first(NORMALISATIONS, [row for row, _ in kinds.values()])
    columns = _papers_first(AGGREGATIONS, [column for _, column in kinds.values()])
    figure, axes = panels.grid(1, len(_PANELS), (PAGE, 0.12 * PAGE + 0.055 * PAGE * len(rows)))
    for number, (ax, panel) in enumerate(zip(axes[0], _PANELS, strict=True)):
        values = np.full((len(rows), len(columns)), np.nan)
        for name, (row, column) in kinds.items():
            values[rows.index(row), columns.index(column)] = _value(panel, name, tables)
        _heat(ax, values, panel)
        ax.set_xticks(range(len(columns)), [AGGREGATIONS.get(c, c) for c in columns], rotation=60)
        ax.set_yticks(range(len(rows)), ["" if number else NORMALISATIONS.get(r, r) for r in rows])
        ax.tick_params(labelsize="x-small", length=0)
    return figure


def _papers_first(papers: Iterable[str], found: Sequence[str]) -> list[str]:
    """Return what was found once each: the paper's in its order, then any other."""
    return [name for name in dict.fromkeys([*papers, *found]) if name in found]


def _value(panel: _Panel, name: str, tables: Mapping[str, Numbers]) -> float:
    numbers = tables.get(panel.table, {})
    if missing := [metric for metric in panel.metrics if (name, metric) not in numbers]:
        raise RadiogazeError(
            f"--table {panel.table}: no {missing[0]} of {name}; give the table of the same networks"
        )
    return sum(sign * numbers[name, metric] for metric, sign in panel.metrics.items())


def _heat(ax: Axes, values: NDArray[np.float64], panel: _Panel) -> None:
    low, high = panel.limits
    image = ax.imshow(values, cmap=panel.colours, vmin=low, vmax=high, aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            red, green, blue, _ = image.to_rgba(np.array(value))
            dark = 0.3 * red + 0.6 * green + 0.1 * blue < 0.5  # noqa: PLR2004 - half of white
            colour = "white" if dark else "black"
            text = f"{value:z.2f}".replace("-", "−")
            ax.text(column, row, text, ha="center", va="center", fontsize=5.5, color=colour)
    ax.set_title(panel.title, fontsize="x-small")


def draw_curves(inputs: FigureInputs) -> Figure:
    """Draw the mean probability of the predicted class as pixels are removed and put in.

    Needs the curves of some networks, a column each.
    """
    networks = require(inputs.map_curves, "curves")
    size = (PAGE, 0.58 * PAGE)
    figure, axes = panels.grid(2, len(networks), size, sharex=True, sharey=True)
    for column, (name, curves) in zip(axes.T, networks.items(), strict=True):
        column[0].set_title(name, fontsize="x-small")
        for map_, text in _SHOWN.items():
            if map_ in curves:
                _draw_curve(column, map_, text, curves[map_])
    # after the last curve, because it ends the scaling of the axis that all panels share
    axes[0, 0].set(xlim=(0, 1), ylim=(None, 1.01))
    axes[0, 0].set_ylabel("deletion")
    axes[1, 0].set_ylabel("insertion")
    for ax in axes[1]:
        ax.set_xlabel("fraction of the pixels", fontsize="small")
    figure.supylabel("mean probability of the predicted class", fontsize="small")
    panels.legend_below(figure)
    return figure


def _draw_curve(axes: NDArray[np.object_], map_: str, text: str, curve: MapCurve) -> None:
    style = _STYLES.get(map_)
    if style is None:
        rest = [name for name in _SHOWN if name not in _STYLES]
        style = {"color": "0.55", "lw": 0.8, "ls": _OTHERS[rest.index(map_) % len(_OTHERS)]}
    for ax, values in zip(axes, (curve.deletion, curve.insertion), strict=True):
        ax.plot(curve.fraction, values, label=text, **style)
