"""Figures 5 and 13: maps of 16 models, normalisations down and aggregations across."""

from collections.abc import Mapping
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
        maps = {kind: model.maps[model.index(name)] for kind, model in by_kind.items()}
        _array(part, f"{number} {name}", maps)
    return figure


def _array(part: SubFigure, title: str, maps: Mapping[tuple[str, str], NDArray[Any]]) -> None:
    """Draw one class."""
    part.suptitle(title)
    axes: NDArray[np.object_] = part.subplots(4, 4, gridspec_kw={"wspace": 0.02, "hspace": 0.02})
    drawn = None
    for row, (normalisation, row_name) in zip(axes, NORMALISATIONS.items(), strict=True):
        row[0].set_ylabel(row_name)
        for ax, aggregation in zip(row, AGGREGATIONS, strict=True):
            drawn = panels.tile(ax, maps[normalisation, aggregation]) or drawn
    for ax, name in zip(axes[0], AGGREGATIONS.values(), strict=True):
        ax.set_title(name, fontsize="small")
    if drawn is None:
        raise RadiogazeError(f"{title}: every map is constant; choose trained weights")
    text = "each map from its minimum (0) to its maximum (1)"
    bar = part.colorbar(drawn, ax=axes, location="bottom", aspect=40, pad=0.02)
    panels.finish_bar(bar, text)
