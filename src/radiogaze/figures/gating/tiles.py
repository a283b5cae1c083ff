"""Figures 5 and 13: maps of 16 models, normalisations down and aggregations across."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure, SubFigure
from numpy.typing import NDArray

from radiogaze.attention.storage import Aggregate, Examples
from radiogaze.errors import RadiogazeError
from radiogaze.figures import panels
from radiogaze.figures.style import PAGE
from radiogaze.terms import CLASSES

NORMALISATIONS = {
    "range": "range",
    "standardisation": "standard.",
    "sigmoid": "sigmoid",
    "softmax": "softmax",
}
AGGREGATIONS = {
    "mean": "mean",
    "concat": "concat.",
    "deepsup": "deep sup.",
    "ft": "fine tuned",
}

Model = Examples | Aggregate


def draw_tiles(models: Mapping[str, Model]) -> Figure:
    """Draw one 4 x 4 array of maps a class, each map from its own minimum to its own maximum.

    Raises
    ------
    RadiogazeError
        If the models are not one of each normalisation and aggregation.
    """
    by_kind = {(m.about["normalisation"], m.about["aggregation"]): m for m in models.values()}
    needed = [(row, column) for row in NORMALISATIONS for column in AGGREGATIONS]
    missing = [" ".join(kind) for kind in needed if kind not in by_kind]
    if missing or len(models) != len(needed):
        raise RadiogazeError(
            f"this figure needs 16 models, one of each kind; {len(models)} given, missing:"
            f" {', '.join(missing) or 'none'}"
        )
    figure = Figure(figsize=(PAGE, 0.53 * PAGE), layout="constrained")
    parts: NDArray[np.object_] = figure.subfigures(1, 2, wspace=0.02, squeeze=False)[0]
    for part, name, number in zip(parts, CLASSES, ("(i)", "(ii)"), strict=True):
        maps = [
            [by_kind[row, column].maps[by_kind[row, column].index(name)] for column in AGGREGATIONS]
            for row in NORMALISATIONS
        ]
        draw_array(
            part,
            f"{number} {name}",
            maps,
            list(NORMALISATIONS.values()),
            list(AGGREGATIONS.values()),
        )
    return figure


def draw_array(
    part: SubFigure,
    title: str,
    maps: Sequence[Sequence[NDArray[Any]]],
    rows: Sequence[str],
    columns: Sequence[str],
) -> None:
    """Draw rows of maps, each map from its own minimum to its own maximum.

    Parameters
    ----------
    part
        Where to.
    title
        Above all.
    maps
        Row by row, [h, w] each.
    rows, columns
        Their labels.

    Raises
    ------
    RadiogazeError
        If every map is constant.
    """
    part.suptitle(title)
    spaces = {"wspace": 0.02, "hspace": 0.02}
    axes: NDArray[np.object_] = part.subplots(
        len(rows), len(columns), squeeze=False, gridspec_kw=spaces
    )
    drawn = None
    for row, label, values in zip(axes, rows, maps, strict=True):
        row[0].set_ylabel(label)
        for ax, one in zip(row, values, strict=True):
            drawn = panels.tile(ax, one) or drawn
    for ax, label in zip(axes[0], columns, strict=True):
        ax.set_title(label, fontsize="small")
    if drawn is None:
        raise RadiogazeError(f"{title}: every map is constant; choose trained weights")
    text = "each map from its minimum (0) to its maximum (1)"
    bar = part.colorbar(drawn, ax=axes, location="bottom", aspect=40, pad=0.02)
    panels.finish_bar(bar, text)
